"""What the key figures add up: minutes on site, on the way and paid, and what the service cost (R, M2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Subquery, func, select
from sqlalchemy.orm import Session, aliased

from models import Expense, Part, Receivable, Shift, StatusEvent, StockMove, Visit
from operations.reports.records import list_credits, list_expenses, list_fitted, list_shifts, list_visits
from operations.reports.shape import MOST_RECORDS, Record, Stretch, minutes_between, within
from policies.clocks.reading import CORRECTED
from policies.parts import MoveKind
from policies.receivables import ExpenseState, ReceivableKind

ON_THE_WAY = "visit_on_the_way"
LONGEST_DRIVE_MINUTES = 8 * 60
"""A technician who set out longer ago has forgotten to say that he stopped."""
CREDITS = (ReceivableKind.COMPENSATION, ReceivableKind.PENALTY, ReceivableKind.REFUND)

Condition = ColumnElement[bool]


def sum_stays(session: Session, stretch: Stretch) -> int:
    """Return the minutes on site of visits that began in the stretch and have ended."""
    return _round(session.scalar(select(func.sum(_stay(session))).where(*_stays(stretch))))


def list_stays(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return the visits whose minutes on site are added up."""
    return list_visits(session, *_stays(stretch), value=_stay(session))


def sum_shifts(session: Session, stretch: Stretch) -> int:
    """Return the minutes of shifts that began in the stretch, breaks left out."""
    return _round(session.scalar(select(func.sum(_paid(session))).where(within(Shift.starts_at, stretch))))


def list_paid(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return the shifts whose minutes are added up."""
    return list_shifts(session, within(Shift.starts_at, stretch), value=_paid(session))


def sum_drives(session: Session, stretch: Stretch) -> int:
    """Return the minutes from "on the way" to the arrival of visits that began in the stretch."""
    minutes, conditions = _drives(session, stretch)
    return _round(session.scalar(select(func.sum(minutes)).where(*conditions)))


def list_drives(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return the visits whose minutes on the way are added up."""
    minutes, conditions = _drives(session, stretch)
    return list_visits(session, *conditions, value=minutes)


def sum_fitted_cents(session: Session, stretch: Stretch) -> int:
    """Return what the parts fitted in the stretch are worth at the catalogue's prices, in cents."""
    worth = func.sum(StockMove.quantity * Part.price_cents)
    return _round(session.scalar(select(worth).join(Part, Part.id == StockMove.part_id).where(*_fitted(stretch))))


def list_parts(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return the lines of parts fitted in the stretch."""
    return list_fitted(session, *_fitted(stretch))


def sum_cost_cents(session: Session, stretch: Stretch) -> int:
    """Return what the service cost in the stretch: parts fitted, expenses approved, and credits to customers."""
    spent = session.scalar(select(func.sum(Expense.amount_cents)).where(*_approved(stretch)))
    credited = session.scalar(select(func.sum(-Receivable.amount_cents)).where(*_credited(stretch)))
    return sum_fitted_cents(session, stretch) + _round(spent) + _round(credited)


def list_costs(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return what the cost of the service is made of, the newest first."""
    found = [
        *list_parts(session, stretch),
        *list_expenses(session, *_approved(stretch)),
        *list_credits(session, *_credited(stretch)),
    ]
    return sorted(found, key=lambda one: (one.at is not None, one.at), reverse=True)[:MOST_RECORDS]


def _stay(session: Session) -> ColumnElement[Any]:
    return minutes_between(session, Visit.arrived_at, Visit.completed_at)


def _stays(stretch: Stretch) -> tuple[Condition, ...]:
    return within(Visit.arrived_at, stretch), Visit.completed_at.is_not(None)


def _paid(session: Session) -> ColumnElement[Any]:
    return minutes_between(session, Shift.starts_at, Shift.ends_at) - Shift.break_minutes


def _drives(session: Session, stretch: Stretch) -> tuple[ColumnElement[Any], tuple[Condition, ...]]:
    """The minutes of a drive, and for which visits it is known: set out before the arrival, and not a day ago."""
    setting_out = _setting_out(stretch)
    minutes = minutes_between(session, setting_out.c.left_at, Visit.arrived_at)
    known = Visit.id == setting_out.c.visit_id, func.round(minutes).between(0, LONGEST_DRIVE_MINUTES)
    return minutes, (within(Visit.arrived_at, stretch), *known)


def _setting_out(stretch: Stretch) -> Subquery:
    """When technicians last said that they were on the way to a visit; what was corrected afterwards is left out."""
    correction = aliased(StatusEvent)
    is_corrected = (
        select(correction.id)
        .where(
            correction.subject == StatusEvent.subject,
            correction.kind == CORRECTED,
            correction.facts["position"].as_integer() == StatusEvent.position,
        )
        .exists()
    )
    visit_id = StatusEvent.facts["visit"].as_integer()
    within_reach = Stretch(stretch.from_at - dt.timedelta(minutes=LONGEST_DRIVE_MINUTES), stretch.until_at)
    return (
        select(visit_id.label("visit_id"), func.max(StatusEvent.occurred_at).label("left_at"))
        .where(StatusEvent.kind == ON_THE_WAY, within(StatusEvent.occurred_at, within_reach), ~is_corrected)
        .group_by(visit_id)
        .subquery()
    )


def _fitted(stretch: Stretch) -> tuple[Condition, ...]:
    """Lines of use in the stretch that nobody has reversed."""
    undone = aliased(StockMove)
    is_reversed = select(undone.id).where(undone.reverses_id == StockMove.id).exists()
    return StockMove.kind == MoveKind.USE, within(StockMove.moved_at, stretch), ~is_reversed


def _approved(stretch: Stretch) -> tuple[Condition, ...]:
    return Expense.state.in_([ExpenseState.APPROVED, ExpenseState.PAID]), within(Expense.decided_at, stretch)


def _credited(stretch: Stretch) -> tuple[Condition, ...]:
    return Receivable.kind.in_(CREDITS), within(Receivable.made_at, stretch)


def _round(value: Any) -> int:  # noqa: ANN401 (whatever the database adds up to)
    return round(float(value or 0))
