"""Parcels to and from customers: how they travel, what can go wrong, and what we do about it (P3, H10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

ENTERED_LATER = dt.timedelta(days=60)
"""So long may a parcel have been on its way before somebody entered it."""
CLOCKS_APART = dt.timedelta(days=1)


class ShipmentDirection(StrEnum):
    """Which way a parcel goes."""

    TO_CUSTOMER = "to_customer"
    FROM_CUSTOMER = "from_customer"


class ShipmentState(StrEnum):
    """Where a parcel is; 正常件, 疑难件, 超区件, 破损, 丢失 in the couriers' words."""

    PREPARED = "prepared"
    SENT = "sent"
    DELAYED = "delayed"
    OUT_OF_AREA = "out_of_area"
    DAMAGED = "damaged"
    LOST = "lost"
    DELIVERED = "delivered"


class NextStep(StrEnum):
    """What somebody of ours does now."""

    NOTHING = "nothing"
    HAND_OVER = "hand_over"
    ASK_COURIER = "ask_courier"
    OTHER_COURIER = "other_courier"
    SEND_AGAIN = "send_again"
    CALL_CUSTOMER = "call_customer"


PROBLEMS = frozenset({ShipmentState.DELAYED, ShipmentState.OUT_OF_AREA, ShipmentState.DAMAGED, ShipmentState.LOST})
"""States in which a parcel will not come by itself."""

_STEPS: dict[ShipmentState, tuple[NextStep, NextStep]] = {
    ShipmentState.PREPARED: (NextStep.HAND_OVER, NextStep.CALL_CUSTOMER),
    ShipmentState.SENT: (NextStep.NOTHING, NextStep.NOTHING),
    ShipmentState.DELAYED: (NextStep.ASK_COURIER, NextStep.ASK_COURIER),
    ShipmentState.OUT_OF_AREA: (NextStep.OTHER_COURIER, NextStep.OTHER_COURIER),
    ShipmentState.DAMAGED: (NextStep.SEND_AGAIN, NextStep.CALL_CUSTOMER),
    ShipmentState.LOST: (NextStep.SEND_AGAIN, NextStep.CALL_CUSTOMER),
    ShipmentState.DELIVERED: (NextStep.NOTHING, NextStep.NOTHING),
}


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a courier or one of us says of a parcel."""

    state: ShipmentState
    at: dt.datetime

    def is_believable(self, *, made_at: dt.datetime, now: dt.datetime) -> bool:
        """Tell whether a parcel made then may have been seen at that time; clocks are apart by hours, not by years."""
        return made_at - ENTERED_LATER <= self.at <= now + CLOCKS_APART


def next_step(state: ShipmentState, direction: ShipmentDirection) -> NextStep:
    """Return what to do about a parcel in this state: what is ours is sent again, what is theirs is spoken about."""
    to_customer, from_customer = _STEPS[state]
    return to_customer if direction is ShipmentDirection.TO_CUSTOMER else from_customer


def read_state(sightings: Sequence[Sighting], *, expected_on: dt.date | None, today: dt.date) -> ShipmentState:
    """Return where a parcel stands, whatever the order in which it was heard of.

    The latest sighting counts; of several at one instant the graver. What should have come by now is delayed.
    """
    ranks = list(ShipmentState)
    latest = max(sightings, key=lambda one: (one.at, ranks.index(one.state)), default=None)
    if latest is None:
        return ShipmentState.PREPARED
    is_late = expected_on is not None and today > expected_on
    return ShipmentState.DELAYED if latest.state is ShipmentState.SENT and is_late else latest.state
