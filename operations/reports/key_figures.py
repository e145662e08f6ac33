"""The key figures: how well promises were kept, repairs went and calls were answered, against their targets (R)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, case, func, select
from sqlalchemy.orm import Session, aliased

from models import Call, Commitment, Complaint, ServiceRequest, Shift, SurveyAnswer, Visit
from operations.reports.shape import Stretch, Unit, minutes_between, share, within
from policies.call_states import CallDirection, CallOutcome
from policies.commitments import CommitmentKind, CommitmentState
from policies.request_kinds import RequestKind
from policies.request_states import CloseReason
from policies.visit_states import VisitState

SATISFIED_FROM = 4
"""A customer who answers 4 or 5 of 5 is satisfied."""


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One figure: `part` of `whole`, its value, and the manual's target where there is one.

    `is_at_least`: the target is a least value; otherwise it is a most.
    """

    name: str
    unit: Unit
    part: float
    whole: float
    value: float | None
    target: float | None = None
    is_at_least: bool = True

    @property
    def is_met(self) -> bool | None:
        """Whether the target is reached; None without a target or without anything to measure."""
        if self.target is None or self.value is None:
            return None
        return self.value >= self.target if self.is_at_least else self.value <= self.target


def read_key_figures(session: Session, stretch: Stretch) -> list[KeyFigure]:
    """Return every key figure of a stretch, in the order of the page."""
    return [
        *_commitments(session, stretch),
        *_windows(session, stretch),
        *_repairs(session, stretch),
        *_calls(session, stretch),
        _utilisation(session, stretch),
        _complaints(session, stretch),
        _satisfaction(session, stretch),
    ]


def _percent(name: str, part: float, whole: float, target: float | None = None) -> KeyFigure:
    return KeyFigure(name, Unit.PERCENT, part, whole, share(part, whole), target)


def _commitments(session: Session, stretch: Stretch) -> Iterator[KeyFigure]:
    """Promises that were decided in the stretch: kept of kept and broken."""
    decided = {
        (kind, state): count
        for kind, state, count in session.execute(
            select(Commitment.kind, Commitment.state, func.count())
            .where(
                within(Commitment.decided_at, stretch),
                Commitment.state.in_([CommitmentState.MET, CommitmentState.BROKEN]),
            )
            .group_by(Commitment.kind, Commitment.state)
        )
    }
    targets = {CommitmentKind.ON_SITE: 99.8, CommitmentKind.ANSWER: 100.0}
    for kind in CommitmentKind:
        kept, broken = (decided.get((kind, state), 0) for state in (CommitmentState.MET, CommitmentState.BROKEN))
        if kept + broken or kind in targets:
            yield _percent(f"kept_{kind}", kept, kept + broken, targets.get(kind))


def _windows(session: Session, stretch: Stretch) -> Iterator[KeyFigure]:
    """Arrivals inside the last window that was promised, and inside the first: promising again hides nothing."""

    def inside(until_at: Any) -> ColumnElement[int]:  # noqa: ANN401 (a column)
        return func.coalesce(func.sum(case((Visit.arrived_at <= until_at, 1), else_=0), type_=Integer), 0)

    arrived, last, first = session.execute(
        select(func.count(), inside(Visit.window_until_at), inside(Visit.first_window_until_at)).where(
            within(Visit.arrived_at, stretch), Visit.window_until_at.is_not(None)
        )
    ).one()
    yield _percent("last_window_kept", last, arrived)
    yield _percent("first_window_kept", first, arrived)


