"""What the carrier has on record where a webhook of theirs never reached us: receipts, and texts to us (rule 4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import InboundMessage, Message
from policies.message_channels import MessageChannel
from policies.message_states import MessageState

RECEIPT_AFTER = dt.timedelta(minutes=15)
"""A receipt comes within seconds, or when a telephone is switched on again."""
RECEIPT_UNTIL = dt.timedelta(minutes=45)
"""Some networks tell no more than that a text was sent: nobody asks about it for ever."""
TEXTS_OF = dt.timedelta(minutes=30)
"""A text that is found later than this would do something nobody means any more."""
MOST_ASKED = 100


class CarrierAway(ConnectionError):
    """The carrier's records cannot be read now."""


@dataclass(frozen=True, slots=True)
class RecordedReceipt:
    """What the carrier says of a message of ours, in Twilio's words for states."""

    status: str
    error_code: str | None


@dataclass(frozen=True, slots=True)
class RecordedText:
    """A text that the carrier took in for us."""

    sid: str
    from_number: str
    body: str


class CarrierRecords(Protocol):
    """Reads what a carrier has on record; each raises CarrierAway when it does not answer."""

    def find_receipt(self, *, message_sid: str) -> RecordedReceipt | None:
        """Return what became of a message of ours, or None when it has none on record."""
        ...

    def list_texts(self, *, to_number: str, since: dt.datetime) -> Sequence[RecordedText]:
        """Return what people wrote to a number of ours since then, the oldest first."""
        ...


def list_without_receipt(session: Session, *, now: dt.datetime) -> Sequence[tuple[int, str]]:
    """Return id and the carrier's id of texts that were sent a while ago and of which nothing was heard since."""
    rows = session.execute(
        select(Message.id, Message.message_sid)
        .where(
            Message.channel == MessageChannel.SMS,
            Message.state == MessageState.SENT,
            Message.message_sid.is_not(None),
            Message.decided_at <= now - RECEIPT_AFTER,
            Message.decided_at > now - RECEIPT_UNTIL,
        )
        .order_by(Message.decided_at)
        .limit(MOST_ASKED)
    )
    return [(message_id, sid) for message_id, sid in rows if sid is not None]


def list_never_arrived(session: Session, *, texts: Sequence[RecordedText]) -> list[RecordedText]:
    """Return those of the carrier's texts that are not in our house, in their order."""
    sids = [text.sid for text in texts]
    known = set(session.scalars(select(InboundMessage.message_sid).where(InboundMessage.message_sid.in_(sids))))
    return [text for text in texts if text.sid not in known]
