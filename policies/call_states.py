"""The states of a call, which only move forward, and the outcomes a call can have (H14, DESIGN rule 4)."""

from enum import StrEnum


class CallDirection(StrEnum):
    """Who called whom: a customer us, or we somebody."""

    INBOUND = "inbound"
    OUTGOING = "outgoing"


class CallState(StrEnum):
    """Twilio's CallStatus, folded to what matters here."""

    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    ENDED = "ended"


RANK = {CallState.RINGING: 0, CallState.IN_PROGRESS: 1, CallState.ENDED: 2}
FROM_TWILIO = {
    "queued": CallState.RINGING,
    "initiated": CallState.RINGING,
    "ringing": CallState.RINGING,
    "in-progress": CallState.IN_PROGRESS,
    "answered": CallState.IN_PROGRESS,
    "completed": CallState.ENDED,
    "busy": CallState.ENDED,
    "failed": CallState.ENDED,
    "no-answer": CallState.ENDED,
    "canceled": CallState.ENDED,
}


class CallOutcome(StrEnum):
    """How a call ended, for the customer; the weightiest first. The last three are for calls of ours."""

    BOOKED = "booked"
    HANDED_OVER = "handed_over"
    COMPLAINT = "complaint"
    CANCELLED = "cancelled"
    TALKED = "talked"
    CALL_BACK = "call_back"
    VOICEMAIL = "voicemail"
    REQUEST_LEFT_OPEN = "request_left_open"
    SOLVED_BY_PHONE = "solved_by_phone"
    INFORMED = "informed"
    ABANDONED = "abandoned"
    ANSWERED = "answered"
    MESSAGE_LEFT = "message_left"
    NOT_REACHED = "not_reached"


def later_state(now: CallState, heard: str) -> CallState:
    """Return the further of `now` and what Twilio says; an unknown word changes nothing."""
    said = FROM_TWILIO.get(heard, now)
    return said if RANK[said] > RANK[now] else now


def weightiest_outcome(outcomes: list[CallOutcome]) -> CallOutcome:
    """Return what counts of several things that came of one call; none at all is a call given up."""
    return min(outcomes, key=list(CallOutcome).index, default=CallOutcome.ABANDONED)
