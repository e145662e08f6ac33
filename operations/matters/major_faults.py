"""A major fault (重大故障): the duty ladder is called until somebody takes it, and a measure is due in 4 hours (H11).

Every step is a row and an event in one transaction, so a restart in the middle loses nothing and calls nobody twice.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Commitment, DutyTurn, MajorFault, Message, ServiceRequest
from operations.clocks.commitments import refresh_commitments, request_subject
from operations.clocks.duty import actor_of, begin_next_round, call_next_at_once, call_on_duty, find_next_on_duty
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.messages.major_fault_messages import describe_fault, tell_customer, tell_taker
from outbox.words import name_in
from policies.commitments import CommitmentKind
from policies.duty import MajorFaultState
from policies.priorities import Severity
from policies.request_states import RequestState

SCRIPT = "duty_alert"
SOURCE = "duty_ladder"


class MajorFaultUnknown(LookupError):
    """A measure was recorded for a request that has no major fault."""


class MeasureEmpty(ValueError):
    """A measure says what was done."""

    field = "measure"


def report_major_faults(session: Session, *, house: House, now: dt.datetime) -> int:
    """Open a major fault for every request that has become one, whoever took it in; return how many (H11)."""
    reported = select(MajorFault.request_id)
    # What is older was dealt with before anybody kept a ladder, or is past saving by a call in the night.
    oldest = now - dt.timedelta(hours=figures_at(session, now).on_site_hours)
    requests = session.scalars(
        select(ServiceRequest)
        .where(
            ServiceRequest.severity == Severity.MAJOR,
            ServiceRequest.state != RequestState.CLOSED,
            ServiceRequest.opened_at >= oldest,
            ServiceRequest.id.not_in(reported),
        )
        .with_for_update(skip_locked=True)
    ).all()
    for request in requests:
        _report(session, request, house=house, now=now)
    return len(requests)


def call_next_on_duty(session: Session, *, house: House, now: dt.datetime) -> int:
    """Call the next person for every major fault whose last call has led to nothing in time; return how many."""
    waiting = session.scalars(
        select(MajorFault)
        .where(MajorFault.state == MajorFaultState.RINGING, MajorFault.next_call_at <= now)
        .order_by(MajorFault.id)
        .with_for_update(skip_locked=True)
    ).all()
    for fault in waiting:
        _climb(session, fault, house=house, now=now)
    return len(waiting)


def take_duty_answer(
    session: Session, *, message: Message, is_accepted: bool, house: House, now: dt.datetime
) -> int | None:
    """Take the key somebody pressed; return the duty turn that has the fault now, or None while nobody has it.

    The first to accept has it, even when the ladder has gone on meanwhile. Who declines lets it go on at once.
    """
    fault, turn = _lock_fault(session, message.values["fault"]), session.get_one(DutyTurn, message.values["turn"])
    if fault.state is not MajorFaultState.RINGING:
        return fault.accepted_turn_id
    if is_accepted:
        _accept(session, fault, turn, house=house, now=now)
    else:
        _record(session, fault, "duty_declined", actor=actor_of(turn), now=now)
        call_next_at_once(fault, after_turn_id=turn.id, now=now)
    return fault.accepted_turn_id


def note_nobody_answered(session: Session, *, message: Message, now: dt.datetime) -> None:
    """The call ended without a key: let the ladder go on, unless it already has."""
    fault, turn = _lock_fault(session, message.values["fault"]), session.get_one(DutyTurn, message.values["turn"])
    if fault.state is MajorFaultState.RINGING:
        _record(session, fault, "duty_silent", actor=actor_of(turn), now=now)
        call_next_at_once(fault, after_turn_id=turn.id, now=now)


def record_measure(
    session: Session, *, request_id: int, measure: str, by: str, house: House, now: dt.datetime
) -> MajorFault:
    """Record what was done: only this stops the 4-hour clock, a promise does not (H11).

    Raises MajorFaultUnknown for a request that has none, MeasureEmpty without words. A second measure is recorded
    beside the first and changes no clock.
    """
    if not measure.strip():
        raise MeasureEmpty
    fault = session.scalars(
        select(MajorFault).where(MajorFault.request_id == request_id).with_for_update()
    ).one_or_none()
    if fault is None:
        raise MajorFaultUnknown(request_id)
    _record(session, fault, "measure_taken", actor=by, now=now, personal={"measure": measure.strip()})
    if fault.state is not MajorFaultState.MEASURED:
        fault.state, fault.measured_at = MajorFaultState.MEASURED, now
        fault.measure, fault.measured_by = measure.strip(), by
        tell_customer(session, fault, "major_fault_measured", house=house, now=now)
    return fault


def withdraw_closed_major_faults(session: Session) -> int:
    """Stop looking for somebody where the request has been closed meanwhile; return how many."""
    over = session.scalars(
        select(MajorFault)
        .join(MajorFault.request)
        .where(
            MajorFault.state.in_((MajorFaultState.RINGING, MajorFaultState.ACCEPTED)),
            ServiceRequest.state == RequestState.CLOSED,
        )
    ).all()
    for fault in over:
        fault.state = MajorFaultState.WITHDRAWN
    return len(over)


def find_major_fault(session: Session, *, request_id: int) -> MajorFault | None:
    """Return the request's major fault with who has it, or None when it has none."""
    wanted = select(MajorFault).where(MajorFault.request_id == request_id)
    return session.scalars(wanted.options(joinedload(MajorFault.accepted_turn))).one_or_none()


