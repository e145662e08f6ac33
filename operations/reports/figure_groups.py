"""What the shares among the key figures count: things of a kind, and which of them belong to which figure (R).

Counting and drilling down read the same conditions, so that a figure and the records behind it cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, case, func, select, true
from sqlalchemy.orm import Session, aliased

from models import Call, Commitment, ServiceRequest, SurveyAnswer, Visit
from operations.reports.figure_sums import drive_minutes, is_drive_known, stay_minutes
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

Condition = ColumnElement[bool]
ALL = true()


@dataclass(frozen=True, slots=True)
class FigurePart:
    """What a figure counts: of the things of its group for which `of` holds, those for which `where` holds, too."""

    where: Condition
    of: Condition = ALL


@dataclass(frozen=True, slots=True)
class FigureGroup:
    """The things for which all conditions hold, the parts of them by figure, and what is added up over them by name."""

    things: Sequence[Condition]
    parts: Mapping[str, FigurePart]
    list_things: Callable[..., Sequence[Record]]
    sums: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counts:
    """By figure how many things are its part, and of how many; and the sums of the group by name."""

    parts: Mapping[str, tuple[int, int]]
    sums: Mapping[str, float]


def find_group(session: Session, stretch: Stretch, name: str) -> FigureGroup | None:
    """Return the group a figure belongs to; None for one that is no share."""
    groups = (
        *(find_clocks(stretch, kind) for kind in CommitmentKind),
        find_visits(session, stretch),
        find_repairs(session, stretch),
        find_calls(stretch),
        find_answers(stretch),
    )
    return next((group for group in groups if name in group.parts), None)


def count_group(session: Session, group: FigureGroup) -> Counts:
    """Count and add up a group with one look at its things."""
    counts = [
        func.count().filter(condition) for one in group.parts.values() for condition in (one.of & one.where, one.of)
    ]
    sums = [func.sum(value) for value in group.sums.values()]
    row = session.execute(select(*counts, *sums).where(*group.things)).one()
    pairs = zip(row[: len(counts) : 2], row[1 : len(counts) : 2], strict=True)
    added = (float(value or 0) for value in row[len(counts) :])
    return Counts(
        {name: (part, whole) for name, (part, whole) in zip(group.parts, pairs, strict=True)},
        dict(zip(group.sums, added, strict=True)),
    )


def list_group(session: Session, group: FigureGroup, name: str, *, wanted: bool) -> Sequence[Record]:
    """Return the things that are part of a figure, or those that might be and are not; what is unknown is not."""
    one = group.parts[name]
    return group.list_things(session, *group.things, one.of, case((one.where, 1), else_=0) == int(wanted))


def decided(stretch: Stretch) -> tuple[Condition, ...]:
    """Promises that were kept or broken in the stretch."""
    return (
        within(Commitment.decided_at, stretch),
        Commitment.state.in_([CommitmentState.MET, CommitmentState.BROKEN]),
    )


def find_clocks(stretch: Stretch, kind: CommitmentKind) -> FigureGroup:
    """The promises of one kind that were decided: those kept."""
    kept = FigurePart(Commitment.state == CommitmentState.MET)
    return FigureGroup((*decided(stretch), Commitment.kind == kind), {f"kept_{kind}": kept}, list_clocks)


def find_visits(session: Session, stretch: Stretch) -> FigureGroup:
    """Visits that began in the stretch: inside which window, with all parts or not, and the minutes they took.

    The first window counts beside the last: promising again hides nothing.
    """
    has_window = Visit.window_until_at.is_not(None)
    has_ended = Visit.state.in_([VisitState.COMPLETED, VisitState.INCOMPLETE])
    return FigureGroup(
        (within(Visit.arrived_at, stretch),),
        {
            "last_window_kept": FigurePart(Visit.arrived_at <= Visit.window_until_at, of=has_window),
            "first_window_kept": FigurePart(Visit.arrived_at <= Visit.first_window_until_at, of=has_window),
            "parts_at_hand": FigurePart(Visit.incomplete_reason.is_distinct_from(IncompleteReason.PART), of=has_ended),
        },
        list_visits,
        {"on_site": stay_minutes(session), "driven": case((is_drive_known(session), drive_minutes(session)))},
    )


def find_repairs(session: Session, stretch: Stretch) -> FigureGroup:
    """Repairs solved on site in the stretch: how quickly, at the first visit, and for good."""
    hours = repair_hours(session)
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
            "first_time_fix": FigurePart(~came_back & (ServiceRequest.tried_visits == 1)),
            "repaired_in_a_day": FigurePart(hours <= DAY_HOURS),
            "repaired_in_a_week": FigurePart(hours <= WEEK_HOURS),
            "mean_repair_days": FigurePart(true()),
            "repair_pass_rate": FigurePart(~came_back),
        },
        lambda *args: list_requests(*args, value=hours / float(DAY_HOURS)),
        {"hours": hours},
    )


def repair_hours(session: Session) -> ColumnElement[Any]:
    """Hours from the report to the closing."""
    return minutes_between(session, ServiceRequest.opened_at, ServiceRequest.closed_at) / 60.0


def find_calls(stretch: Stretch) -> FigureGroup:
    """Calls to the hotline in the stretch, by what came of them."""
    return FigureGroup(
        (within(Call.started_at, stretch), Call.direction == CallDirection.INBOUND),
        {
            "calls": FigurePart(true()),
            "calls_abandoned": FigurePart(Call.outcome == CallOutcome.ABANDONED),
            "calls_self_solved": FigurePart(Call.outcome == CallOutcome.SOLVED_BY_PHONE),
        },
        list_calls,
    )


def find_answers(stretch: Stretch) -> FigureGroup:
    """Answers about visits: those of satisfied customers."""
    satisfied = FigurePart(SurveyAnswer.score >= SATISFIED_FROM)
    return FigureGroup((within(SurveyAnswer.answered_at, stretch),), {"satisfaction": satisfied}, list_answers)
