"""The states of an outgoing message; they only move forward (DESIGN rule 7)."""

from enum import StrEnum


class MessageState(StrEnum):
    """From stored to delivered, or to a reason why not."""

    PENDING = "pending"
    CLAIMED = "claimed"
    UNCERTAIN = "uncertain"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    EXPIRED = "expired"
    WITHHELD = "withheld"


RANK = {
    MessageState.PENDING: 0,
    MessageState.CLAIMED: 1,
    MessageState.UNCERTAIN: 2,
    MessageState.SENT: 3,
    MessageState.UNDELIVERED: 4,
    MessageState.FAILED: 4,
    MessageState.EXPIRED: 4,
    MessageState.WITHHELD: 4,
    MessageState.DELIVERED: 5,
}
"""A later fact outranks an earlier one. A delivery receipt outranks everything: the person has the text."""

NOT_RECEIVED = frozenset({MessageState.UNDELIVERED, MessageState.FAILED, MessageState.EXPIRED, MessageState.WITHHELD})
"""Nobody has it, and nothing happens by itself any more."""

FROM_TWILIO = {
    "accepted": MessageState.SENT,
    "scheduled": MessageState.SENT,
    "queued": MessageState.SENT,
    "sending": MessageState.SENT,
    "sent": MessageState.SENT,
    "delivered": MessageState.DELIVERED,
    "read": MessageState.DELIVERED,
    "undelivered": MessageState.UNDELIVERED,
    "failed": MessageState.FAILED,
    "canceled": MessageState.FAILED,
}


def later_state(now: MessageState, heard: str) -> MessageState:
    """Return the further of `now` and what Twilio says; an unknown word changes nothing."""
    said = FROM_TWILIO.get(heard, now)
    return said if RANK[said] > RANK[now] else now
