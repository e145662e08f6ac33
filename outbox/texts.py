"""What is said and sent at an instant: the organisation's own text where it has one, else the product's (H2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import TextVersion
from outbox.templates import Template, find_template, load_templates
from outbox.words import load_prompts
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.texts import TextKind, fits_shipped


class UnknownText(KeyError):
    """The product has no text of this kind and name; only texts it has can be said in other words."""


def shipped_texts(kind: TextKind, language: Language) -> dict[str, str]:
    """Return every text of a kind as it comes with the product, by name, in the order of the files."""
    if kind is TextKind.PROMPT:
        return dict(load_prompts(language))
    return {name: one.text for name, one in load_templates(language, MessageChannel(kind)).items()}


def shipped_text(kind: TextKind, name: str, language: Language) -> str:
    """Return one text as it comes with the product; an unknown name raises UnknownText."""
    try:
        return shipped_texts(kind, language)[name]
    except KeyError:
        raise UnknownText(name) from None


def choose_text(own: str | None, shipped: str) -> str:
    """Return the own text, unless there is none, or a new release of the product no longer fills in what it wants."""
    return own if own is not None and fits_shipped(own, shipped) else shipped


def template_at(
    session: Session, name: str, language: Language, channel: MessageChannel = MessageChannel.SMS, *, at: dt.datetime
) -> Template:
    """Return a message's text as it is at an instant; an unknown name raises UnknownTemplate.

    The version stays the product's: the same event is not told again because somebody has changed its words.
    """
    shipped = find_template(name, language, channel)
    column = TextVersion.text_en if language is Language.EN else TextVersion.text
    own = session.scalars(
        select(column)
        .where(TextVersion.kind == TextKind(channel), TextVersion.name == name, TextVersion.in_force_from_at <= at)
        .order_by(TextVersion.in_force_from_at.desc(), TextVersion.version.desc())
        .limit(1)
    ).first()
    return replace(shipped, text=choose_text(own, shipped.text))
