"""The journal for the organisation's accounts: every receipt, payment and credit as balanced lines (M1, M2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import Expense, Payment, Receivable, Settlement
from operations.imports.cells import write_decimal, write_moment
from operations.imports.sheets import BYTE_ORDER_MARK, write_line
from policies.journal import Account, Posting, Share, post_pair, post_settlement
from policies.receivables import ExpenseState, ReceivableKind

_AGAINST = {
    ReceivableKind.INSTALMENT: Account.AGREEMENT_SALES,
    ReceivableKind.PENALTY: Account.PENALTIES,
    ReceivableKind.COMPENSATION: Account.COMPENSATION,
    ReceivableKind.EXCHANGE: Account.RETURNS,
    ReceivableKind.REFUND: Account.RETURNS,
    ReceivableKind.COURIER_CLAIM: Account.COURIER_CLAIMS,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One booking of the journal: its postings add up to nothing. `customer`: who owes or is owed.

    A technician for expenses, the courier's name for what a courier owes.
    """

    booked_at: dt.datetime
    document: str
    customer: str
    currency: str
    postings: Sequence[Posting]


COLUMNS = ("booked_at", "document", "customer_number", "account", "debit", "credit", "currency")


def write_journal(session: Session, *, from_at: dt.datetime, until_at: dt.datetime) -> Iterator[str]:
    """Yield the lines of a CSV file with a period's journal, for the organisation's accounts."""
    yield BYTE_ORDER_MARK + write_line(COLUMNS)
    for entry in list_entries(session, from_at=from_at, until_at=until_at):
        for posting in entry.postings:
            debit, credit = max(posting.amount_cents, 0), max(-posting.amount_cents, 0)
            yield write_line(
                (
                    write_moment(entry.booked_at),
                    entry.document,
                    entry.customer,
                    str(posting.account),
                    write_decimal(debit, 2) if debit else "",
                    write_decimal(credit, 2) if credit else "",
                    entry.currency,
                )
            )


def list_entries(session: Session, *, from_at: dt.datetime, until_at: dt.datetime) -> Iterator[Entry]:
    """Yield everything booked in a period: receipts, other amounts owed, payments, expenses, each in its order."""
    yield from _settlements(session, from_at, until_at)
    yield from _receivables(session, from_at, until_at)
    yield from _payments(session, from_at, until_at)
    yield from _expenses(session, from_at, until_at)


def _settlements(session: Session, from_at: dt.datetime, until_at: dt.datetime) -> Iterator[Entry]:
    query = (
        select(Settlement)
        .where(Settlement.settled_at >= from_at, Settlement.settled_at < until_at)
        .order_by(Settlement.receipt_number)
        .options(selectinload(Settlement.lines), joinedload(Settlement.request))
    )
    for one in session.scalars(query):
        shares = [Share(line.item, line.covered_by, line.covered_cents, line.charged_cents) for line in one.lines]
        customer = one.request.customer.number if one.request.customer else ""
        if one.settled_at is not None:
            yield Entry(one.settled_at, one.receipt_number or "", customer, one.currency, post_settlement(shares))


def _receivables(session: Session, from_at: dt.datetime, until_at: dt.datetime) -> Iterator[Entry]:
    query = (
        select(Receivable)
        .where(
            Receivable.made_at >= from_at,
            Receivable.made_at < until_at,
            Receivable.kind != ReceivableKind.SETTLEMENT,
        )
        .order_by(Receivable.id)
        .options(joinedload(Receivable.customer))
    )
    for one in session.scalars(query):
        postings = post_pair(Account.RECEIVABLE, _AGAINST[one.kind], one.amount_cents)
        yield Entry(one.made_at, f"{one.kind}-{one.id}", _debtor(one), one.currency, postings)


def _payments(session: Session, from_at: dt.datetime, until_at: dt.datetime) -> Iterator[Entry]:
    query = (
        select(Payment, Receivable)
        .join(Receivable, Payment.receivable_id == Receivable.id)
        .where(Payment.paid_at >= from_at, Payment.paid_at < until_at)
        .order_by(Payment.id)
        .options(joinedload(Receivable.customer))
    )
    for payment, owed in session.execute(query):
        postings = post_pair(Account.CASH, Account.RECEIVABLE, payment.amount_cents)
        yield Entry(payment.paid_at, f"payment-{payment.id}", _debtor(owed), owed.currency, postings)


def _debtor(owed: Receivable) -> str:
    return owed.customer.number if owed.customer else owed.courier


def _expenses(session: Session, from_at: dt.datetime, until_at: dt.datetime) -> Iterator[Entry]:
    """What a technician is owed from the approval on, and what was paid of it."""
    claims = select(Expense).order_by(Expense.id).options(joinedload(Expense.technician))
    approved = claims.where(
        Expense.state.in_([ExpenseState.APPROVED, ExpenseState.PAID]),
        Expense.decided_at >= from_at,
        Expense.decided_at < until_at,
    )
    for one in session.scalars(approved):
        if one.decided_at is not None:
            postings = post_pair(Account.EXPENSES, Account.STAFF, one.amount_cents)
            yield Entry(one.decided_at, f"expense-{one.id}", one.technician.number, one.currency, postings)
    for one in session.scalars(claims.where(Expense.paid_at >= from_at, Expense.paid_at < until_at)):
        if one.paid_at is not None:
            postings = post_pair(Account.STAFF, Account.CASH, one.amount_cents)
            yield Entry(one.paid_at, f"expense-{one.id}-paid", one.technician.number, one.currency, postings)
