"""E-mail and chat: one way in for all that is no telephone, and an answer on the channel it came by (H16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import InboundMessage, Message, ServiceRequest
from operations.clocks.commitments import refresh_commitments
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.files import FileStore
from operations.foundation.house import House
from operations.foundation.inbound_rows import keep_inbound, recipient_of
from operations.foundation.territories import find_customer_area
from operations.inbox.letter_reports import speaks_of_a_fault, take_written_report
from operations.messages.letter_files import LetterFile, hand_files_over, keep_letter_files, read_attachments
from outbox.contact import start_messages, stop_messages
from outbox.enqueue import enqueue_message
from policies.languages import Language
from policies.letters import Letter, reply_subject
from policies.message_channels import MessageChannel
from policies.opt_outs import ContactWord, read_contact_word
from policies.request_numbers import find_request_numbers

AUTOMATIC = "automatic"
FROM_CUSTOMER = "from_customer"
REPORT = "report"
OURSELVES = "onecall"
ANSWER_EXPIRES = dt.timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came in: its sender's address on the channel, an id the channel never gives twice, the words and files.

    `left_out` counts files that cannot be kept; the contents of `files` are in the file store already. `answers_to` are
    ids of messages that came before it, the nearest first.
    """

    channel: MessageChannel
    message_id: str
    from_address: str
    subject: str
    body: str
    is_automatic: bool = False
    files: tuple[LetterFile, ...] = ()
    left_out: int = 0
    answers_to: tuple[str, ...] = ()


def arrive_by_mail(letter: Letter, *, files: FileStore) -> Arrived:
    """Return an e-mail as it came in, with its files written to the file store; call it with no transaction open."""
    kept, left_out = read_attachments(letter)
    for file in kept:
        files.write(file.key, file.content)
    return Arrived(
        MessageChannel.EMAIL,
        letter.message_id,
        letter.from_address,
        letter.subject,
        letter.body,
        is_automatic=letter.is_automatic,
        files=kept,
        left_out=left_out,
        answers_to=letter.answers_to,
    )


def letter_subject(letter_id: int) -> str:
    """Return the chain's name for an e-mail, whose clock of 24 hours is its own."""
    return f"letter:{letter_id}"


def take_letter(session: Session, *, arrived: Arrived, house: House, now: dt.datetime) -> InboundMessage:
    """Keep what came in, once, in its thread and before a person, and say once an hour that it is there.

    What machines write is kept and never answered. A report of a fault that belongs to no matter yet opens its request,
    or is asked back for what is missing. The thread is the matter whose number it names, else that of our message it
    answers, else the one last spoken of with this address. None opens what was never spoken of with this address:
    knowing a number or an id grants nothing.
    """
    letter, is_new = keep_inbound(
        session,
        channel=arrived.channel,
        # Ids of two channels may be alike.
        message_sid=f"{arrived.channel}:{arrived.message_id}",
        from_address=arrived.from_address,
        subject=arrived.subject,
        body=arrived.body,
        understood_as=AUTOMATIC,
        left_out=arrived.left_out,
        now=now,
    )
    if not is_new:
        return letter
    keep_letter_files(session, letter=letter, files=arrived.files, now=now)
    if arrived.is_automatic:
        return letter
    word = read_contact_word(arrived.body)
    if word is ContactWord.STOP:
        stop_messages(session, channel=arrived.channel, address=letter.from_number, by=str(arrived.channel), now=now)
    elif word is ContactWord.START:
        start_messages(session, channel=arrived.channel, address=letter.from_number, by=str(arrived.channel), now=now)
    if word in {ContactWord.STOP, ContactWord.START}:
        letter.understood_as = str(word)
        return letter
    language = _read_language(letter)
    request = _find_thread(session, letter, arrived.answers_to)
    if request is None and speaks_of_a_fault(session, letter=letter, now=now):
        return _take_report(session, letter, language, house, now)
    letter.request_id = request.id if request else None
    letter.customer_id = request.customer_id if request else None
    letter.understood_as, letter.is_waiting = FROM_CUSTOMER, True
    note_change(session, topic=BOARD, now=now)
    session.flush()
    if request is not None:
        hand_files_over(session, letters=[letter], request_id=request.id)
    if arrived.channel is MessageChannel.EMAIL:
        record_mail_event(session, letter=letter, kind="email_received", actor="customer", now=now)
    _acknowledge(session, letter, request, language, house, now)
    return letter


