"""Messages about a request enter its chain as they go out and as receipts come in (K3, D10)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Message
from operations.clocks.commitments import request_subject
from operations.foundation.events import record_event
from policies.message_states import MessageState

TOLD = frozenset(state for state in MessageState if state not in {MessageState.PENDING, MessageState.CLAIMED})
MOST_PER_RUN = 200


def chain_receipts(session: Session, *, now: dt.datetime) -> int:
    """Record what has become of messages since the last look, each state once; return how many events that made.

    Number and text enter as salted hashes: they can be shown to fit, and erased.
    """
    messages = session.scalars(
        select(Message)
        .where(
            Message.request_id.is_not(None),
            Message.state.in_(TOLD),
            or_(Message.chained_state.is_(None), Message.chained_state != Message.state),
        )
        .order_by(Message.id)
        .limit(MOST_PER_RUN)
        .with_for_update(skip_locked=True)
    ).all()
    for message in messages:
        record_event(
            session,
            subject=request_subject(message.request_id or 0),
            kind=f"message_{message.state}",
            occurred_at=message.decided_at or now,
            recorded_at=now,
            source=str(message.channel),
            actor=_name_recipient(message.recipient),
            facts={"message": message.id, "template": message.template, "sid": message.message_sid},
            personal={"to_number": message.to_number, "body": message.body},
        )
        message.chained_state = message.state
    return len(messages)


def _name_recipient(recipient: str) -> str:
    """Return whom a message is for, without their number or address: those enter the chain as hashes only."""
    kind, _, which = recipient.partition(":")
    return recipient if which.isdecimal() else kind
