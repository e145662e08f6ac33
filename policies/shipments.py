"""Parcels to and from customers: how they travel, what can go wrong, and what we do about it (P3, H10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from policies.parcel_claims import ClaimState

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
    SEARCH = "search"
    OTHER_COURIER = "other_courier"
    SEND_AGAIN = "send_again"
    CLAIM = "claim"
    COMPENSATE = "compensate"
    RECOVER = "recover"
    AWAIT_COURIER = "await_courier"
    CALL_CUSTOMER = "call_customer"


PROBLEMS = frozenset({ShipmentState.DELAYED, ShipmentState.OUT_OF_AREA, ShipmentState.DAMAGED, ShipmentState.LOST})
"""States in which a parcel will not come by itself."""

SENDABLE_AGAIN = frozenset({NextStep.SEND_AGAIN, NextStep.OTHER_COURIER})
"""Steps that end with another parcel of the same contents."""

COMPENSABLE = frozenset({NextStep.COMPENSATE, NextStep.CALL_CUSTOMER})
"""Steps at which a customer's own machine may be paid for."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a courier or one of us says of a parcel."""

    state: ShipmentState
    at: dt.datetime

    def is_believable(self, *, made_at: dt.datetime, now: dt.datetime) -> bool:
        """Tell whether a parcel made then may have been seen at that time; clocks are apart by hours, not by years."""
        return made_at - ENTERED_LATER <= self.at <= now + CLOCKS_APART


@dataclass(frozen=True, slots=True)
class ParcelFacts:
    """What decides about a parcel. `days_late` counts from the day it should have come.

    `is_customers_own`: the customer's own machine is in it, as in every parcel from them, so that no other is like it.
    `is_replaced`: another one with the same contents has been made since. `is_compensated`: its customer is owed the
    worth of it. `claim`: where the latest claim against its courier stands.
    """

    state: ShipmentState
    direction: ShipmentDirection
    is_customers_own: bool = False
    days_late: int = 0
    is_replaced: bool = False
    is_compensated: bool = False
    claim: ClaimState | None = None

    @property
    def is_of_a_customer(self) -> bool:
        """Whether nothing is like what is in it: their own machine, as in every parcel from them."""
        return self.is_customers_own or self.direction is ShipmentDirection.FROM_CUSTOMER


def counts_as_lost(parcel: ParcelFacts, *, lost_days: int) -> bool:
    """Tell whether its courier owes us for it: lost or damaged, or late by `lost_days`."""
    if parcel.state is ShipmentState.DELAYED:
        return parcel.days_late >= lost_days
    return parcel.state in {ShipmentState.LOST, ShipmentState.DAMAGED}


def next_step(parcel: ParcelFacts, *, search_days: int, lost_days: int) -> NextStep:
    """Return what to do about a parcel: it is searched, then replaced; what cannot be replaced is compensated.

    Only then its courier is asked for the money, and awaited. A late one is searched from `search_days` on, and counts
    as lost from `lost_days` on.
    """
    is_coming_to_us = parcel.direction is ShipmentDirection.FROM_CUSTOMER
    match parcel.state:
        case ShipmentState.SENT | ShipmentState.DELIVERED:
            return NextStep.NOTHING
        case ShipmentState.PREPARED:
            return NextStep.CALL_CUSTOMER if is_coming_to_us else NextStep.HAND_OVER
        case ShipmentState.OUT_OF_AREA:
            return NextStep.NOTHING if parcel.is_replaced else NextStep.OTHER_COURIER
        case ShipmentState.DELAYED if parcel.days_late < lost_days and not parcel.is_replaced:
            return NextStep.ASK_COURIER if parcel.days_late < search_days else NextStep.SEARCH
        case state if parcel.is_of_a_customer and not parcel.is_compensated:
            return NextStep.CALL_CUSTOMER if state is ShipmentState.DAMAGED else NextStep.COMPENSATE
        case _ if not parcel.is_of_a_customer and not parcel.is_replaced:
            return NextStep.SEND_AGAIN
        case _:
            return _claim_step(parcel)


def _claim_step(parcel: ParcelFacts) -> NextStep:
    """The customer has what is due to them: what remains is between the courier and us."""
    match parcel.claim:
        case None | ClaimState.WITHDRAWN:
            return NextStep.RECOVER if parcel.is_of_a_customer else NextStep.CLAIM
        case ClaimState.RAISED:
            return NextStep.AWAIT_COURIER
        case ClaimState.GRANTED | ClaimState.REFUSED:
            return NextStep.NOTHING


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
