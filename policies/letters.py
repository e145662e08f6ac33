"""What an e-mail says, out of its bytes: who, about what, in plain words, and whether a machine wrote it."""

from __future__ import annotations

import email
import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr

LARGEST_BYTES = 25 * 1024 * 1024
"""What most mail servers let through: a customer sends photos."""
LONGEST_BODY = 20_000
LONGEST_SUBJECT = 200
LONGEST_NAME = 120
MOST_ANSWERED = 20
_MACHINES = ("mailer-daemon", "postmaster", "no-reply", "noreply", "do-not-reply")
_ANSWERED = re.compile(r"^(?:\s*(?:re|aw|回复|答复)\s*[:：])+\s*", re.IGNORECASE)
_IDS = re.compile(r"<[^<>\s]{1,250}>")
_TAGS = re.compile(r"<(script|style).*?</\1>|<[^>]+>", re.DOTALL | re.IGNORECASE)


class LetterUnreadable(ValueError):
    """The bytes are no e-mail we can take: too large, or without a sender."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with an e-mail, as it came: what it is, its content decides and not its name."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail with the files that came with it; `answers_to` are the ids of those before it, the nearest first."""

    message_id: str
    from_address: str
    subject: str
    body: str
    is_automatic: bool
    attachments: tuple[Attachment, ...]
    answers_to: tuple[str, ...] = ()


def reply_subject(subject: str | None) -> str:
    """Return what an answer's subject says after "Re:", however often the e-mail went to and fro."""
    return _ANSWERED.sub("", subject or "") or "OneCall"


def read_letter(raw: bytes) -> Letter:
    """Return what an e-mail says; raises LetterUnreadable naming what is wrong."""
    if len(raw) > LARGEST_BYTES:
        raise LetterUnreadable(f"more than {LARGEST_BYTES} bytes")
    try:
        return _read(raw)
    except LetterUnreadable:
        raise
    except Exception as trouble:
        # Python's parser trips over some broken headers and encodings with errors of every kind, and only when asked.
        raise LetterUnreadable(f"broken headers or content ({type(trouble).__name__})") from trouble


def _read(raw: bytes) -> Letter:
    message = email.message_from_bytes(raw, policy=default)
    if not isinstance(message, EmailMessage):
        raise LetterUnreadable("not a message")
    address = _plain(parseaddr(str(message.get("From", "")))[1]).strip().lower()
    if "@" not in address:
        raise LetterUnreadable("no sender")
    # Without an id of its own it is known by its content: the same bytes are the same e-mail.
    message_id = _plain(str(message.get("Message-ID", ""))).strip() or f"<{hashlib.sha256(raw).hexdigest()}>"
    return Letter(
        message_id=message_id,
        from_address=address,
        subject=" ".join(_plain(str(message.get("Subject", ""))).split())[:LONGEST_SUBJECT],
        body=_plain(_body(message))[:LONGEST_BODY],
        is_automatic=_is_automatic(message, address),
        attachments=tuple(_attachments(message)),
        answers_to=_answers_to(message),
    )


def _plain(text: str) -> str:
    """Return a text without the character that PostgreSQL keeps in none."""
    return text.replace("\x00", "")


def _answers_to(message: EmailMessage) -> tuple[str, ...]:
    """Return the ids of In-Reply-To and of References, which begins with the oldest (RFC 5322)."""
    nearest, chain = (_IDS.findall(str(message.get(name, ""))) for name in ("In-Reply-To", "References"))
    return tuple(dict.fromkeys([*nearest, *reversed(chain)]))[:MOST_ANSWERED]


def _attachments(message: EmailMessage) -> Iterator[Attachment]:
    for part in message.iter_attachments():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield Attachment((part.get_filename() or "")[:LONGEST_NAME], content)


def _is_automatic(message: EmailMessage, address: str) -> bool:
    """Bounces, vacation notices and lists are never answered (RFC 3834): two machines would write for ever."""
    auto = str(message.get("Auto-Submitted", "no")).partition(";")[0].strip().lower()
    is_bulk = str(message.get("Precedence", "")).lower() in {"bulk", "junk", "list", "auto_reply"}
    is_bounce = str(message.get("Return-Path", "x")).strip() == "<>" or address.startswith(_MACHINES)
    return auto != "no" or is_bulk or is_bounce or "List-Id" in message


def _body(message: EmailMessage) -> str:
    part = message.get_body(("plain", "html"))
    if part is None:
        return ""
    try:
        text = str(part.get_content())
    except (LookupError, UnicodeError):
        text = (part.get_payload(decode=True) or b"").decode("utf-8", "replace")  # type: ignore[union-attr]
    if part.get_content_type() == "text/html":
        text = html.unescape(_TAGS.sub(" ", text))
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()
