"""What must hold after any trouble, from the data, the provider's count and what callers heard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import select

from models import Call, InboundMessage, Message, StatusEvent, Visit
from models.database import Database
from policies.message_channels import MessageChannel
from policies.message_states import MessageState
from policies.visit_states import PROMISED, TRIED
from simulator.exchange import Exchange
from simulator.messages import Sms
from tests.drills.callers import Heard
from tests.drills.dispatchers import Note

TAKEN = (MessageState.SENT, MessageState.DELIVERED, MessageState.UNDELIVERED)


def find_lost_promises(database: Database, heard: Iterable[Heard]) -> list[Heard]:
    """Return the callers who were told of a window and whose visit the data does not have, coming or come."""
    with database.reading() as session:
        promised = set(
            session.scalars(
                select(Call.call_sid)
                .join(Visit, Visit.request_id == Call.request_id)
                .where(Visit.state.in_(PROMISED | TRIED))
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


def find_lost_texts(database: Database, texts: Iterable[Sms]) -> list[str]:
    """Return what technicians wrote to us and we do not have: what never arrived is asked for at the carrier."""
    with database.reading() as session:
        taken = set(session.scalars(select(InboundMessage.message_sid)))
    return [sms.body for sms in texts if sms.sid not in taken]


def find_miscounted_notes(database: Database, notes: Iterable[Note]) -> list[tuple[str, int]]:
    """Return the notes that are not there as often as was said, and how often: once where kept, else once at most."""
    with database.reading() as session:
        rows = session.scalars(select(StatusEvent.personal).where(StatusEvent.kind == "note_added"))
        here = Counter((personal or {}).get("note", "") for personal in rows)
    return [(note.words, here[note.words]) for note in notes if not note.is_kept <= here[note.words] <= 1]
