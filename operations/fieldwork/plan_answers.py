"""Answer what upset a plan with the smallest good change: a proposal, published at once if the policy allows (D6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

import dispatch
from models import PlanEvent, Visit
from operations.dispatching.publication import DayToSolve, judge_proposal, propose_plan, publish_proposal, read_day
from operations.foundation.changes import BOARD, note_change
from operations.foundation.house import House
from operations.messages.escalations import escalate
from operations.planning.plan_events import list_slipping
from operations.planning.snapshot import id_in_key
from policies.escalations import EscalationReason
from policies.plan_events import PlanEventOutcome


@dataclass(frozen=True, slots=True)
class UpsetDay:
    """An area's plan as events have left it, read in one transaction so that the planner holds none."""

    day: DayToSolve
    event_ids: Sequence[int]


def list_upset_areas(session: Session) -> list[int]:
    """Return the areas with an event that has not been answered."""
    unanswered = select(PlanEvent.area_id).where(PlanEvent.answered_at.is_(None)).distinct()
    return sorted(session.scalars(unanswered))


def read_upset_day(session: Session, *, area_id: int, now: dt.datetime) -> UpsetDay:
    """Read the area's plan, and the events it is to be answered for."""
    events = session.scalars(
        select(PlanEvent.id).where(PlanEvent.area_id == area_id, PlanEvent.answered_at.is_(None)).order_by(PlanEvent.id)
    ).all()
    return UpsetDay(read_day(session, area_id=area_id, now=now), events)


def answer_events(
    session: Session,
    *,
    upset: UpsetDay,
    replanned: dispatch.Plan,
    is_auto_publish_on: bool,
    house: House,
    now: dt.datetime,
) -> PlanEventOutcome:
    """Propose what the planner answered, publish it if nobody told is touched, escalate each promise that still slips.

    Raises StalePlan when the live plan has moved on since it was read: read it and ask again.
    """
    events = [session.get_one(PlanEvent, id_) for id_ in upset.event_ids]
    outcome, proposal_id = PlanEventOutcome.NO_CHANGE, None
    if _changes_hands(upset.day.snapshot.plan, replanned):
        proposal = propose_plan(session, day=upset.day, solved=replanned, reason=str(events[-1].kind), now=now)
        proposal_id = proposal.id
        outcome = PlanEventOutcome.PROPOSED
        if judge_proposal(
            session, proposal=proposal, is_auto_publish_on=is_auto_publish_on, is_morning=False
        ).is_automatic:
            publish_proposal(session, proposal=proposal, house=house, by="auto_publish", now=now)
            outcome = PlanEventOutcome.PUBLISHED
    slipping = list_slipping(upset.day.snapshot.problem, replanned)
    nobody = {id_in_key(visit.visit_id) for visit in replanned.unplaced}
    for visit_id in slipping:
        reason = EscalationReason.NO_TECHNICIAN if visit_id in nobody else EscalationReason.PROMISE_SLIPPING
        escalate(session, request=session.get_one(Visit, visit_id).request, reason=reason, now=now)
    _close(session, events, outcome, slipping=slipping, proposal_id=proposal_id, now=now)
    return outcome


def give_up_on(session: Session, *, upset: UpsetDay, now: dt.datetime) -> None:
    """The planner did not answer: a person sees it, and the next event asks again."""
    events = [session.get_one(PlanEvent, id_) for id_ in upset.event_ids]
    _close(session, events, PlanEventOutcome.FAILED, slipping=[], proposal_id=None, now=now)


def _changes_hands(before: dispatch.Plan, after: dispatch.Plan) -> bool:
    """Whether any visit goes to another technician; new times alone are worked out at each reading anyway."""
    return any(shift.added or shift.moved_in for shift in dispatch.difference(before, after).shifts)


def _close(
    session: Session,
    events: Sequence[PlanEvent],
    outcome: PlanEventOutcome,
    *,
    slipping: Sequence[int],
    proposal_id: int | None,
    now: dt.datetime,
) -> None:
    for event in events:
        event.answered_at, event.outcome, event.proposal_id = now, outcome, proposal_id
        event.visit_ids = sorted({*event.visit_ids, *slipping})
    note_change(session, topic=BOARD, now=now)
