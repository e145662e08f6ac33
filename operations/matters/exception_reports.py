"""Problems that those on site cannot solve: put before experts, answered in time or carried higher (F5, V6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Commitment, ExceptionReport, ServiceRequest
from operations.clocks.clock_events import agree_target
from operations.clocks.commitments import refresh_commitments, request_subject
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.messages.request_messages import tell_about_request
from outbox.words import write_instant
from policies.commitments import CommitmentKind, CommitmentState
from policies.exception_reports import (
    ExceptionMoveRefused,
    ExceptionState,
    ExpertLevel,
    limit_hours,
    next_level,
)


class NothingSaid(ValueError):
    """A problem or an answer without words helps nobody."""


def exception_subject(report: ExceptionReport, level: ExpertLevel) -> str:
    """Return the chain's name for a level's share in a report: each level has a clock of its own."""
    return f"exception:{report.id}:{level}"


def open_exception(
    session: Session,
    *,
    request: ServiceRequest,
    problem: str,
    owner: str,
    by: str,
    house: House,
    now: dt.datetime,
) -> ExceptionReport:
    """Put a problem before the technical department; its hours begin, and the customer hears until when.

    NothingSaid without words.
    """
    if not problem.strip():
        raise NothingSaid
    report = ExceptionReport(
        request=request,
        level=ExpertLevel.TECHNICAL,
        state=ExceptionState.OPEN,
        problem=problem.strip(),
        owner=owner,
        opened_at=now,
        opened_by=by,
        deadline_at=_deadline(session, ExpertLevel.TECHNICAL, from_at=now),
    )
    session.add(report)
    session.flush()
    _record(session, report, "exception_opened", now=now, actor=by)
    _ask(session, report, by=by, now=now)
    time_zone = request.site.time_zone if request.site else "UTC"
    until = write_instant(report.deadline_at, time_zone=time_zone, language=request.language)
    _tell(session, report, "experts_asked", {"until": until}, house=house, now=now)
    return report


def answer_exception(
    session: Session, *, report: ExceptionReport, answer: str, by: str, house: House, now: dt.datetime
) -> None:
    """What to do, in words: this ends the clocks of all levels that owed it, and the customer hears of it.

    ExceptionMoveRefused once answered.
    """
    if not answer.strip():
        raise NothingSaid
    _lock(session, report)
    if report.state is not ExceptionState.OPEN:
        raise ExceptionMoveRefused(report.number)
    report.state, report.answer = ExceptionState.ANSWERED, answer.strip()
    report.answered_at, report.answered_by = now, by
    _record(session, report, "exception_answered", now=now, actor=by)
    for level in _list_owing(session, report):
        _step(session, report, level, "expert_answered", by=by, now=now)
    _tell(session, report, "experts_answered", {}, house=house, now=now)


def close_exception(session: Session, *, report: ExceptionReport, is_solved: bool, by: str, now: dt.datetime) -> None:
    """Those on site have tried the answer: it helped, or the problem goes one level up with a new clock."""
    _lock(session, report)
    if report.state is not ExceptionState.ANSWERED:
        raise ExceptionMoveRefused(report.number)
    if is_solved:
        report.state, report.closed_at = ExceptionState.CLOSED, now
        _record(session, report, "exception_closed", now=now, actor=by)
        return
    report.state = ExceptionState.OPEN
    climb(session, report=report, by=by, now=now)


def climb(session: Session, *, report: ExceptionReport, by: str, now: dt.datetime) -> None:
    """Carry an open report one level up, with a clock of its own; TopOfTheLadder above the manufacturer.

    A level that still had time is relieved of its promise; one that is overdue owes the answer until there is one.
    """
    above = next_level(report.level)
    if now <= report.deadline_at:
        _step(session, report, report.level, "expert_relieved", by=by, now=now)
    report.level = above
    report.deadline_at = _deadline(session, report.level, from_at=now)
    _record(session, report, "exception_climbed", now=now, actor=by)
    _ask(session, report, by=by, now=now)


def climb_overdue(session: Session, *, now: dt.datetime) -> int:
    """Carry up what was not answered in time; what has reached the top stays there, overdue. Returns how many."""
    overdue = session.scalars(
        select(ExceptionReport)
        .where(
            ExceptionReport.state == ExceptionState.OPEN,
            ExceptionReport.deadline_at < now,
            ExceptionReport.level != ExpertLevel.MANUFACTURER,
        )
        .order_by(ExceptionReport.id)
        .with_for_update()
    ).all()
    for report in overdue:
        climb(session, report=report, by="clock", now=now)
    return len(overdue)


def list_exceptions_of(session: Session, *, request: ServiceRequest) -> Sequence[ExceptionReport]:
    """Return what was put before the experts about a request, the latest first."""
    return session.scalars(
        select(ExceptionReport).where(ExceptionReport.request_id == request.id).order_by(ExceptionReport.id.desc())
    ).all()


def list_exceptions(session: Session) -> Sequence[ExceptionReport]:
    """Return the reports that are not closed, what is due first coming first."""
    return session.scalars(
        select(ExceptionReport)
        .where(ExceptionReport.state != ExceptionState.CLOSED)
        .order_by(ExceptionReport.state.desc(), ExceptionReport.deadline_at, ExceptionReport.id)
        .options(joinedload(ExceptionReport.request).joinedload(ServiceRequest.customer))
    ).all()


def _lock(session: Session, report: ExceptionReport) -> None:
    """Of two who answer or close it at once the second finds what the first has decided."""
    session.flush()
    session.refresh(report, ["state", "level", "deadline_at"], with_for_update=True)


def _list_owing(session: Session, report: ExceptionReport) -> list[ExpertLevel]:
    """Return the levels that were asked and not relieved, and have no answer yet: the present one and overdue ones."""
    levels = {exception_subject(report, level): level for level in ExpertLevel}
    owing = session.scalars(
        select(Commitment.subject)
        .where(
            Commitment.subject.in_(levels),
            Commitment.fulfilled_at.is_(None),
            Commitment.state != CommitmentState.WITHDRAWN,
        )
        .order_by(Commitment.id)
    )
    return [levels[subject] for subject in owing]


def _ask(session: Session, report: ExceptionReport, *, by: str, now: dt.datetime) -> None:
    """Begin the clock of the level that has the report now."""
    _step(session, report, report.level, "expert_asked", by=by, now=now)
    agree_target(
        session,
        subject=exception_subject(report, report.level),
        request_id=report.request_id,
        kind=CommitmentKind.EXPERT,
        until=report.deadline_at,
        by=by,
        now=now,
    )


def _deadline(session: Session, level: ExpertLevel, *, from_at: dt.datetime) -> dt.datetime:
    """Until when a level that gets a report now has to answer, by the figures in force."""
    return from_at + dt.timedelta(hours=limit_hours(level, figures_at(session, from_at)))


def _step(
    session: Session, report: ExceptionReport, level: ExpertLevel, kind: str, *, by: str, now: dt.datetime
) -> None:
    subject = exception_subject(report, level)
    record_event(
        session,
        subject=subject,
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="desk",
        actor=by,
        facts={"report": report.number, "level": str(level)},
    )
    refresh_commitments(session, subject=subject, request_id=report.request_id, now=now)


def _tell(
    session: Session,
    report: ExceptionReport,
    template: str,
    values: dict[str, str],
    *,
    house: House,
    now: dt.datetime,
) -> None:
    """Tell the customer how it goes on (V6); answered once more, a level higher, it is news again."""
    tell_about_request(
        session,
        request=report.request,
        event=f"{exception_subject(report, report.level)}:{template}",
        template=template,
        values=values,
        house=house,
        now=now,
    )


def _record(session: Session, report: ExceptionReport, kind: str, *, now: dt.datetime, actor: str) -> None:
    record_event(
        session,
        subject=request_subject(report.request_id),
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="experts",
        actor=actor,
        facts={"report": report.number, "level": str(report.level)},
    )
    note_change(session, topic=BOARD, now=now)
