"""A technician declines: the promise stands, so the planner looks for somebody else who can keep it (D5, D10)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

import dispatch
from models import Escalation, Shift, StatusEvent, Stop, Visit
from operations.clocks.commitments import request_subject
from operations.dispatching.pins import pin_place
from operations.dispatching.routes import tell_changes, tell_if_published
from operations.fieldwork.visits import decline_visit
from operations.foundation.events import record_event
from operations.foundation.house import House
from operations.messages.escalations import escalate
from operations.messages.promises import tell_new_technician
from operations.planning.live import OpenPlan, open_plan, read_plan, save_plan
from operations.planning.rows import visit_key
from policies.escalations import EscalationReason
from policies.visit_states import VisitState, move_visit


def take_decline(session: Session, *, visit: Visit, note: str, house: House, now: dt.datetime, actor: str) -> bool:
    """A technician gives a visit back, `note` is why, in his words: somebody else has it, or a dispatcher must act.

    Returns whether somebody else has it. Raises VisitMoveRefused once the visit began.
    """
    decline_visit(session, visit=visit, note=note, now=now, actor=actor)
    if hand_to_another(session, visit=visit, house=house, now=now):
        return True
    escalate_with_next_best(session, visit=visit, reason=EscalationReason.DECLINED, note=note, now=now)
    return False


def hand_to_another(session: Session, *, visit: Visit, house: House, now: dt.datetime) -> bool:
    """Give a declined visit, window unchanged, to the cheapest other technician who can keep it, and tell everybody.

    Returns False when nobody else can: the visit keeps its place, and a dispatcher must act. Other visits keep their
    technicians and promised windows.
    """
    stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).one_or_none()
    if stop is None or visit.technician_id is None:
        return False
    before = session.get_one(Shift, stop.shift_id)
    pinned = stop.lock_kind, stop.is_override
    # Whoever is pinned to the visit has just declined it; the pin stays only if nobody else can come.
    pin_place(stop, kind=None)
    opened = open_plan(session, area_id=visit.area_id, now=now)
    plan = _place_elsewhere(opened, visit, refusing=_list_refusing(session, visit))
    if plan is None:
        pin_place(stop, kind=pinned[0], is_override=pinned[1])
        return False
    save_plan(session, opened, plan, now=now)
    session.refresh(stop)
    after = session.get_one(Shift, stop.shift_id)
    visit.technician_id, visit.technician = after.technician_id, after.technician
    record_event(
        session,
        subject=request_subject(visit.request_id),
        kind="visit_handed_on",
        occurred_at=now,
        recorded_at=now,
        source="planner",
        actor="planner",
        facts={"visit": visit.id, "from": before.technician_id, "to": after.technician_id},
    )
    session.flush()
    # Together, so that a visit that changes hands is taken from the one before the other is told.
    tell_changes(session, shifts=[before, after], house=house, now=now)
    tell_if_published(session, shift_id=after.id, house=house, now=now)
    tell_new_technician(session, visit=visit, cause=f"declined:{stop.id}:{opened.row.revision}", house=house, now=now)
    return True


@dataclass(frozen=True, slots=True)
class NextBest:
    """Who else could keep a visit's promise at the least cost, and when that technician would start."""

    technician_id: int
    starts_at: dt.datetime


def find_next_best(session: Session, *, visit: Visit, now: dt.datetime) -> NextBest | None:
    """Return the cheapest other technician who can keep the promise, by the plan as it is; nothing is written.

    None when nobody else can, or when the visit has begun and no longer is the planner's.
    """
    if visit.technician_id is None:
        return None
    opened = read_plan(session, area_id=visit.area_id, now=now)
    found = _quote_elsewhere(opened, visit, refusing=_list_refusing(session, visit))
    if found is None:
        return None
    shift = session.get_one(Shift, int(found.quote.shift_id.partition("+")[0]))
    return NextBest(shift.technician_id, opened.snapshot.instant(found.quote.start_seconds))


def escalate_with_next_best(
    session: Session, *, visit: Visit, reason: EscalationReason, now: dt.datetime, note: str = ""
) -> Escalation:
    """Put a visit before a dispatcher, with the next best technician prepared for one press of a button (D10)."""
    session.flush()
    escalation = escalate(session, request=visit.request, reason=reason, visit=visit, note=note, now=now)
    best = find_next_best(session, visit=visit, now=now)
    escalation.technician_id, escalation.starts_at = (best.technician_id, best.starts_at) if best else (None, None)
    return escalation


def take_from_technician(session: Session, *, visit: Visit, house: House, by: str, now: dt.datetime) -> bool:
    """Give a visit to somebody else because its technician cannot be reached, as if he had declined it.

    Returns False, and changes nothing, when nobody else can keep the promise. Raises VisitMoveRefused once it began.
    """
    if visit.state is VisitState.BOOKED:
        return hand_to_another(session, visit=visit, house=house, now=now)
    before = visit.state
    visit.state = move_visit(visit.state, VisitState.BOOKED)
    if not hand_to_another(session, visit=visit, house=house, now=now):
        visit.state = before
        return False
    record_event(
        session,
        subject=request_subject(visit.request_id),
        kind="visit_taken_back",
        occurred_at=now,
        recorded_at=now,
        source="desk",
        actor=by,
        facts={"visit": visit.id},
    )
    return True


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    problem: dispatch.Problem
    plan: dispatch.Plan
    visit: dispatch.Visit
    quote: dispatch.QuotedWindow


def _list_refusing(session: Session, visit: Visit) -> frozenset[str]:
    """Return who gives the visit back now and who gave it back before: it does not go round in a circle."""
    handed_on = session.scalars(
        select(StatusEvent.facts).where(
            StatusEvent.subject == request_subject(visit.request_id), StatusEvent.kind == "visit_handed_on"
        )
    )
    before = {str(facts["from"]) for facts in handed_on if facts["visit"] == visit.id}
    return frozenset(before | {str(visit.technician_id)})


def _place_elsewhere(opened: OpenPlan, visit: Visit, *, refusing: frozenset[str]) -> dispatch.Plan | None:
    """Return the plan with the visit at another technician's, or None when the promise cannot be kept that way."""
    found = _quote_elsewhere(opened, visit, refusing=refusing)
    return None if found is None else dispatch.insert(found.problem, found.plan, found.visit, found.quote)[1]


def _quote_elsewhere(opened: OpenPlan, visit: Visit, *, refusing: frozenset[str]) -> _Elsewhere | None:
    problem, plan, key = opened.snapshot.problem, opened.snapshot.plan, visit_key(visit.id)
    data = next((known for known in problem.visits if known.id == key), None)
    if data is None or data.promised_window is None:
        return None
    try:
        problem, plan = dispatch.remove(problem, plan, key)
    except dispatch.RouteCannotCloseUpError:
        return None
    refused = data.refused_technician_ids | refusing
    free = replace(data, current=None, lock=None, refused_technician_ids=refused)
    quotes = dispatch.quote(problem, plan, free, (data.promised_window,))
    return _Elsewhere(problem, plan, free, quotes[0]) if quotes else None
