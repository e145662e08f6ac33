"""What must hold after any trouble, from the data, the provider's count and what callers heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import select

from models import Call, Message, Visit
from models.database import Database
from policies.message_channels import MessageChannel
from policies.message_states import MessageState
from policies.visit_states import PROMISED
from simulator.exchange import Exchange
from tests.drills.callers import Heard

TAKEN = (MessageState.SENT, MessageState.DELIVERED, MessageState.UNDELIVERED)


def find_lost_promises(database: Database, heard: Iterable[Heard]) -> list[Heard]:
    """Return the callers who were told of a window and whose visit the data does not have."""
    with database.reading() as session:
        promised = set(
            session.scalars(
                select(Call.call_sid).join(Visit, Visit.request_id == Call.request_id).where(Visit.state.in_(PROMISED))
            )
        )
    return [one for one in heard if one.was_promised and one.call_sid not in promised]


def find_miscounted_texts(database: Database, provider: Exchange) -> list[tuple[str, int, int]]:
    """Return the texts of which the provider has another number than our rows say: (body, there, here)."""
    with database.reading() as session:
        rows = session.execute(
            select(Message.to_number, Message.body).where(
                Message.state.in_(TAKEN),
                Message.channel == MessageChannel.SMS,
                Message.message_sid.in_([sms.sid for sms in provider.messages.messages]),
            )
        )
        here = Counter((to_number, body) for to_number, body in rows)
    there = Counter((sms.to_number, sms.body) for sms in provider.messages.messages if sms.direction == "outbound-api")
    return [(key[1], there[key], here[key]) for key in there | here if there[key] != here[key]]
