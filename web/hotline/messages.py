"""Messages that need a person: what people wrote, what reached nobody; and everything said with one person."""

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import InboundMessage, Message, StoredFile
from operations.day.day import find_area
from operations.inbox.message_desk import (
    LONGEST_ANSWER,
    AnswerEmpty,
    answer_text,
    list_not_received,
    list_waiting_texts,
    mark_told,
    send_again,
    send_by_call,
    settle_text,
)
from operations.messages.conversations import LONGEST, PersonUnknown, read_conversation
from operations.messages.letter_files import list_letter_files
from policies.contact_rules import ContactReason
from policies.message_states import MessageState
from web.forms.form_fields import read_text, refusing
from web.foundation.access import HELPERS, OFFICE, for_roles
from web.foundation.paging import most_rows
from web.foundation.services import now, services
from web.layout.tables import Row, Table, file_address, send_list
from web.wording.sentences import has_sentence, in_language, say
from web.wording.words import instant

CARRIER_CODE = re.compile(r"(?<![0-9])([0-9]{5})(?![0-9])")
LISTED = 100
messages = Blueprint("messages", __name__, url_prefix="/messages")


@dataclass(frozen=True, slots=True)
class TextLine:
    """Something somebody wrote."""

    text_id: int
    at: str
    who: str
    person: tuple[str, str]
    channel: str
    subject: str
    body: str
    request_number: str | None
    files: list[tuple[str, str]]
    left_out: int


@dataclass(frozen=True, slots=True)
class LostLine:
    """A message of ours nobody received."""

    message_id: int
    at: str
    to: str
    person: tuple[str, str]
    body: str
    state: str
    reason: str
    channel: str
    explained: str


@dataclass(frozen=True, slots=True)
class SaidLine:
    """One thing said in a conversation."""

    at: str
    is_ours: bool
    body: str
    about: str
    explained: str
    request_number: str | None


@messages.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """What waits for somebody."""
    with services().database.reading() as session:
        zone = _zone(session)
        waiting = list_waiting_texts(session, most=most_rows(LISTED))
        files = list_letter_files(session, letters=waiting)
        texts = [_text_line(one, files[one.id], zone) for one in waiting]
        not_received = list_not_received(session, now=now(), most=most_rows(LISTED))
        lost = [_lost_line(one, zone) for one in not_received]
    tables = {"texts": _texts_table(texts, waiting.found), "lost": _lost_table(lost, not_received.found)}
    if file := send_list(list(tables.values())):
        return file
    return render_template(
        "messages.html",
        texts=texts,
        lost=lost,
        tables=tables,
        file_address=file_address,
        may_act=current_user.role in HELPERS,
        longest=LONGEST_ANSWER,
    )


@messages.get("/with/<kind>/<key>")
@for_roles(OFFICE)
def show_person(kind: str, key: str) -> ResponseReturnValue:
    """Everything ever said to and by one person."""
    try:
        with services().database.reading() as session:
            zone = _zone(session)
            talk = read_conversation(session, kind=kind, key=key)
            name = in_language(talk.person, "name") if talk.person is not None else key
            title = say("messages.with", who=name)
            if len(talk.said) == LONGEST:
                title = say("reports.first", title=title, most=LONGEST)
            said = [
                SaidLine(
                    at=_at(one.at, zone),
                    is_ours=one.is_ours,
                    body=one.body,
                    about=_about(str(one.channel), one.address, one.state, one.reason),
                    explained=say(f"message_explained.{one.state}") if one.state is not None else "",
                    request_number=one.request_number,
                )
                for one in talk.said
            ]
    except PersonUnknown:
        abort(404)
    return render_template("conversation.html", title=title, said=said)


@messages.post("/texts/<int:text_id>/answer")
@for_roles(HELPERS)
def answer(text_id: int) -> ResponseReturnValue:
    """Answer what somebody wrote, on the channel it came by."""

    def act(session: Session) -> None:
        text = session.get(InboundMessage, text_id) or abort(404)
        answer_text(
            session, text=text, words=read_text("words", longest=LONGEST_ANSWER), by=current_user.name, now=now()
        )

    return _act(act)


@messages.post("/texts/<int:text_id>/settle")
@for_roles(HELPERS)
def settle(text_id: int) -> ResponseReturnValue:
    """It needs no answer, or had one otherwise."""

    def act(session: Session) -> None:
        text = session.get(InboundMessage, text_id) or abort(404)
        settle_text(session, text=text, by=current_user.name, now=now())

    return _act(act)


