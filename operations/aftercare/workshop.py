"""A machine goes to the workshop, a loaner goes out meanwhile, and both come back (D14, P4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import String, cast, exists, select
from sqlalchemy.orm import Session, joinedload

from models import Asset, Commitment, Loan, Loaner, ServiceRequest, StatusEvent, WorkshopRepair
from operations.clocks.commitments import refresh_commitments, request_subject
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.house import House
from operations.messages.escalations import escalate
from operations.messages.workshop_messages import tell_in_workshop, tell_workshop_done, tell_workshop_late
from policies.commitments import CommitmentKind, CommitmentState
from policies.escalations import EscalationReason
from policies.request_states import RequestState
from policies.workshop import LoanState, WorkshopState, move_repair, read_loan

LATE = "workshop_late"


class RequestOver(ValueError):
    """The request is closed; open a new one that continues it."""

    field = "number"


class InWorkshopAlready(ValueError):
    """The machine of this request is in the workshop already."""

    field = "number"


class NoMachine(ValueError):
    """The request names no machine; a clerk must fill it in first."""

    field = "number"


class LoanerOut(ValueError):
    """The loaner is lent to somebody else, or no longer ours to lend."""

    field = "loaner"


class LoanerDoesNotFit(ValueError):
    """The loaner is of another product family than the machine it stands in for."""

    field = "loaner"


class LoanEndsTooSoon(ValueError):
    """A loan is due on a later day than it begins."""

    field = "due_on"


def receive_in_workshop(
    session: Session, *, request: ServiceRequest, condition: str, house: House, by: str, now: dt.datetime
) -> WorkshopRepair:
    """Take a machine in and tell its owner; the clock of five working days starts (D14).

    Raises RequestOver, NoMachine or InWorkshopAlready.
    """
    if request.state is RequestState.CLOSED:
        raise RequestOver(request.number)
    if request.asset is None:
        raise NoMachine(request.number)
    here = select(WorkshopRepair.id).where(
        WorkshopRepair.asset_id == request.asset.id, WorkshopRepair.state != WorkshopState.GIVEN_BACK
    )
    if session.scalar(here) is not None:
        raise InWorkshopAlready(request.asset.serial)
    repair = WorkshopRepair(
        request=request,
        asset=request.asset,
        state=WorkshopState.RECEIVED,
        condition=condition.strip(),
        received_at=now,
        received_by=by,
    )
    session.add(repair)
    session.flush()
    _record(session, request, "workshop_received", now=now, actor=by, facts={"serial": request.asset.serial})
    tell_in_workshop(session, repair=repair, house=house, now=now)
    return repair


def finish_repair(
    session: Session,
    *,
    repair: WorkshopRepair,
    is_repaired: bool,
    finding: str,
    house: House,
    by: str,
    now: dt.datetime,
) -> None:
    """The workshop is done with it, repaired or beyond repair: this meets its clock, and its owner is told.

    What is beyond repair is exchanged (C4), which somebody decides: the desk is told.
    """
    to = WorkshopState.REPAIRED if is_repaired else WorkshopState.BEYOND_REPAIR
    repair.state = move_repair(repair.state, to)
    repair.finding, repair.finished_at, repair.finished_by = finding.strip(), now, by
    session.flush()
    _record(session, repair.request, "workshop_finished", now=now, actor=by, facts={"outcome": str(to)})
    tell_workshop_done(session, repair=repair, house=house, now=now)
    if not is_repaired and repair.request.state is not RequestState.CLOSED:
        escalate(session, request=repair.request, reason=EscalationReason.BEYOND_REPAIR, now=now)


def give_back(session: Session, *, repair: WorkshopRepair, by: str, now: dt.datetime) -> None:
    """The customer has the machine again."""
    repair.state = move_repair(repair.state, WorkshopState.GIVEN_BACK)
    repair.given_back_at = now
    session.flush()
    _record(session, repair.request, "workshop_given_back", now=now, actor=by, facts={})


def lend(
    session: Session, *, loaner: Loaner, request: ServiceRequest, due_on: dt.date, by: str, now: dt.datetime
) -> Loan:
    """Lend a machine while the customer's own is away (P4).

    Raises RequestOver, LoanerDoesNotFit, LoanEndsTooSoon or LoanerOut; two who lend the same one take turns.
    """
    if request.state is RequestState.CLOSED:
        raise RequestOver(request.number)
    if request.asset is None or request.asset.product.family != loaner.product.family:
        raise LoanerDoesNotFit(loaner.serial)
    if due_on <= _today(request.asset, now):
        raise LoanEndsTooSoon(due_on.isoformat())
    locked = session.scalars(select(Loaner).where(Loaner.id == loaner.id).with_for_update()).one()
    is_out = session.scalar(select(Loan.id).where(Loan.loaner_id == loaner.id, Loan.back_at.is_(None)))
    if is_out is not None or not locked.is_active:
        raise LoanerOut(loaner.serial)
    loan = Loan(loaner=loaner, request=request, out_at=now, due_on=due_on, lent_by=by)
    session.add(loan)
    session.flush()
    _record(session, request, "loaner_lent", now=now, actor=by, facts={"serial": loaner.serial, "due": str(due_on)})
    return loan


def take_loaner_back(session: Session, *, loan: Loan, condition: str, by: str, now: dt.datetime) -> None:
    """The loaner is ours again; doing so twice changes nothing."""
    if loan.back_at is not None:
        return
    loan.back_at, loan.condition_back = now, condition.strip()
    session.flush()
    _record(session, loan.request, "loaner_back", now=now, actor=by, facts={"serial": loan.loaner.serial})


def state_of_loan(loan: Loan, *, now: dt.datetime) -> LoanState:
    """Return where a loan stands by the calendar of the customer's place."""
    zone = ZoneInfo(loan.request.time_zone)
    back_on = loan.back_at.astimezone(zone).date() if loan.back_at else None
    return read_loan(due_on=loan.due_on, back_on=back_on, today=now.astimezone(zone).date())


