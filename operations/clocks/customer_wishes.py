"""A customer who could have had somebody in time and wants a later window: the clock waits for that window (K1, H4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from models import Commitment, SlotHold, SlotOffer, Visit
from operations.clocks.clock_events import list_pause_reasons, pause_clock, resume_clock
from operations.clocks.commitments import request_subject
from operations.foundation.events import list_facts, take_turn
from policies.clocks.reading import PAUSED, RESUMED
from policies.commitments import CommitmentKind, CommitmentState, PauseReason
from policies.visit_states import PROMISED


def note_wish(session: Session, *, visit: Visit, hold: SlotHold, by: str, now: dt.datetime) -> None:
    """Let the clock of a visit wait when its customer passed over windows in time for this later one.

    Where nothing in time was offered, lateness is ours and the clock goes on. Whoever takes a window in time after all
    ends the wait.
    """
    if hold.is_inside_commitment and visit.first_window_from_at == hold.window_from_at:
        return  # its first promise: nothing waits yet
    take_turn(session, request_subject(visit.request_id))
    session.flush()
    clock = session.scalars(
        select(Commitment)
        .where(Commitment.request_id == visit.request_id, Commitment.kind == CommitmentKind.ON_SITE)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if clock is None:
        return
    if hold.is_inside_commitment:
        _end(session, clock, by=by, now=now)
    elif clock.state is CommitmentState.RUNNING and _was_offered_in_time(session, visit):
        _pause(session, clock, visit, by=by, now=now)


def list_wishes_over(session: Session, *, now: dt.datetime, most: int) -> Sequence[int]:
    """Return the ids of clocks that may wait for a wished window which has begun, or which is promised no more."""
    still_waits = exists().where(
        Visit.request_id == Commitment.request_id, Visit.state.in_(PROMISED), Visit.window_from_at > now
    )
    return session.scalars(
        select(Commitment.id)
        .where(Commitment.state == CommitmentState.PAUSED, Commitment.kind == CommitmentKind.ON_SITE, ~still_waits)
        .order_by(Commitment.id)
        .limit(most)
    ).all()


def end_wish(session: Session, *, commitment_id: int, now: dt.datetime) -> bool:
    """Let a clock go on that waited for a wished window; one that a person paused waits for that person."""
    clock = session.get_one(Commitment, commitment_id)
    take_turn(session, clock.subject)
    session.refresh(clock)
    return _end(session, clock, by="clock", now=now)


def _pause(session: Session, clock: Commitment, visit: Visit, *, by: str, now: dt.datetime) -> None:
    if PauseReason.CUSTOMER_WISH in list_pause_reasons(session, commitment=clock, now=now):
        pause_clock(session, commitment=clock, reason=PauseReason.CUSTOMER_WISH, by=by, now=now, visit_id=visit.id)


def _end(session: Session, clock: Commitment, *, by: str, now: dt.datetime) -> bool:
    if clock.state is not CommitmentState.PAUSED or not _waits_for_wish(session, clock):
        return False
    resume_clock(session, commitment=clock, by=by, now=now, reason=PauseReason.CUSTOMER_WISH)
    return True


def _waits_for_wish(session: Session, clock: Commitment) -> bool:
    waits = False
    for fact in list_facts(session, subject=clock.subject):
        if fact.kind not in {PAUSED, RESUMED} or fact.facts.get("clock", clock.kind) != clock.kind:
            continue
        if fact.facts.get("reason", PauseReason.CUSTOMER_WISH) == PauseReason.CUSTOMER_WISH:
            waits = fact.kind == PAUSED and "visit" in fact.facts
    return waits


def _was_offered_in_time(session: Session, visit: Visit) -> bool:
    offered = (
        select(SlotHold.id)
        .join(SlotOffer)
        .where(SlotOffer.visit_id == visit.id, SlotHold.is_inside_commitment)
        .limit(1)
    )
    return session.scalar(offered) is not None
