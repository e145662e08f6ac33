"""One fault of a TwiML document, as the gate reports it, and the Twilio codes several rules share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

# Twilio has no code for these: it would play the document, and the caller would suffer.
HOUSE_RULE: Final = 0

INVALID_URL: Final = 11100
BODY_TOO_LARGE: Final = 11750
EMPTY_BODY: Final = 11770
UNPARSABLE: Final = 12100
WRONG_VERSION: Final = 12101
WRONG_ROOT: Final = 12102
# Only a warning at Twilio, which then skips what it does not know; a failure for us.
SCHEMA_WARNING: Final = 12200


class Context(StrEnum):
    """Who will play the document: it decides which verbs and which URLs are allowed."""

    CALL = "call"
    INLINE_CALL = "inline_call"
    """Given to the REST API as `Twiml=`: there is no document to resolve a relative URL against."""
    QUEUE_WAIT = "queue_wait"
    CONFERENCE_WAIT = "conference_wait"
    WHISPER = "whisper"
    """Played to the person called by Dial → Number, before the two are joined."""
    QUEUE_WHISPER = "queue_whisper"


@dataclass(frozen=True, slots=True)
class TwimlFault:
    """Twilio's error code (or `HOUSE_RULE`), the place as a path of elements, and what is wrong in words."""

    code: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"[{self.code}] {self.path}: {self.message}"
