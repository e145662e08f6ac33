"""What the key figures add up: minutes on site, on the way and paid, and what the service cost (R, M2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from models import Expense, ParcelClaim, Part, Receivable, Shift, StockMove, Visit
from operations.reports.records import list_claims, list_credits, list_expenses, list_fitted, list_shifts, list_visits
from operations.reports.shape import MOST_RECORDS, Record, Stretch, minutes_between, within
from policies.parcel_claims import ClaimState
from policies.parts import MoveKind
from policies.receivables import ExpenseState, ReceivableKind

LONGEST_DRIVE_MINUTES = 8 * 60
"""A technician who set out longer ago has forgotten to say that he stopped."""
CREDITS = (ReceivableKind.COMPENSATION, ReceivableKind.PENALTY, ReceivableKind.REFUND)

Condition = ColumnElement[bool]


def stay_minutes(session: Session) -> ColumnElement[Any]:
    """Minutes on site of a visit; NULL while it has not begun and ended."""
    return minutes_between(session, Visit.arrived_at, Visit.completed_at)


def list_stays(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return the visits whose minutes on site are added up: those that began in the stretch and have ended."""
    began = within(Visit.arrived_at, stretch)
    return list_visits(session, began, Visit.completed_at.is_not(None), value=stay_minutes(session))


def drive_minutes(session: Session) -> ColumnElement[Any]:
    """Minutes from "on the way" to the arrival of a visit; NULL where either is not known."""
    return minutes_between(session, Visit.set_out_at, Visit.arrived_at)


def is_drive_known(session: Session) -> Condition:
    """Whether a visit's drive counts: set out before the arrival, and not a day ago."""
    return func.round(drive_minutes(session)).between(0, LONGEST_DRIVE_MINUTES)


def is_standing() -> Condition:
    """Whether nobody has reversed a line. Reversals are few: they are read once, not looked up for each line."""
    undone = aliased(StockMove)
    return StockMove.id.not_in(select(undone.reverses_id).where(undone.reverses_id.is_not(None)))


def sum_shifts(session: Session, stretch: Stretch) -> int:
    """Return the minutes of shifts that began in the stretch, breaks left out."""
    return _round(session.scalar(select(func.sum(_paid(session))).where(within(Shift.starts_at, stretch))))


def list_paid(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return the shifts whose minutes are added up."""
    return list_shifts(session, within(Shift.starts_at, stretch), value=_paid(session))


def list_drives(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return the visits whose minutes on the way are added up."""
    began = within(Visit.arrived_at, stretch)
    return list_visits(session, began, is_drive_known(session), value=drive_minutes(session))


def sum_fitted_cents(session: Session, stretch: Stretch) -> int:
    """Return what the parts fitted in the stretch are worth at the catalogue's prices, in cents."""
    worth = func.sum(StockMove.quantity * Part.price_cents)
    return _round(session.scalar(select(worth).join(Part, Part.id == StockMove.part_id).where(*_fitted(stretch))))


def list_parts(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return the lines of parts fitted in the stretch."""
    return list_fitted(session, *_fitted(stretch))


def sum_other_costs_cents(session: Session, stretch: Stretch) -> int:
    """Return what the service cost beside parts, in cents: expenses approved and credits to customers."""
    spent = session.scalar(select(func.sum(Expense.amount_cents)).where(*_approved(stretch)))
    credited = session.scalar(select(func.sum(-Receivable.amount_cents)).where(*_credited(stretch)))
    return _round(spent) + _round(credited)


def list_costs(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return what the cost of the service is made of, the newest first."""
    found = [
        *list_parts(session, stretch),
        *list_expenses(session, *_approved(stretch)),
        *list_credits(session, *_credited(stretch)),
    ]
    return sorted(found, key=lambda one: (one.at is not None, one.at), reverse=True)[:MOST_RECORDS]


def sum_claims_cents(session: Session, stretch: Stretch) -> tuple[int, int]:
    """Return what couriers granted and what was claimed of them, in cents, of claims answered in the stretch (P3)."""
    sums = func.sum(_granted()), func.sum(ParcelClaim.claimed_cents)
    granted, claimed = session.execute(select(*sums).where(*_answered(stretch))).one()
    return _round(granted), _round(claimed)


def list_granted(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return the claims answered in the stretch with what was granted."""
    return list_claims(session, *_answered(stretch), value=_granted())


def list_claimed(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return the claims answered in the stretch with what was claimed."""
    return list_claims(session, *_answered(stretch), value=ParcelClaim.claimed_cents)


def _paid(session: Session) -> ColumnElement[Any]:
    return minutes_between(session, Shift.starts_at, Shift.ends_at) - Shift.break_minutes


def _fitted(stretch: Stretch) -> tuple[Condition, ...]:
    """Lines of use in the stretch that nobody has reversed."""
    return StockMove.kind == MoveKind.USE, within(StockMove.moved_at, stretch), is_standing()


def _approved(stretch: Stretch) -> tuple[Condition, ...]:
    return Expense.state.in_([ExpenseState.APPROVED, ExpenseState.PAID]), within(Expense.decided_at, stretch)


def _credited(stretch: Stretch) -> tuple[Condition, ...]:
    return Receivable.kind.in_(CREDITS), within(Receivable.made_at, stretch)


def _answered(stretch: Stretch) -> tuple[Condition, ...]:
    """Claims taken back because the parcel was found are no loss."""
    return within(ParcelClaim.answered_at, stretch), ParcelClaim.state != ClaimState.WITHDRAWN


def _granted() -> ColumnElement[Any]:
    return func.coalesce(ParcelClaim.granted_cents, 0)


def _round(value: Any) -> int:  # noqa: ANN401 (whatever the database adds up to)
    return round(float(value or 0))