@messages.post("/<int:message_id>/again")
@for_roles(HELPERS)
def again(message_id: int) -> ResponseReturnValue:
    """Send the same words once more."""
    return _act(lambda session: send_again(session, message=_one(session, message_id), by=current_user.name, now=now()))


@messages.post("/<int:message_id>/call")
@for_roles(HELPERS)
def call(message_id: int) -> ResponseReturnValue:
    """Say it by telephone instead."""
    return _act(
        lambda session: send_by_call(session, message=_one(session, message_id), by=current_user.name, now=now())
    )


@messages.post("/<int:message_id>/told")
@for_roles(HELPERS)
def told(message_id: int) -> ResponseReturnValue:
    """Somebody has told the person."""
    return _act(lambda session: mark_told(session, message=_one(session, message_id), by=current_user.name, now=now()))


def _one(session: Session, message_id: int) -> Message:
    message: Message = session.get(Message, message_id) or abort(404)
    return message


def _act(act: Callable[[Session], object]) -> ResponseReturnValue:
    back_to = url_for("web.messages.show")
    with refusing({AnswerEmpty: "messages.answer_empty"}, back_to=back_to), services().database.writing() as session:
        act(session)
    flash(say("desk.done"), "done")
    return redirect(back_to)


def _text_line(text: InboundMessage, files: Sequence[StoredFile], zone: ZoneInfo) -> TextLine:
    known = text.customer_id is not None
    return TextLine(
        text_id=text.id,
        at=_at(text.received_at, zone),
        who=in_language(text.customer, "name") if text.customer else text.from_number,
        person=("customer", str(text.customer_id)) if known else ("number", text.from_number),
        channel=say(f"message_channel.{text.channel}"),
        subject=text.subject or "",
        body=text.body,
        request_number=text.request.number if text.request else None,
        files=[(file.key, file.name or say("file.attachment")) for file in files],
        left_out=text.left_out,
    )


def _lost_line(message: Message, zone: ZoneInfo) -> LostLine:
    kind, _, key = message.recipient.partition(":")
    is_person = kind in {"customer", "technician"}
    return LostLine(
        message_id=message.id,
        at=_at(message.created_at, zone),
        to=message.to_number,
        person=(kind, key) if is_person else ("number", message.to_number),
        body=message.body,
        state=str(message.state),
        reason=_reason(message.error or ""),
        channel=str(message.channel),
        explained=say(f"message_explained.{message.state}"),
    )


def _texts_table(texts: Sequence[TextLine], found: int) -> Table:
    """Return what people wrote as it is taken along."""
    rows = [Row((one.at, one.channel, one.who, one.request_number or "", one.subject, one.body)) for one in texts]
    headers = [say(f"messages.list_{name}") for name in ("at", "channel", "who", "request", "subject", "words")]
    return Table("texts", say("messages.texts"), headers, rows, say("messages.texts_none"), found=found)


def _lost_table(lost: Sequence[LostLine], found: int) -> Table:
    """Return what nobody received as it is taken along."""
    rows = [
        Row(
            (
                one.at,
                say(f"message_channel.{one.channel}"),
                one.to,
                say(f"message_state.{one.state}"),
                one.reason,
                one.body,
            )
        )
        for one in lost
    ]
    headers = [say(f"messages.list_{name}") for name in ("at", "channel", "to", "state", "reason", "words")]
    return Table("lost", say("messages.lost"), headers, rows, say("messages.lost_none"), found=found)


def _about(channel: str, address: str, state: MessageState | None, reason: str) -> str:
    parts = [say(f"message_channel.{channel}"), address]
    if state is not None:
        parts.append(say(f"message_state.{state}"))
    if reason:
        parts.append(_reason(reason))
    return " · ".join(parts)


def _reason(reason: str) -> str:
    """Return our own reasons in words, the carrier's with its code in words where we know what it means."""
    if reason in set(ContactReason):
        return say(f"contact_reason.{reason}")
    code = CARRIER_CODE.search(reason)
    name = f"carrier_code.{code[1]}" if code else ""
    return f"{say(name)} ({reason})" if has_sentence(name) else reason


def _zone(session: Session) -> ZoneInfo:
    area = find_area(session, code=None)
    return ZoneInfo(area.time_zone if area else "UTC")


def _at(at: dt.datetime, zone: ZoneInfo) -> str:
    return instant(at, zone, today=now().astimezone(zone).date())
