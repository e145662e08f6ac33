"""What came in, kept once whatever the channel, and how its sender is named as a recipient."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import InboundMessage
from policies.message_channels import MessageChannel
from policies.storable_text import make_storable

LONGEST_ADDRESS = 254
LONGEST_ID = 255
LONGEST_RECIPIENT = 40


def keep_inbound(
    session: Session,
    *,
    channel: MessageChannel,
    message_sid: str,
    from_address: str,
    body: str,
    understood_as: str,
    now: dt.datetime,
    subject: str = "",
    left_out: int = 0,
) -> tuple[InboundMessage, bool]:
    """Store a message in one atomic insert and say whether it is new.

    A delivery that overlaps another waits here and finds what that one stored.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(InboundMessage).values(
        channel=channel,
        message_sid=message_sid[:LONGEST_ID],
        from_number=from_address[:LONGEST_ADDRESS],
        subject=make_storable(subject) or None,
        body=make_storable(body),
        understood_as=understood_as,
        received_at=now,
        left_out=left_out,
    )
    stored = session.scalars(row.on_conflict_do_nothing().returning(InboundMessage)).one_or_none()
    if stored is not None:
        return stored, True
    known = select(InboundMessage).where(InboundMessage.message_sid == message_sid[:LONGEST_ID])
    return session.scalars(known).one(), False


def recipient_of(inbound: InboundMessage) -> str:
    """Return how whoever wrote is named as the recipient of an answer: the person, or the bare address."""
    if inbound.technician_id is not None:
        return f"technician:{inbound.technician_id}"
    if inbound.customer_id is not None:
        return f"customer:{inbound.customer_id}"
    kind = "number" if inbound.channel is MessageChannel.SMS else str(inbound.channel)
    return f"{kind}:{inbound.from_number}"[:LONGEST_RECIPIENT]
