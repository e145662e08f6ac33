"""What is owed to us and by us, paid in parts or whole; what technicians spent (M2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload

from models import (
    Agreement,
    Expense,
    Payment,
    Receivable,
    ServiceRequest,
    Settlement,
    Shipment,
    StoredFile,
    Technician,
    Visit,
)
from models.settlement import IS_OPEN
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.portions import Portion, read_portion
from policies.authority import check_authority
from policies.receivables import (
    ExpenseKind,
    ExpenseState,
    PaymentMethod,
    ReceivableKind,
    check_payment,
    move_expense,
)
from policies.roles import Role


class ExpenseImpossible(ValueError):
    """An expense of nothing, of the future, or of a visit somebody else made."""


def owe(
    session: Session,
    *,
    kind: ReceivableKind,
    amount_cents: int,
    currency: str,
    now: dt.datetime,
    customer_id: int | None = None,
    courier: str = "",
    due_on: dt.date | None = None,
    settlement: Settlement | None = None,
    agreement: Agreement | None = None,
    request: ServiceRequest | None = None,
    shipment: Shipment | None = None,
    note: str = "",
) -> Receivable:
    """Write down what a customer or a courier owes us, due on a day or in the policy's days.

    Less than nothing is what we owe.
    """
    receivable = Receivable(
        customer_id=customer_id,
        courier=courier,
        kind=kind,
        amount_cents=amount_cents,
        open_cents=amount_cents,
        currency=currency,
        due_on=due_on or (now + dt.timedelta(days=figures_at(session, now).payment_days)).date(),
        made_at=now,
        settlement_id=settlement.id if settlement else None,
        agreement_id=agreement.id if agreement else None,
        request_id=request.id if request else None,
        shipment_id=shipment.id if shipment else None,
        note=note,
    )
    session.add(receivable)
    session.flush()
    return receivable


def take_payment(
    session: Session,
    *,
    receivable: Receivable,
    amount_cents: int,
    method: PaymentMethod,
    by: str,
    now: dt.datetime,
) -> Payment:
    """Write down a payment; less than nothing is one of ours. Raises PaymentTooLarge beyond what is open."""
    session.refresh(receivable, ["open_cents"], with_for_update=True)
    receivable.open_cents = check_payment(open_cents=receivable.open_cents, amount_cents=amount_cents)
    payment = Payment(receivable_id=receivable.id, amount_cents=amount_cents, method=method, paid_at=now, taken_by=by)
    receivable.payments.append(payment)
    session.flush()
    record_event(
        session,
        subject=f"receivable:{receivable.id}",
        kind="payment_taken",
        occurred_at=now,
        recorded_at=now,
        source="office",
        actor=by,
        facts={"amount_cents": amount_cents, "method": str(method)},
    )
    return payment


def list_open_receivables(session: Session, *, customer_id: int | None = None, most: int) -> Portion[Receivable]:
    """Return what is not fully paid, what is due first at the top."""
    query = (
        select(Receivable)
        .where(text(IS_OPEN))
        .order_by(Receivable.due_on, Receivable.id)
        .options(
            joinedload(Receivable.customer),
            joinedload(Receivable.settlement).joinedload(Settlement.request),
            joinedload(Receivable.agreement),
            joinedload(Receivable.shipment).joinedload(Shipment.request),
        )
    )
    if customer_id is not None:
        query = query.where(Receivable.customer_id == customer_id)
    return read_portion(session, query, most=most)


def claim_expense(
    session: Session,
    *,
    technician: Technician,
    visit: Visit | None,
    kind: ExpenseKind,
    amount_cents: int,
    currency: str,
    spent_on: dt.date,
    note: str,
    now: dt.datetime,
    receipt: StoredFile | None = None,
) -> Expense:
    """A technician asks for what was paid on the way, with the photo of its receipt; raises ExpenseImpossible."""
    is_of_another = visit is not None and visit.technician_id != technician.id
    if amount_cents <= 0 or spent_on > now.date() + dt.timedelta(days=1) or is_of_another:
        raise ExpenseImpossible(f"{technician.number} {spent_on} {amount_cents}")
    expense = Expense(
        technician_id=technician.id,
        visit_id=visit.id if visit else None,
        kind=kind,
        state=ExpenseState.CLAIMED,
        currency=currency,
        amount_cents=amount_cents,
        spent_on=spent_on,
        note=note,
        receipt_id=receipt.id if receipt else None,
        claimed_at=now,
    )
    session.add(expense)
    session.flush()
    return expense


def decide_expense(
    session: Session, *, expense: Expense, to: ExpenseState, by: str, role: Role, now: dt.datetime
) -> None:
    """Approve, decline or pay a claim; raises ExpenseMoveRefused, or AuthorityExceeded above the role's limit."""
    state = move_expense(expense.state, to)
    if to is ExpenseState.APPROVED:
        check_authority(role, expense.amount_cents, figures_at(session, now))
    expense.state = state
    if to is ExpenseState.PAID:
        expense.paid_at = now
    else:
        expense.decided_at, expense.decided_by = now, by
    session.flush()


def list_expenses_of(session: Session, *, visit: Visit) -> Sequence[Expense]:
    """Return what was claimed for a visit, the oldest first."""
    return session.scalars(select(Expense).where(Expense.visit_id == visit.id).order_by(Expense.id)).all()


def list_expenses(session: Session, *, states: Sequence[ExpenseState], most: int) -> Portion[Expense]:
    """Return claims in these states, the oldest first."""
    wanted = (
        select(Expense)
        .where(Expense.state.in_(states))
        .order_by(Expense.spent_on, Expense.id)
        .options(
            joinedload(Expense.technician),
            joinedload(Expense.receipt),
            joinedload(Expense.visit).joinedload(Visit.request),
        )
    )
    return read_portion(session, wanted, most=most)
