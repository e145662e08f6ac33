"""Why we promised to call somebody back (H7, H10, H13)."""

from enum import StrEnum


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
