"""Judge whether the recipient of a message that is due may be written to now, and keep what they said about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import phonenumbers
from phonenumbers import timezone as number_zones
from sqlalchemy import exists, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import Agent, ContactChoice, CustomerPhone, DutyTurn, Message, ServicePoint, Technician
from policies.contact_rules import ContactDecision, ContactHistory, cap_of, decide_contact
from policies.customer_calls import call_hours
from policies.figures import Figures
from policies.message_channels import MessageChannel
from policies.message_purposes import CAN_WAIT
from policies.message_states import MessageState
from policies.toll_limits import is_dear, prefix_abroad

_REACHES_SOMEBODY = (MessageState.CLAIMED, MessageState.UNCERTAIN, MessageState.SENT, MessageState.DELIVERED)
UNKNOWN_ZONES = ("Etc/Unknown",)
NOWHERE = ("UTC",)
HOUR = dt.timedelta(hours=1)
ON_FILE = (CustomerPhone.number, Technician.phone, DutyTurn.phone, ServicePoint.phone, Agent.phone)


def judge_contact(
    session: Session, message: Message, *, figures: Figures, now: dt.datetime, home: str | None = None
) -> ContactDecision:
    """Decide whether a message goes out now, waits for the morning, or is withheld with a reason.

    `home` is the hotline's number: strangers of other countries than its own are few.
    """
    choices = _list_choices(session, message)
    history = ContactHistory(
        is_stopped=any(choice.stopped_at is not None for choice in choices),
        is_care_agreed=any(choice.care_agreed_at is not None for choice in choices),
        sent_in_period=_count_sent(session, message, figures, now),
        is_dear=is_dear(message.to_number),
        sent_abroad=_count_abroad(session, message, home, figures, now) if home else 0,
    )
    zones = (message.time_zone,) if message.time_zone else zones_of_address(message.to_number)
    if message.channel is MessageChannel.VOICE:
        figures = call_hours(figures)
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


def _list_choices(session: Session, message: Message) -> Sequence[ContactChoice]:
    """Return what was said about this channel; where nobody waits for the call, what was said about texts counts too.

    Whoever wants no texts wants no call in their place that asks how it was.
    """
    channels = {message.channel}
    if message.channel is MessageChannel.VOICE and message.purpose in CAN_WAIT:
        channels.add(MessageChannel.SMS)
    return session.scalars(
        select(ContactChoice).where(ContactChoice.channel.in_(channels), ContactChoice.address == message.to_number)
    ).all()


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


def _count_abroad(session: Session, message: Message, home: str, figures: Figures, now: dt.datetime) -> int:
    """Count what went to strangers in a stranger's country in the last hour, up to the most there may be.

    Those on file do not use it up: a hotline whose number is another country's would soon be silent to every stranger.
    """
    prefix = prefix_abroad(message.to_number, home=home)
    if prefix is None or _is_on_file(session, message.to_number):
        return 0
    # A range of numbers rather than LIKE, which no index answers in every collation.
    counted = (
        select(Message.id)
        .where(
            Message.to_number >= prefix,
            Message.to_number < f"+{int(prefix) + 1}",
            Message.claimed_at > now - HOUR,
            Message.id != message.id,
            *(~exists().where(column == Message.to_number) for column in ON_FILE),
        )
        .limit(figures.strangers_abroad_per_hour)
    )
    return len(session.scalars(counted).all())


def _is_on_file(session: Session, number: str) -> bool:
    return any(session.scalars(select(column).where(column == number).limit(1)).first() for column in ON_FILE)