def _take_report(
    session: Session, letter: InboundMessage, language: Language, house: House, now: dt.datetime
) -> InboundMessage:
    """A report with everything in it needs no person; one that does not waits for them beside our question."""
    is_mail = letter.channel is MessageChannel.EMAIL
    letter.understood_as, letter.is_waiting = REPORT, True
    note_change(session, topic=BOARD, now=now)
    session.flush()
    if is_mail:
        record_mail_event(session, letter=letter, kind="email_received", actor="customer", now=now)
    request = take_written_report(session, letter=letter, language=language, house=house, now=now)
    if request is None:
        return letter
    for told in session.scalars(
        select(InboundMessage).where(InboundMessage.request_id == request.id, InboundMessage.is_waiting.is_(True))
    ):
        if told.channel is MessageChannel.EMAIL:
            record_mail_event(session, letter=told, kind="email_answered", actor=OURSELVES, now=now)
        told.is_waiting, told.settled_at, told.settled_by = False, now, OURSELVES
    session.flush()
    return letter


def record_mail_event(session: Session, *, letter: InboundMessage, kind: str, actor: str, now: dt.datetime) -> None:
    """Write a fact about an e-mail into its chain and read its clock of 24 hours (K1)."""
    subject = letter_subject(letter.id)
    record_event(session, subject=subject, kind=kind, occurred_at=now, recorded_at=now, source="email", actor=actor)
    area_id = find_customer_area(session, customer_id=letter.customer_id)
    refresh_commitments(session, subject=subject, request_id=letter.request_id, area_id=area_id, now=now)


def _find_thread(session: Session, letter: InboundMessage, answers_to: Sequence[str]) -> ServiceRequest | None:
    """Return the matter last spoken of with this address; before it one whose number is named, or that is answered."""
    spoken_of = or_(
        ServiceRequest.id.in_(
            select(InboundMessage.request_id).where(
                InboundMessage.channel == letter.channel, InboundMessage.from_number == letter.from_number
            )
        ),
        ServiceRequest.id.in_(
            select(Message.request_id).where(Message.channel == letter.channel, Message.to_number == letter.from_number)
        ),
    )
    known = session.scalars(select(ServiceRequest).where(spoken_of).order_by(ServiceRequest.id.desc()).limit(20)).all()
    named = find_request_numbers(f"{letter.subject or ''} {letter.body}")
    by_number = next((one for one in known if one.number in named), None)
    return by_number or _find_answered(session, letter, answers_to) or (known[0] if known else None)


def _find_answered(session: Session, letter: InboundMessage, answers_to: Sequence[str]) -> ServiceRequest | None:
    """Return the matter of the nearest message of ours to this very address that a letter answers."""
    answered = session.execute(
        select(Message.message_sid, ServiceRequest)
        .join(ServiceRequest, ServiceRequest.id == Message.request_id)
        .where(
            Message.message_sid.in_(answers_to),
            Message.channel == letter.channel,
            Message.to_number == letter.from_number,
        )
    ).all()
    nearest = sorted(answered, key=lambda row: answers_to.index(row.message_sid))
    return nearest[0].ServiceRequest if nearest else None


def _acknowledge(
    session: Session,
    letter: InboundMessage,
    request: ServiceRequest | None,
    language: Language,
    house: House,
    now: dt.datetime,
) -> None:
    enqueue_message(
        session,
        event=f"letters-of:{now:%Y%m%d%H}",
        recipient=recipient_of(letter),
        to_number=letter.from_number,
        language=request.language if request else language,
        template="letter_received",
        values={"subject": reply_subject(letter.subject), "hotline": house.hotline_number},
        now=now,
        expires_at=now + ANSWER_EXPIRES,
        request_id=letter.request_id,
        channel=letter.channel,
    )


def _read_language(letter: InboundMessage) -> Language:
    is_chinese = any("\u4e00" <= character <= "\u9fff" for character in f"{letter.subject or ''}{letter.body[:200]}")
    return Language.ZH if is_chinese else Language.EN
