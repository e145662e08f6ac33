"""Everything we ever said to a person and they to us, in order, with what became of it (C1)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from models import Customer, CustomerPhone, InboundMessage, Message, Technician
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.message_states import MessageState

LONGEST = 400


class PersonUnknown(LookupError):
    """Nobody is known by this name, and no message went to or came from it."""


@dataclass(frozen=True, slots=True)
class Said:
    """One thing said. `state` is None for what they said to us."""

    at: dt.datetime
    is_ours: bool
    channel: MessageChannel
    address: str
    body: str
    state: MessageState | None
    reason: str
    request_number: str | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A person and what was said, the oldest first; of a long one the latest four hundred."""

    person: Customer | Technician | None
    addresses: tuple[str, ...]
    said: tuple[Said, ...]


def read_conversation(session: Session, *, kind: str, key: str) -> Conversation:
    """Return the conversation with `customer` 12, `technician` 3 or the bare `number` +86…; raises PersonUnknown."""
    person: Customer | Technician | None = None
    if kind in {"customer", "technician"} and key.isdecimal():
        person = session.get(Customer, int(key)) if kind == "customer" else session.get(Technician, int(key))
    if person is None and kind != "number":
        raise PersonUnknown(f"{kind} {key}")
    addresses = _addresses(session, person, key)
    said = sorted(
        [*_ours(session, f"{kind}:{key}", addresses), *_theirs(session, person, addresses)],
        key=lambda one: (one.at, one.is_ours),
    )
    if person is None and not said:
        raise PersonUnknown(key)
    return Conversation(person, addresses, tuple(said[-LONGEST:]))


def language_of(conversation: Conversation) -> Language:
    """Return the language the person is written to in."""
    return conversation.person.language if conversation.person is not None else Language.ZH


def _addresses(session: Session, person: Customer | Technician | None, key: str) -> tuple[str, ...]:
    if isinstance(person, Technician):
        return (person.phone,)
    if isinstance(person, Customer):
        phones = select(CustomerPhone.number).where(CustomerPhone.customer_id == person.id)
        return tuple(session.scalars(phones.order_by(CustomerPhone.id)))
    return (key,)


def _ours(session: Session, recipient: str, addresses: tuple[str, ...]) -> list[Said]:
    found = session.scalars(
        select(Message)
        .where(or_(Message.recipient == recipient, Message.to_number.in_(addresses)))
        .order_by(Message.id.desc())
        .limit(LONGEST)
        .options(joinedload(Message.request))
    )
    return [
        Said(
            message.created_at,
            is_ours=True,
            channel=message.channel,
            address=message.to_number,
            body=message.body,
            state=message.state,
            reason=message.error or "",
            request_number=message.request.number if message.request else None,
        )
        for message in found
    ]


def _theirs(session: Session, person: Customer | Technician | None, addresses: tuple[str, ...]) -> list[Said]:
    """Return what they wrote, from their telephones or from an address that was found to be theirs: e-mail, a chat."""
    is_theirs: ColumnElement[bool] = InboundMessage.from_number.in_(addresses)
    if isinstance(person, Customer):
        is_theirs |= InboundMessage.customer_id == person.id
    elif isinstance(person, Technician):
        is_theirs |= InboundMessage.technician_id == person.id
    found = session.scalars(
        select(InboundMessage)
        .where(is_theirs)
        .order_by(InboundMessage.id.desc())
        .limit(LONGEST)
        .options(joinedload(InboundMessage.request))
    )
    return [
        Said(
            text.received_at,
            is_ours=False,
            channel=text.channel,
            address=text.from_number,
            body=text.body,
            state=None,
            reason="",
            request_number=text.request.number if text.request else None,
        )
        for text in found
    ]