def _repairs(session: Session, stretch: Stretch) -> Iterator[KeyFigure]:
    """Repairs solved on site in the stretch: how quickly, at the first visit, and for good."""
    hours = minutes_between(session, ServiceRequest.opened_at, ServiceRequest.closed_at) / 60
    visits = (
        select(func.count(Visit.id))
        .where(
            Visit.request_id == ServiceRequest.id,
            Visit.state.in_([VisitState.COMPLETED, VisitState.INCOMPLETE, VisitState.NO_ACCESS]),
        )
        .scalar_subquery()
    )
    again = aliased(ServiceRequest)
    # Repeats are few: they are read once, instead of looked up for each request.
    came_back = ServiceRequest.id.in_(select(again.repeat_of_id).where(again.repeat_of_id.is_not(None)))

    def count(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0), type_=Integer), 0)

    solved, day, week, mean, once, returned = session.execute(
        select(
            func.count(),
            count(hours <= 24),  # noqa: PLR2004 (the manual's day)
            count(hours <= 24 * 7),
            func.avg(hours),
            count((visits == 1) & ~came_back),
            count(came_back),
        ).where(
            ServiceRequest.kind == RequestKind.REPAIR,
            ServiceRequest.close_reason == CloseReason.SOLVED,
            within(ServiceRequest.closed_at, stretch),
        )
    ).one()
    yield _percent("first_time_fix", once, solved)
    yield _percent("repaired_in_a_day", day, solved, 90.0)
    yield _percent("repaired_in_a_week", week, solved, 90.0)
    days = round(float(mean) / 24, 1) if mean is not None else None
    yield KeyFigure("mean_repair_days", Unit.COUNT, days or 0, solved, days, 3.0, is_at_least=False)
    yield _percent("repair_pass_rate", solved - returned, solved, 98.0)
    repeats = session.scalar(
        select(func.count()).where(ServiceRequest.repeat_of_id.is_not(None), within(ServiceRequest.opened_at, stretch))
    )
    yield KeyFigure("repeat_calls", Unit.COUNT, repeats or 0, 1, repeats or 0, 0, is_at_least=False)


def _calls(session: Session, stretch: Stretch) -> Iterator[KeyFigure]:
    rows = session.execute(
        select(Call.outcome, func.count())
        .where(within(Call.started_at, stretch), Call.direction == CallDirection.INBOUND)
        .group_by(Call.outcome)
    )
    outcomes = dict(rows.all())
    calls = sum(outcomes.values())
    yield KeyFigure("calls", Unit.COUNT, calls, 1, calls)
    yield _percent("calls_abandoned", outcomes.get(CallOutcome.ABANDONED, 0), calls)
    yield _percent("calls_self_solved", outcomes.get(CallOutcome.SOLVED_BY_PHONE, 0), calls)


def _utilisation(session: Session, stretch: Stretch) -> KeyFigure:
    """Time on site of the shifts' time, breaks left out; both as far as they began in the stretch."""
    on_site = session.scalar(
        select(func.sum(minutes_between(session, Visit.arrived_at, Visit.completed_at))).where(
            within(Visit.arrived_at, stretch), Visit.completed_at.is_not(None)
        )
    )
    paid = session.scalar(
        select(func.sum(minutes_between(session, Shift.starts_at, Shift.ends_at) - Shift.break_minutes)).where(
            within(Shift.starts_at, stretch)
        )
    )
    return _percent("utilisation", round(float(on_site or 0)), round(float(paid or 0)))


def _complaints(session: Session, stretch: Stretch) -> KeyFigure:
    complaints = session.scalar(select(func.count()).where(within(Complaint.opened_at, stretch))) or 0
    requests = session.scalar(select(func.count()).where(within(ServiceRequest.opened_at, stretch))) or 0
    return _percent("complaints_per_hundred", complaints, requests)


def _satisfaction(session: Session, stretch: Stretch) -> KeyFigure:
    satisfied = func.sum(case((SurveyAnswer.score >= SATISFIED_FROM, 1), else_=0), type_=Integer)
    answers, good = session.execute(
        select(func.count(SurveyAnswer.id), satisfied).where(within(SurveyAnswer.answered_at, stretch))
    ).one()
    return _percent("satisfaction", good or 0, answers, 95.0)
