"""What a person does about messages: answers who wrote, and reaches whom a message did not (H16)."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import InboundMessage, Message
from operations.foundation.changes import BOARD, note_change
from operations.foundation.figures import figures_at
from operations.foundation.inbound_rows import recipient_of
from operations.foundation.portions import Portion, read_portion
from operations.inbox.inbound_letters import record_mail_event
from outbox.enqueue import enqueue_message
from policies.languages import Language
from policies.letters import reply_subject
from policies.message_channels import MessageChannel
from policies.message_purposes import MessagePurpose
from policies.message_states import NOT_RECEIVED

STILL_MATTERS = dt.timedelta(days=3)
LONGEST_ANSWER = 500
SPOKEN = "notice"
WORTH_A_PERSON = (
    MessagePurpose.URGENT,
    MessagePurpose.STAFF,
    MessagePurpose.SERVICE,
    MessagePurpose.REMINDER,
)
"""Nobody is called because a greeting or an answer did not arrive."""
_MARK = re.compile(r"^【[^】]*】")


class AnswerEmpty(ValueError):
    """An answer without words is not sent."""

    field = "words"


def list_waiting_texts(session: Session, *, most: int) -> Portion[InboundMessage]:
    """Return what people wrote and nobody has dealt with, the oldest first."""
    wanted = (
        select(InboundMessage)
        .where(InboundMessage.is_waiting.is_(True))
        .order_by(InboundMessage.received_at, InboundMessage.id)
        .options(joinedload(InboundMessage.request), joinedload(InboundMessage.customer))
    )
    return read_portion(session, wanted, most=most)


def list_not_received(session: Session, *, now: dt.datetime, most: int) -> Portion[Message]:
    """Return messages that reached nobody and that somebody should hear of, the latest first."""
    wanted = (
        select(Message)
        .where(
            Message.state.in_(NOT_RECEIVED),
            Message.settled_at.is_(None),
            Message.purpose.in_(WORTH_A_PERSON),
            Message.created_at > now - STILL_MATTERS,
        )
        .order_by(Message.id.desc())
    )
    return read_portion(session, wanted, most=most)


def settle_text(session: Session, *, text: InboundMessage, by: str, now: dt.datetime) -> None:
    """What was written needs no answer, or had one otherwise: its clock ends here; doing so twice changes nothing."""
    if text.is_waiting:
        if text.channel is MessageChannel.EMAIL:
            record_mail_event(session, letter=text, kind="email_settled", actor=by, now=now)
        _put_away(session, text, by=by, now=now)


def answer_text(session: Session, *, text: InboundMessage, words: str, by: str, now: dt.datetime) -> None:
    """Answer on the channel it came by, in the same thread; an empty answer raises AnswerEmpty."""
    plain = " ".join(words.split())[:LONGEST_ANSWER]
    if not plain:
        raise AnswerEmpty
    enqueue_message(
        session,
        event=f"answer:{text.id}:{now:%Y%m%d%H%M%S}",
        recipient=recipient_of(text),
        to_number=text.from_number,
        language=_language(text),
        template="desk_answer",
        values={"text": plain, "subject": reply_subject(text.subject)},
        now=now,
        expires_at=now + dt.timedelta(hours=figures_at(session, now).message_expiry_hours),
        request_id=text.request_id,
        channel=text.channel,
    )
    if text.is_waiting:
        if text.channel is MessageChannel.EMAIL:
            record_mail_event(session, letter=text, kind="email_answered", actor=by, now=now)
        _put_away(session, text, by=by, now=now)


def _put_away(session: Session, text: InboundMessage, *, by: str, now: dt.datetime) -> None:
    text.is_waiting, text.settled_at, text.settled_by = False, now, by
    note_change(session, topic=BOARD, now=now)


def mark_told(session: Session, *, message: Message, by: str, now: dt.datetime) -> None:
    """Somebody has told the person otherwise, by telephone for one."""
    if message.settled_at is None:
        message.settled_at, message.settled_by = now, by
        note_change(session, topic=BOARD, now=now)


def send_again(session: Session, *, message: Message, by: str, now: dt.datetime) -> Message | None:
    """Send the same words once more, as a message of its own: the old one stays as it is, settled."""
    return _send_instead(session, message, message.channel, message.template, message.values, by=by, now=now)


def send_by_call(session: Session, *, message: Message, by: str, now: dt.datetime) -> Message | None:
    """Telephone the person and say the message; a key says that somebody heard it."""
    text = _MARK.sub("", message.body)
    return _send_instead(session, message, MessageChannel.VOICE, SPOKEN, {"text": text}, by=by, now=now)


def _send_instead(
    session: Session,
    message: Message,
    channel: MessageChannel,
    template: str,
    values: dict[str, object],
    *,
    by: str,
    now: dt.datetime,
) -> Message | None:
    if message.settled_at is not None:
        return None
    mark_told(session, message=message, by=by, now=now)
    return enqueue_message(
        session,
        event=f"instead:{message.id}",
        recipient=message.recipient,
        to_number=message.to_number,
        language=message.language,
        template=template,
        values=values,
        now=now,
        expires_at=now + dt.timedelta(hours=figures_at(session, now).message_expiry_hours),
        request_id=message.request_id,
        visit_id=message.visit_id,
        channel=channel,
        time_zone=message.time_zone,
    )


def _language(text: InboundMessage) -> Language:
    if text.request is not None:
        return text.request.language
    return text.customer.language if text.customer is not None else Language.ZH
