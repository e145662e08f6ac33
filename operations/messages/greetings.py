"""Greetings: to whom they are welcome, and on which days they go out (F3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import String, and_, cast, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from models import ContactChoice, Customer, CustomerPhone, Message, SpecialDate, StatusEvent
from operations.foundation.events import record_event
from operations.foundation.house import House
from operations.people.customers import find_customers_by_phone
from outbox.contact import agree_to_care, end_care, find_choice, zones_of_address
from outbox.enqueue import enqueue_message
from policies.greetings import ConsentWay, OwnDay, days_meant, decide_greeting, festivals_of
from policies.message_channels import MessageChannel
from policies.message_purposes import MessagePurpose

DAY = dt.timedelta(days=1)
MOST_AT_ONCE = 200


def are_greetings_welcome(session: Session, *, channel: MessageChannel, address: str) -> bool:
    """Tell whether whoever reads this address has said that greetings are welcome."""
    choice = find_choice(session, channel=channel, address=address)
    return choice is not None and choice.care_agreed_at is not None


def is_stopped(session: Session, *, channel: MessageChannel, address: str) -> bool:
    """Tell whether whoever reads this address wants no messages of ours."""
    choice = find_choice(session, channel=channel, address=address)
    return choice is not None and choice.stopped_at is not None


def note_greetings_choice(
    session: Session,
    *,
    channel: MessageChannel,
    address: str,
    is_welcome: bool,
    way: ConsentWay,
    by: str,
    now: dt.datetime,
) -> None:
    """Remember that greetings are welcome at an address, or are not any more; `by` says who told us, `way` how.

    What changes is written into the chain of each customer with this number. A stop stays a stop: only a text from the
    address itself takes it back.
    """
    if is_welcome == are_greetings_welcome(session, channel=channel, address=address):
        return
    if is_welcome:
        agree_to_care(session, channel=channel, address=address, by=by, now=now)
    else:
        end_care(session, channel=channel, address=address, by=by, now=now)
    session.flush()
    for customer in find_customers_by_phone(session, number=address):
        choice = _Choice(f"customer:{customer.id}", channel, address, way, by, now)
        if is_welcome:
            choice.note(session, kind="greetings_agreed")
        else:
            choice.note(session, kind="greetings_ended")


@dataclass(frozen=True, slots=True)
class _Choice:
    subject: str
    channel: MessageChannel
    address: str
    way: ConsentWay
    by: str
    at: dt.datetime

    def note(self, session: Session, *, kind: str) -> None:
        record_event(
            session,
            subject=self.subject,
            kind=kind,
            occurred_at=self.at,
            recorded_at=self.at,
            source=str(self.way),
            actor=self.by,
            facts={"channel": str(self.channel)},
            personal={"address": self.address},
        )


def list_greetings_choices(session: Session, *, customer: Customer) -> Sequence[StatusEvent]:
    """Return when, how and by whom a customer's consent to greetings was noted or ended, the latest first."""
    return session.scalars(
        select(StatusEvent)
        .where(
            StatusEvent.subject == f"customer:{customer.id}",
            StatusEvent.kind.in_(("greetings_agreed", "greetings_ended")),
        )
        .order_by(StatusEvent.position.desc())
    ).all()


def greet_customers(session: Session, *, house: House, now: dt.datetime, after_id: int = 0) -> tuple[int, int | None]:
    """Store the greetings that are due, each customer's once in a day; return how many, and where to go on if at all.

    It takes two hundred telephones at a time, those after `after_id`. Quiet hours and "never more often than" are
    the sender's to keep, like for any message.
    """
    phones = _list_welcome(session, now=now, after_id=after_id)
    greeted = sum(_greet(session, phone, house=house, now=now) for phone in phones)
    return greeted, phones[-1].id if len(phones) == MOST_AT_ONCE else None


def _list_welcome(session: Session, *, now: dt.datetime, after_id: int) -> Sequence[CustomerPhone]:
    """Return telephones where a greeting may be due today, wherever on earth today is."""
    days = [(now + DAY * step).date() for step in (-1, 0, 1)]
    meant = {pair for on in days for pair in days_meant(on)}
    query = (
        select(CustomerPhone)
        .join(CustomerPhone.customer)
        .join(
            ContactChoice,
            and_(ContactChoice.address == CustomerPhone.number, ContactChoice.channel == MessageChannel.SMS),
        )
        .where(
            CustomerPhone.id > after_id,
            Customer.merged_into_id.is_(None),
            ContactChoice.care_agreed_at.is_not(None),
            ContactChoice.stopped_at.is_(None),
            ~exists().where(
                Message.recipient == "customer:" + cast(Customer.id, String),
                Message.purpose == MessagePurpose.CARE,
                Message.created_at > now - DAY,
            ),
        )
        .order_by(CustomerPhone.id)
        .limit(MOST_AT_ONCE)
        .options(joinedload(CustomerPhone.customer).selectinload(Customer.sites))
    )
    if not any(on in festivals_of(on.year) for on in days):
        is_own = or_(*(and_(SpecialDate.month == month, SpecialDate.day == day) for month, day in sorted(meant)))
        query = query.where(exists().where(SpecialDate.customer_id == Customer.id, is_own))
    return session.scalars(query).all()


def _greet(session: Session, phone: CustomerPhone, *, house: House, now: dt.datetime) -> bool:
    customer = phone.customer
    zone = customer.sites[0].time_zone if customer.sites else zones_of_address(phone.number)[0]
    local = now.astimezone(ZoneInfo(zone))
    days = session.scalars(
        select(SpecialDate).where(SpecialDate.customer_id == customer.id).order_by(SpecialDate.id)
    ).all()
    greeting = decide_greeting(local, own_days=[OwnDay(one.id, one.name, one.month, one.day) for one in days])
    if greeting is None:
        return False
    midnight = dt.datetime.combine(local.date() + DAY, dt.time(), local.tzinfo)
    stored = enqueue_message(
        session,
        event=f"greeting:{greeting.key}",
        recipient=f"customer:{customer.id}",
        to_number=phone.number,
        language=customer.language,
        template=f"greeting_{greeting.occasion}",
        values={"day": greeting.name, "hotline": house.hotline_number},
        now=now,
        expires_at=midnight.astimezone(dt.UTC),
        time_zone=zone,
    )
    return stored is not None
