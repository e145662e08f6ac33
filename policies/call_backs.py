"""Why we promised to call somebody back, and what is left of the promised time (H7, H10, H13)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

FEWEST_MINUTES_LEFT = 5
"""With fewer left a promise may be broken when it is read."""


class CallBackReason(StrEnum):
    """What the caller wants to hear."""

    QUESTION = "question"
    PRESALES = "presales"
    ORDER = "order"
    PARTS_ORDER = "parts_order"
    PRICE = "price"
    PARCEL_MISSING = "parcel_missing"
    PARCEL_DAMAGED = "parcel_damaged"
    PARCEL_OUT_OF_AREA = "parcel_out_of_area"
    PARCEL_RETURN = "parcel_return"
    NO_WINDOW = "no_window"
    OUT_OF_AREA = "out_of_area"
    MESSAGE = "message"
    PERSON = "person"
    TROUBLE = "trouble"


def find_minutes_left(call_by: dt.datetime, *, now: dt.datetime) -> int | None:
    """Return how many whole minutes are left to call somebody; None when too few are to be promised again."""
    minutes = (call_by - now) // dt.timedelta(minutes=1)
    return minutes if minutes >= FEWEST_MINUTES_LEFT else None
