"""Recall campaigns (召回), and when reports of one fault are more than chance: a defect case (系统性缺陷) (C8)."""

import datetime as dt
import re
from enum import StrEnum


class CampaignState(StrEnum):
    """A campaign is open until every machine of it is done or given up with a reason."""

    OPEN = "open"
    CLOSED = "closed"


class RecallState(StrEnum):
    """How far a campaign is with one machine.

    `told`: somebody has spoken with its owner, and a request follows. `put_off`: its request was closed and the machine
    is not put right, so that somebody speaks with its owner.
    """

    FOUND = "found"
    UNREACHABLE = "unreachable"
    PUT_OFF = "put_off"
    TOLD = "told"
    REQUESTED = "requested"
    DONE = "done"
    GIVEN_UP = "given_up"


_MOVES: dict[RecallState, frozenset[RecallState]] = {
    RecallState.FOUND: frozenset({RecallState.REQUESTED, RecallState.UNREACHABLE, RecallState.GIVEN_UP}),
    RecallState.UNREACHABLE: frozenset({RecallState.TOLD, RecallState.GIVEN_UP}),
    RecallState.TOLD: frozenset({RecallState.REQUESTED, RecallState.GIVEN_UP}),
    # Whoever withdraws is spoken with; a new request by itself would only be withdrawn again.
    RecallState.REQUESTED: frozenset({RecallState.DONE, RecallState.PUT_OFF, RecallState.GIVEN_UP}),
    RecallState.PUT_OFF: frozenset({RecallState.TOLD, RecallState.GIVEN_UP}),
    RecallState.DONE: frozenset(),
    RecallState.GIVEN_UP: frozenset(),
}

SETTLED = frozenset({RecallState.DONE, RecallState.GIVEN_UP})
"""Nothing more is done about the machine."""

BY_HAND = frozenset({RecallState.UNREACHABLE, RecallState.PUT_OFF})
"""Only a person gets further with the machine."""

ASKED_AGAIN_AFTER = dt.timedelta(days=3)
"""So long after somebody spoke with an owner who has taken no time still, the machine is before the office again."""
LEAST_REPORTS = 5
TIMES_USUAL = 3


class RecallMoveRefused(ValueError):
    """The machine cannot go from its state to the one asked for."""


def move_recall(now: RecallState, to: RecallState) -> RecallState:
    """Return `to` if a machine may go there from `now`; otherwise raise RecallMoveRefused."""
    if to not in _MOVES[now]:
        raise RecallMoveRefused(f"{now} -> {to}")
    return to


def is_cluster(*, recent: int, recent_days: int, before: int, before_days: int) -> bool:
    """Tell whether so many reports of one fault in so many days are more than chance, against the time before.

    At least five, and three times as many a day as before; of a fault nobody reported before, five are enough.
    """
    if recent < LEAST_REPORTS:
        return False
    return recent * before_days >= TIMES_USUAL * before * recent_days


def read_serials(text: str) -> list[str]:
    """Return the serials of a batch as somebody pastes them, one behind the other, each once and in order."""
    return sorted({serial.upper() for serial in re.split(r"[\s,;，；、]+", text) if serial})
