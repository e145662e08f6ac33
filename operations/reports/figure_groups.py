"""What the shares among the key figures count: things of a kind, and which of them belong to which figure (R).

Counting and drilling down read the same conditions, so that a figure and the records behind it cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, func, select, true
from sqlalchemy.orm import Session, aliased

from models import Call, Commitment, ServiceRequest, SurveyAnswer, Visit
from operations.reports.records import list_answers, list_calls, list_clocks, list_requests, list_visits
from operations.reports.shape import Record, Stretch, minutes_between, within
from policies.call_states import CallDirection, CallOutcome
from policies.commitments import CommitmentKind, CommitmentState
from policies.request_kinds import RequestKind
from policies.request_states import CloseReason
from policies.visit_states import IncompleteReason, VisitState

SATISFIED_FROM = 4
"""A customer who answers 4 or 5 of 5 is satisfied."""
DAY_HOURS = 24
WEEK_HOURS = 7 * DAY_HOURS
TRIED = (VisitState.COMPLETED, VisitState.INCOMPLETE, VisitState.NO_ACCESS)

Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """The things for which all conditions hold, and by figure those of them that are its part."""

    things: Sequence[Condition]
    parts: Mapping[str, Condition]
    list_things: Callable[..., Sequence[Record]]


def find_group(session: Session, stretch: Stretch, name: str) -> FigureGroup | None:
    """Return the group a figure belongs to; None for one that is no share."""
    groups = (
        *(clocks_of(stretch, kind) for kind in CommitmentKind),
        arrivals(stretch),
        ended_visits(stretch),
        repairs(session, stretch),
        calls(stretch),
        answers(stretch),
    )
    return next((group for group in groups if name in group.parts), None)


def count_group(session: Session, group: FigureGroup) -> tuple[int, dict[str, int]]:
    """Return how many things there are, and by figure how many are its part; one statement for all of them."""
    counts = [func.coalesce(func.sum(case((part, 1), else_=0), type_=Integer), 0) for part in group.parts.values()]
    row = session.execute(select(func.count(), *counts).where(*group.things)).one()
    return row[0], dict(zip(group.parts, row[1:], strict=True))


def is_part(part: Condition, *, wanted: bool) -> Condition:
    """Whether a thing is part of a figure, or is not; what is unknown is not."""
    return case((part, 1), else_=0) == int(wanted)


def decided(stretch: Stretch) -> tuple[Condition, ...]:
    """Promises that were kept or broken in the stretch."""
    return (
        within(Commitment.decided_at, stretch),
        Commitment.state.in_([CommitmentState.MET, CommitmentState.BROKEN]),
    )


def clocks_of(stretch: Stretch, kind: CommitmentKind) -> FigureGroup:
    """The promises of one kind that were decided: those kept."""
    is_kept = Commitment.state == CommitmentState.MET
    return FigureGroup((*decided(stretch), Commitment.kind == kind), {f"kept_{kind}": is_kept}, list_clocks)


def arrivals(stretch: Stretch) -> FigureGroup:
    """Arrivals inside the last window that was promised, and inside the first: promising again hides nothing."""
    return FigureGroup(
        (within(Visit.arrived_at, stretch), Visit.window_until_at.is_not(None)),
        {
            "last_window_kept": Visit.arrived_at <= Visit.window_until_at,
            "first_window_kept": Visit.arrived_at <= Visit.first_window_until_at,
        },
        list_visits,
    )


def ended_visits(stretch: Stretch) -> FigureGroup:
    """Visits that began in the stretch and have ended: those for which no part was missing."""
    return FigureGroup(
        (within(Visit.arrived_at, stretch), Visit.state.in_([VisitState.COMPLETED, VisitState.INCOMPLETE])),
        {"parts_at_hand": Visit.incomplete_reason.is_distinct_from(IncompleteReason.PART)},
        list_visits,
    )


def repairs(session: Session, stretch: Stretch) -> FigureGroup:
    """Repairs solved on site in the stretch: how quickly, at the first visit, and for good."""
    hours = repair_hours(session)
    visits = (
        select(func.count(Visit.id))
        .where(Visit.request_id == ServiceRequest.id, Visit.state.in_(TRIED))
        .scalar_subquery()
    )
    again = aliased(ServiceRequest)
    # Repeats are few: they are read once, instead of looked up for each request.
    came_back = ServiceRequest.id.in_(select(again.repeat_of_id).where(again.repeat_of_id.is_not(None)))
    return FigureGroup(
        (
            ServiceRequest.kind == RequestKind.REPAIR,
            ServiceRequest.close_reason == CloseReason.SOLVED,
            within(ServiceRequest.closed_at, stretch),
        ),
        {
            "first_time_fix": (visits == 1) & ~came_back,
            "repaired_in_a_day": hours <= DAY_HOURS,
            "repaired_in_a_week": hours <= WEEK_HOURS,
            "mean_repair_days": true(),
            "repair_pass_rate": ~came_back,
        },
        lambda *args: list_requests(*args, value=hours / DAY_HOURS),
    )


def repair_hours(session: Session) -> ColumnElement[Any]:
    """Hours from the report to the closing."""
    return minutes_between(session, ServiceRequest.opened_at, ServiceRequest.closed_at) / 60


def calls(stretch: Stretch) -> FigureGroup:
    """Calls to the hotline in the stretch, by what came of them."""
    return FigureGroup(
        (within(Call.started_at, stretch), Call.direction == CallDirection.INBOUND),
        {
            "calls": true(),
            "calls_abandoned": Call.outcome == CallOutcome.ABANDONED,
            "calls_self_solved": Call.outcome == CallOutcome.SOLVED_BY_PHONE,
        },
        list_calls,
    )


def answers(stretch: Stretch) -> FigureGroup:
    """Answers about visits: those of satisfied customers."""
    is_satisfied = SurveyAnswer.score >= SATISFIED_FROM
    return FigureGroup((within(SurveyAnswer.answered_at, stretch),), {"satisfaction": is_satisfied}, list_answers)
