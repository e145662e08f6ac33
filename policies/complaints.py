"""What people complain of, and how far a complaint is (H8, F1)."""

from enum import StrEnum


class ComplaintCategory(StrEnum):
    """What it is about, as the caller chooses by key."""

    RESPONSE_TIME = "response_time"
    ATTITUDE = "attitude"
    RESULT = "result"
    CHARGES = "charges"
    OTHER = "other"


class ComplaintState(StrEnum):
    """`answered`: somebody has spoken with the customer, which is what the 24-hour clock asks for."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