def report_overdue_loans(session: Session, *, now: dt.datetime) -> int:
    """Put every loan that is overdue before the desk, once; return how many there were."""
    found = session.scalars(
        select(Loan)
        .where(Loan.back_at.is_(None), Loan.reminded_at.is_(None), Loan.due_on <= (now + dt.timedelta(days=1)).date())
        .order_by(Loan.id)
        .options(joinedload(Loan.request).joinedload(ServiceRequest.site))
    ).all()
    overdue = [loan for loan in found if state_of_loan(loan, now=now) is LoanState.OVERDUE]
    for loan in overdue:
        loan.reminded_at = now
        escalate(session, request=loan.request, reason=EscalationReason.LOANER_OVERDUE, now=now)
    session.flush()
    return len(overdue)


def tell_late_repairs(session: Session, *, house: House, now: dt.datetime) -> int:
    """Tell the owners of machines whose five working days are over that it takes longer, once; return how many (V6)."""
    is_told = exists().where(
        StatusEvent.subject == "request:" + cast(WorkshopRepair.request_id, String), StatusEvent.kind == LATE
    )
    found = session.scalars(
        select(WorkshopRepair)
        .join(Commitment, Commitment.request_id == WorkshopRepair.request_id)
        .where(
            WorkshopRepair.state == WorkshopState.RECEIVED,
            Commitment.kind == CommitmentKind.WORKSHOP,
            Commitment.state == CommitmentState.BROKEN,
            ~is_told,
        )
        .order_by(WorkshopRepair.id)
        .with_for_update(of=WorkshopRepair)
    ).all()
    for repair in found:
        tell_workshop_late(session, repair=repair, house=house, now=now)
        _record(session, repair.request, LATE, now=now, actor="clock", facts={"serial": repair.asset.serial})
    return len(found)


def list_repairs(session: Session) -> Sequence[WorkshopRepair]:
    """Return the machines that are with us, the oldest first."""
    return session.scalars(
        select(WorkshopRepair)
        .where(WorkshopRepair.state != WorkshopState.GIVEN_BACK)
        .order_by(WorkshopRepair.received_at, WorkshopRepair.id)
        .options(
            joinedload(WorkshopRepair.asset).joinedload(Asset.product),
            joinedload(WorkshopRepair.request).joinedload(ServiceRequest.customer),
        )
    ).all()


def list_loans(session: Session) -> Sequence[Loan]:
    """Return the loaners that are out, those due first coming first."""
    return session.scalars(
        select(Loan)
        .where(Loan.back_at.is_(None))
        .order_by(Loan.due_on, Loan.id)
        .options(
            joinedload(Loan.loaner).joinedload(Loaner.product),
            joinedload(Loan.request).joinedload(ServiceRequest.customer),
            joinedload(Loan.request).joinedload(ServiceRequest.site),
        )
    ).all()


def list_free_loaners(session: Session) -> Sequence[Loaner]:
    """Return the loaners that can go out today, by serial."""
    out = select(Loan.loaner_id).where(Loan.back_at.is_(None))
    return session.scalars(
        select(Loaner)
        .where(Loaner.is_active, Loaner.id.not_in(out))
        .order_by(Loaner.serial)
        .options(joinedload(Loaner.product))
    ).all()


def _today(asset: Asset, now: dt.datetime) -> dt.date:
    return now.astimezone(ZoneInfo(asset.site.time_zone)).date()


def _record(
    session: Session, request: ServiceRequest, kind: str, *, now: dt.datetime, actor: str, facts: dict[str, str]
) -> None:
    subject = request_subject(request.id)
    record_event(
        session,
        subject=subject,
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="workshop",
        actor=actor,
        facts=facts,
    )
    refresh_commitments(session, subject=subject, request_id=request.id, now=now)
    note_change(session, topic=BOARD, now=now)
