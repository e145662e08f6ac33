"""Judge whether the recipient of a message that is due may be written to now, and keep what they said about it."""

from __future__ import annotations

import datetime as dt

import phonenumbers
from phonenumbers import timezone as number_zones
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import ContactChoice, Message
from policies.contact_rules import ContactDecision, ContactHistory, cap_of, decide_contact
from policies.figures import Figures
from policies.message_channels import MessageChannel
from policies.message_states import MessageState

_REACHES_SOMEBODY = (MessageState.CLAIMED, MessageState.UNCERTAIN, MessageState.SENT, MessageState.DELIVERED)
UNKNOWN_ZONES = ("Etc/Unknown",)
NOWHERE = ("UTC",)


def judge_contact(session: Session, message: Message, *, figures: Figures, now: dt.datetime) -> ContactDecision:
    """Decide whether a message goes out now, waits for the morning, or is withheld with a reason."""
    choice = find_choice(session, channel=message.channel, address=message.to_number)
    history = ContactHistory(
        is_stopped=choice is not None and choice.stopped_at is not None,
        is_care_agreed=choice is not None and choice.care_agreed_at is not None,
        sent_in_period=_count_sent(session, message, figures, now),
    )
    zones = (message.time_zone,) if message.time_zone else zones_of_address(message.to_number)
    return decide_contact(message.purpose, history=history, time_zones=zones, figures=figures, now=now)


def zones_of_address(address: str) -> tuple[str, ...]:
    """Return the time zones a telephone number may be in, UTC where it tells none."""
    try:
        zones = number_zones.time_zones_for_number(phonenumbers.parse(address))
    except phonenumbers.NumberParseException:
        return NOWHERE
    return NOWHERE if zones == UNKNOWN_ZONES else tuple(zones)


def find_choice(session: Session, *, channel: MessageChannel, address: str) -> ContactChoice | None:
    """Return what somebody said about messages to an address, or None if nothing was ever said."""
    return session.scalars(
        select(ContactChoice).where(ContactChoice.channel == channel, ContactChoice.address == address)
    ).one_or_none()


def stop_messages(session: Session, *, channel: MessageChannel, address: str, by: str, now: dt.datetime) -> None:
    """Remember that nobody wants our messages here any more; greetings need a new yes after that."""
    choice = _open_choice(session, channel, address, by, now)
    choice.stopped_at, choice.care_agreed_at = choice.stopped_at or now, None


def start_messages(session: Session, *, channel: MessageChannel, address: str, by: str, now: dt.datetime) -> bool:
    """Take a stop back; return whether there was one."""
    choice = _open_choice(session, channel, address, by, now)
    was_stopped = choice.stopped_at is not None
    choice.stopped_at = None
    return was_stopped


def agree_to_care(session: Session, *, channel: MessageChannel, address: str, by: str, now: dt.datetime) -> None:
    """Remember that greetings and care are welcome here (F3)."""
    choice = _open_choice(session, channel, address, by, now)
    choice.care_agreed_at = choice.care_agreed_at or now


def end_care(session: Session, *, channel: MessageChannel, address: str, by: str, now: dt.datetime) -> None:
    """Remember that greetings and care are no longer welcome here; everything else goes on."""
    _open_choice(session, channel, address, by, now).care_agreed_at = None


def _open_choice(session: Session, channel: MessageChannel, address: str, by: str, now: dt.datetime) -> ContactChoice:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(ContactChoice).values(channel=channel, address=address, changed_by=by, changed_at=now)
    session.execute(row.on_conflict_do_nothing())
    choice = session.scalars(
        select(ContactChoice)
        .where(ContactChoice.channel == channel, ContactChoice.address == address)
        .with_for_update()
    ).one()
    choice.changed_by, choice.changed_at = by, now
    return choice


def _count_sent(session: Session, message: Message, figures: Figures, now: dt.datetime) -> int:
    cap = cap_of(message.purpose, figures)
    if cap is None:
        return 0
    counted = select(func.count()).where(
        Message.to_number == message.to_number,
        Message.purpose == message.purpose,
        Message.channel == message.channel,
        Message.state.in_(_REACHES_SOMEBODY),
        Message.claimed_at > now - cap.period,
        Message.id != message.id,
    )
    return session.scalar(counted) or 0
