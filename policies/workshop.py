"""Repairs in the workshop, and the machines lent meanwhile (D14, P4)."""

import datetime as dt
from enum import StrEnum


class WorkshopState(StrEnum):
    """Where a machine taken to the workshop is."""

    RECEIVED = "received"
    REPAIRED = "repaired"
    BEYOND_REPAIR = "beyond_repair"
    GIVEN_BACK = "given_back"


_MOVES: dict[WorkshopState, frozenset[WorkshopState]] = {
    WorkshopState.RECEIVED: frozenset({WorkshopState.REPAIRED, WorkshopState.BEYOND_REPAIR}),
    WorkshopState.REPAIRED: frozenset({WorkshopState.GIVEN_BACK}),
    WorkshopState.BEYOND_REPAIR: frozenset({WorkshopState.GIVEN_BACK}),
    WorkshopState.GIVEN_BACK: frozenset(),
}


class WorkshopMoveRefused(ValueError):
    """The repair cannot go from its state to the one asked for."""


def move_repair(now: WorkshopState, to: WorkshopState) -> WorkshopState:
    """Return `to` if a repair may go there from `now`; otherwise raise WorkshopMoveRefused."""
    if to not in _MOVES[now]:
        raise WorkshopMoveRefused(f"{now} -> {to}")
    return to


class LoanState(StrEnum):
    """Where a lent machine stands; read from its dates, so that nobody has to keep it up."""

    OUT = "out"
    DUE = "due"
    OVERDUE = "overdue"
    BACK = "back"


DUE_DAYS = 2
"""So many days before its date a loan counts as due: time to arrange the return."""


def read_loan(*, due_on: dt.date, back_on: dt.date | None, today: dt.date) -> LoanState:
    """Return where a loan stands on a day; the due date itself is still in time."""
    if back_on is not None:
        return LoanState.BACK
    if today > due_on:
        return LoanState.OVERDUE
    return LoanState.DUE if due_on - today <= dt.timedelta(days=DUE_DAYS) else LoanState.OUT
