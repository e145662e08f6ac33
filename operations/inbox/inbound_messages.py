"""Somebody writes to us: kept once, understood by who they are, and given to a person where we cannot answer (H16)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import InboundMessage, Technician
from operations.fieldwork.technician_texts import carry_out
from operations.foundation.house import House
from operations.foundation.inbound_rows import keep_inbound, recipient_of
from operations.inbox.customer_texts import find_thread, take_customer_text
from operations.messages.greetings import note_greetings_choice
from operations.people.customers import find_customers_by_phone
from operations.planning.live_plan import lock_live_plan
from outbox.contact import start_messages, stop_messages
from outbox.enqueue import enqueue_message
from policies.greetings import ConsentWay
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.opt_outs import ContactWord, is_answered_by_carrier, read_contact_word

FROM_STRANGER = "from_stranger"
ANSWERS = {
    ContactWord.STOP: "contact_stopped",
    ContactWord.START: "contact_started",
    ContactWord.HELP: "contact_help",
    ContactWord.GREETINGS: "contact_greetings",
    ContactWord.NO_GREETINGS: "contact_no_greetings",
}
ANSWER_EXPIRES = dt.timedelta(hours=2)


def take_text(
    session: Session,
    *,
    message_sid: str,
    from_number: str,
    body: str,
    house: House,
    now: dt.datetime,
    answered: ContactWord | None = None,
) -> InboundMessage:
    """Store a text and do what it says; taking the same `message_sid` twice changes nothing.

    `answered` is the word the carrier took it for and has answered: its owner may have taught it words of their own.

    A text from a number that is no technician's can never move a visit, whatever code it holds. Strangers are not
    answered, except to stop and start words: that would send texts on request.
    """
    text, is_new = keep_inbound(
        session,
        channel=MessageChannel.SMS,
        message_sid=message_sid,
        from_address=from_number,
        body=body,
        understood_as=FROM_STRANGER,
        now=now,
    )
    if not is_new:
        return text
    technician = session.scalars(select(Technician).where(Technician.phone == from_number)).one_or_none()
    customers = [] if technician else find_customers_by_phone(session, number=from_number)
    text.technician_id = technician.id if technician else None
    text.customer_id = customers[0].id if customers else None
    language = technician.language if technician else customers[0].language if customers else Language.ZH
    word = _read_word(body, answered, is_technician=technician is not None)
    if word is not None:
        _take_word(session, text, word, now)
        if answered is None and not is_answered_by_carrier(body):
            _answer(session, text, word, language, house, now)
        # Whoever stops us in the middle of a matter may mean the visit: "CANCEL" is one of the carrier's words.
        thread = None if technician else find_thread(session, text=text, customers=customers, now=now)
        text.request_id = thread.id if thread else None
        text.is_waiting = word is ContactWord.STOP and thread is not None and thread.closed_at is None
    elif technician is not None:
        # Texts, bookings and publications all change visits: at the live plan they take turns, and none blocks another.
        lock_live_plan(session, area_id=technician.area_id, now=now)
        text.understood_as = carry_out(session, technician, text, house, now)
    else:
        take_customer_text(session, text=text, customers=customers, house=house, now=now)
    return text


def _read_word(body: str, answered: ContactWord | None, *, is_technician: bool) -> ContactWord | None:
    """Return a stop, start or help word; a technician's YES accepts visits, and his HELP asks for our list of words."""
    word = answered or read_contact_word(body)
    if is_technician and (word is ContactWord.HELP or body.strip().upper() == "YES"):
        return None
    return word


def _take_word(session: Session, text: InboundMessage, word: ContactWord, now: dt.datetime) -> None:
    channel, address = MessageChannel.SMS, text.from_number
    text.understood_as = str(word)
    if word is ContactWord.STOP:
        stop_messages(session, channel=channel, address=address, by="sms", now=now)
    elif word is ContactWord.START:
        start_messages(session, channel=channel, address=address, by="sms", now=now)
    elif word in {ContactWord.GREETINGS, ContactWord.NO_GREETINGS}:
        is_welcome = word is ContactWord.GREETINGS
        if is_welcome:
            start_messages(session, channel=channel, address=address, by="sms", now=now)
        note_greetings_choice(
            session,
            channel=channel,
            address=address,
            is_welcome=is_welcome,
            way=ConsentWay.TEXT,
            by="customer",
            now=now,
        )


def _answer(
    session: Session, text: InboundMessage, word: ContactWord, language: Language, house: House, now: dt.datetime
) -> None:
    enqueue_message(
        session,
        event=f"contact:{word}:{now:%Y%m%d%H}",
        recipient=recipient_of(text),
        to_number=text.from_number,
        language=language,
        template=ANSWERS[word],
        values={"hotline": house.hotline_number},
        now=now,
        expires_at=now + ANSWER_EXPIRES,
    )
