"""Messages as data: one text per template and language, with the version that goes into the business key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from outbox.words import CONTENT
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.message_purposes import MessagePurpose

FOLDERS = {
    MessageChannel.SMS: "messages",
    MessageChannel.VOICE: "calls",
    MessageChannel.EMAIL: "mail",
    MessageChannel.CHAT: "chat",
}


class UnknownTemplate(KeyError):
    """No message of this name exists in the language."""


@dataclass(frozen=True, slots=True)
class Template:
    """One message text with its placeholders, its version, and what it is for."""

    name: str
    version: int
    text: str
    purpose: MessagePurpose = MessagePurpose.SERVICE

    def fill(self, values: Mapping[str, Any]) -> str:
        """Return the text with its placeholders filled; a missing value raises KeyError naming it."""
        return self.text.format_map(dict(values))


def find_template(name: str, language: Language, channel: MessageChannel = MessageChannel.SMS) -> Template:
    """Return a message's text in a language; an unknown name raises UnknownTemplate."""
    try:
        return load_templates(language, channel)[name]
    except KeyError:
        raise UnknownTemplate(f"{name} ({language})") from None


@cache
def load_templates(language: Language, channel: MessageChannel = MessageChannel.SMS) -> Mapping[str, Template]:
    """Return all messages of a language and channel by name."""
    raw = json.loads((CONTENT / FOLDERS[channel] / f"{language}.json").read_text("utf-8"))
    return {
        name: Template(
            name, entry["version"], entry["text"], MessagePurpose(entry.get("purpose", MessagePurpose.SERVICE))
        )
        for name, entry in raw.items()
    }
