"""Corrections: an event that happened at another time, did not happen, or was never written down (K1).

Each is one more event with its reason. The clocks are read again, and a visit stands where its events say.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Commitment, StatusEvent, Visit
from operations.clocks.clock_events import find_rule_of
from operations.clocks.commitments import refresh_commitments
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import list_facts, record_event
from operations.matters.visit_counts import count_visits
from operations.planning.live_plan import lock_live_plan, take_step
from policies.clocks.reading import CORRECTED, Fact, correct_facts
from policies.visit_states import VisitState, correct_visit

SOURCE = "desk"
ON_THE_WAY, ARRIVED = "visit_on_the_way", "visit_arrived"
ENDS = frozenset({"visit_completed", "visit_unfinished"})
REPORTS = {
    "visit_acknowledged": VisitState.ACKNOWLEDGED,
    ON_THE_WAY: VisitState.EN_ROUTE,
    ARRIVED: VisitState.ON_SITE,
}
"""What a technician reports on his way, and where it puts the visit."""


class CorrectionRefused(ValueError):
    """The event is a correction itself, ends no clock, lies in the future, or no reason was given."""


def correct_event(
    session: Session,
    *,
    event: StatusEvent,
    request_id: int | None,
    reason: str,
    by: str,
    now: dt.datetime,
    occurred_at: dt.datetime | None = None,
) -> None:
    """Say that an event happened at another instant, or (without one) not at all; the event itself stays as it is.

    A visit whose arrival, way or end is corrected stands from now on where its events say. Raises CorrectionRefused.
    """
    if event.kind == CORRECTED or not reason.strip():
        raise CorrectionRefused(f"{event.kind} at {event.position}: {reason!r}")
    if occurred_at is not None and occurred_at > now:
        raise CorrectionRefused(f"{occurred_at.isoformat()} has not come yet")
    visit = _find_visit(session, event)
    if visit is not None:
        # Whoever reports a visit takes the plan before the chain where he needs both; so does this.
        lock_live_plan(session, area_id=visit.area_id, now=now)
    facts: dict[str, Any] = {"position": event.position, "kind": event.kind}
    facts |= {"is_void": True} if occurred_at is None else {"occurred_at": occurred_at.astimezone(dt.UTC).isoformat()}
    _append(session, event.subject, CORRECTED, facts, at=now, reason=reason, by=by, now=now)
    refresh_commitments(session, subject=event.subject, request_id=request_id, now=now)
    if visit is not None:
        _put_right(session, visit, subject=event.subject, now=now)
    note_change(session, topic=BOARD, now=now)


def record_late_event(
    session: Session,
    *,
    commitment: Commitment,
    kind: str,
    occurred_at: dt.datetime,
    reason: str,
    by: str,
    now: dt.datetime,
) -> None:
    """Write down what ended a clock and nobody recorded then; `reason` says how one knows. Raises CorrectionRefused.

    A late arrival is that of the request's visit under way, which is on site from then on.
    """
    if kind not in list_late_kinds(session, commitment=commitment, now=now) or not reason.strip():
        raise CorrectionRefused(f"{kind}: {reason!r}")
    if occurred_at > now or occurred_at < commitment.started_at:
        raise CorrectionRefused(f"{occurred_at.isoformat()} is before the clock's start or has not come yet")
    visit = _find_visit_under_way(session, commitment) if kind == ARRIVED else None
    if visit is not None:
        lock_live_plan(session, area_id=visit.area_id, now=now)
    facts: dict[str, Any] = {"is_late": True, **({"visit": visit.id, "code": visit.code} if visit else {})}
    _append(session, commitment.subject, kind, facts, at=occurred_at, reason=reason, by=by, now=now)
    refresh_commitments(session, subject=commitment.subject, request_id=commitment.request_id, now=now)
    if visit is not None:
        _put_right(session, visit, subject=commitment.subject, now=now)
    note_change(session, topic=BOARD, now=now)


def list_late_kinds(session: Session, *, commitment: Commitment, now: dt.datetime) -> list[str]:
    """Return the events that end a clock and so may be written down late; none once something has met it."""
    found = find_rule_of(session, commitment=commitment, now=now)
    return sorted(found.rule.met_by) if found is not None and commitment.fulfilled_at is None else []


def find_event(session: Session, *, subject: str, position: int) -> StatusEvent | None:
    """Return one event of a chain, or None."""
    wanted = select(StatusEvent).where(StatusEvent.subject == subject, StatusEvent.position == position)
    return session.scalars(wanted).one_or_none()


def _find_visit(session: Session, event: StatusEvent) -> Visit | None:
    """Return the visit whose course an event tells."""
    is_its_course = event.kind in REPORTS or event.kind in ENDS
    visit_id = event.facts.get("visit") if is_its_course else None
    return session.get(Visit, visit_id) if visit_id is not None else None


def _find_visit_under_way(session: Session, commitment: Commitment) -> Visit | None:
    """Return the request's visit that has been sent out and not ended: the one promised first."""
    sent = select(Visit).where(
        Visit.request_id == commitment.request_id,
        Visit.state.in_((VisitState.DISPATCHED, VisitState.ACKNOWLEDGED, VisitState.EN_ROUTE)),
    )
    return session.scalars(sent.order_by(Visit.window_from_at, Visit.id).limit(1)).first()


def _put_right(session: Session, visit: Visit, *, subject: str, now: dt.datetime) -> None:
    """Let the visit's instants and state say what its events say now; one that has ended stays ended."""
    own = [fact for fact in correct_facts(list_facts(session, subject=subject)) if fact.facts.get("visit") == visit.id]
    visit.set_out_at = max((fact.occurred_at for fact in own if fact.kind == ON_THE_WAY), default=None)
    visit.arrived_at = _earliest(own, frozenset({ARRIVED}))
    visit.completed_at = _earliest(own, ENDS) or visit.completed_at
    reported = [REPORTS[fact.kind] for fact in own if fact.kind in REPORTS]
    visit.state = correct_visit(visit.state, reported)
    count_visits(session, request=visit.request)
    # Whether it has begun decides what the planner may do with it.
    take_step(session, plan=lock_live_plan(session, area_id=visit.area_id, now=now), now=now)


def _earliest(facts: list[Fact], kinds: frozenset[str]) -> dt.datetime | None:
    return min((fact.occurred_at for fact in facts if fact.kind in kinds), default=None)


def _append(
    session: Session,
    subject: str,
    kind: str,
    facts: dict[str, Any],
    *,
    at: dt.datetime,
    reason: str,
    by: str,
    now: dt.datetime,
) -> None:
    record_event(
        session,
        subject=subject,
        kind=kind,
        occurred_at=at,
        recorded_at=now,
        source=SOURCE,
        actor=by,
        facts=facts,
        personal={"why": reason.strip()},
    )