def list_major_faults_without_measure(session: Session) -> list[tuple[MajorFault, dt.datetime]]:
    """Return the major faults nothing has been done about yet, with when a measure is due; the most urgent first."""
    found = session.execute(
        select(MajorFault, Commitment.deadline_at)
        .join(
            Commitment, (Commitment.request_id == MajorFault.request_id) & (Commitment.kind == CommitmentKind.MEASURE)
        )
        .where(MajorFault.state.in_((MajorFaultState.RINGING, MajorFaultState.ACCEPTED)))
        .order_by(Commitment.deadline_at)
        .options(joinedload(MajorFault.request).joinedload(ServiceRequest.customer))
    )
    return [(row[0], row[1]) for row in found]


def _report(session: Session, request: ServiceRequest, *, house: House, now: dt.datetime) -> None:
    fault = MajorFault(
        request_id=request.id, state=MajorFaultState.RINGING, round=1, called_turn_ids=[], next_call_at=now
    )
    session.add(fault)
    session.flush()
    _record(session, fault, "major_fault_reported", actor=request.answered_by, now=now, occurred_at=request.opened_at)
    tell_customer(session, fault, "major_fault_received", house=house, now=now)
    _climb(session, fault, house=house, now=now)


def _climb(session: Session, fault: MajorFault, *, house: House, now: dt.datetime) -> None:
    request = fault.request
    turn = find_next_on_duty(session, fault, area_id=request.area_id, now=now)
    if turn is None:
        _record(session, fault, "duty_exhausted", actor=SOURCE, now=now, facts={"round": fault.round})
        if fault.round == 1:
            tell_customer(session, fault, "major_fault_delayed", house=house, now=now)
        begin_next_round(session, fault, now=now)
        return
    call_on_duty(
        session,
        fault,
        about=f"major_fault:{fault.id}",
        turn=turn,
        template=SCRIPT,
        values={"fault": fault.id, **describe_fault(session, fault, language=turn.language, now=now)},
        request_id=request.id,
        now=now,
    )
    _record(session, fault, "duty_called", actor=actor_of(turn), now=now, facts={"round": fault.round})


def _accept(session: Session, fault: MajorFault, turn: DutyTurn, *, house: House, now: dt.datetime) -> None:
    fault.state, fault.accepted_turn_id, fault.accepted_at = MajorFaultState.ACCEPTED, turn.id, now
    _record(session, fault, "duty_accepted", actor=actor_of(turn), now=now)
    tell_taker(session, fault, turn, now=now)
    name = name_in(turn, fault.request.language)
    tell_customer(session, fault, "major_fault_accepted", house=house, now=now, technician=name)


def _lock_fault(session: Session, fault_id: int) -> MajorFault:
    return session.scalars(
        select(MajorFault).where(MajorFault.id == fault_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def _record(
    session: Session,
    fault: MajorFault,
    kind: str,
    *,
    actor: str,
    now: dt.datetime,
    occurred_at: dt.datetime | None = None,
    facts: dict[str, int] | None = None,
    personal: dict[str, str] | None = None,
) -> None:
    subject = request_subject(fault.request_id)
    record_event(
        session,
        subject=subject,
        kind=kind,
        occurred_at=occurred_at or now,
        recorded_at=now,
        source=SOURCE,
        actor=actor,
        facts=facts,
        personal=personal,
    )
    refresh_commitments(session, subject=subject, request_id=fault.request_id, now=now)
    note_change(session, topic=BOARD, now=now)
