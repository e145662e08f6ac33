"""Store a message with the change that causes it; sending comes after the commit (DESIGN rule 7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import Message
from models.doorbell import ring_after_commit
from outbox.texts import template_at
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.message_purposes import TURN
from policies.message_states import MessageState
from policies.sendable_text import cut_text, make_sendable


def enqueue_message(
    session: Session,
    *,
    event: str,
    recipient: str,
    to_number: str,
    language: Language,
    template: str,
    values: Mapping[str, Any],
    now: dt.datetime,
    expires_at: dt.datetime,
    not_before_at: dt.datetime | None = None,
    request_id: int | None = None,
    visit_id: int | None = None,
    channel: MessageChannel = MessageChannel.SMS,
    time_zone: str | None = None,
) -> Message | None:
    """Store one message, or return None when this event has already been told to this recipient.

    The business key is (event, recipient, template version): `event` names what happened ("visit:7:on_the_way"),
    `recipient` whom ("customer:12", "technician:3", "number:+86…"). `time_zone` is the recipient's, where it is known;
    else their number says it. What cannot be sent is taken out of the values, and a text too long is cut. Whether and
    when the message goes out, the sender decides (`outbox/contact.py`).
    """
    chosen = template_at(session, template, language, channel, at=now)
    sendable = {name: make_sendable(value) if isinstance(value, str) else value for name, value in values.items()}
    body = chosen.fill(sendable)
    key = f"{event}|{recipient}|{template}.{chosen.version}"
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(Message).values(
        business_key=key,
        channel=channel,
        to_number=to_number,
        recipient=recipient,
        language=language,
        template=template,
        template_version=chosen.version,
        values=sendable,
        body=body if channel is MessageChannel.EMAIL else cut_text(body),
        purpose=chosen.purpose,
        turn=TURN[chosen.purpose],
        time_zone=time_zone,
        state=MessageState.PENDING,
        request_id=request_id,
        visit_id=visit_id,
        created_at=now,
        not_before_at=not_before_at or now,
        expires_at=expires_at,
        attempts=0,
    )
    # One atomic insert: of two who tell the same at once, the second waits for the first and then stores nothing.
    stored = session.scalars(row.on_conflict_do_nothing().returning(Message)).one_or_none()
    if stored is not None and stored.not_before_at <= now:
        ring_after_commit(session)
    return stored
