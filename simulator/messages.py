"""Short messages: what the app sent, what people sent, and what became of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from simulator.segments import count_segments

MAX_BODY_CHARACTERS = 1600
_OPT_OUT = {"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"}
_OPT_IN = {"START", "YES", "UNSTOP"}
_OPT_ANSWERS = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number.",
    "START": "You have successfully been re-subscribed to messages from this number.",
    "HELP": "Reply STOP to unsubscribe.",
}


class MessageRefused(Exception):
    """The exchange does not take the message; `code` is Twilio's, the HTTP status is 400."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Fate(StrEnum):
    """What happens to messages for one phone."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"


@dataclass
class Sms:
    """One message. `direction` is Twilio's: inbound (a person wrote), outbound-api, outbound-reply."""

    sid: str
    from_number: str
    to_number: str
    body: str
    direction: str
    sent_at: datetime
    status: str
    status_callback: str = ""
    messaging_service_sid: str = ""
    error_code: int | None = None

    @property
    def segments(self) -> int:
        return count_segments(self.body)


@dataclass
class MessagingService:
    """A service of the account that chooses the number; a stop word ends everything from it.

    With `own_words` Advanced Opt-Out is on: they too mean STOP, START or HELP, and webhooks say which.
    """

    sid: str
    number: str
    own_words: dict[str, str] = field(default_factory=dict)


@dataclass
class MessageStore:
    """Every message of the exchange, oldest first, and who does not want any."""

    messages: list[Sms] = field(default_factory=list)
    fates: dict[str, tuple[Fate, int | None]] = field(default_factory=dict)
    opted_out: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of a hotline's number and a person's."""

    def check(self, *, from_number: str, to_number: str, body: str) -> None:
        """Raise MessageRefused for what Twilio refuses at once."""
        if not to_number:
            raise MessageRefused(21604, "A 'To' phone number is required.")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", to_number):
            raise MessageRefused(21211, f"The 'To' number {to_number} is not a valid phone number.")
        if not from_number:
            raise MessageRefused(21603, "A 'From' phone number is required.")
        if not body:
            raise MessageRefused(21602, "Message body is required.")
        if len(body) > MAX_BODY_CHARACTERS:
            raise MessageRefused(21617, "The concatenated message body exceeds the 1600 character limit.")
        if (from_number, to_number) in self.opted_out:
            raise MessageRefused(21610, "Attempt to send to unsubscribed recipient")

    def read_opt_word(
        self, *, person: str, hotline: str, body: str, own_words: Mapping[str, str]
    ) -> tuple[str, str] | None:
        """Note a STOP or START; return which of STOP, START, HELP it was and what Twilio itself answers to it."""
        word = body.strip().upper()
        kind = own_words.get(word) or ("STOP" if word in _OPT_OUT else "START" if word in _OPT_IN else "")
        if kind == "STOP":
            self.opted_out.add((hotline, person))
        elif kind == "START" and (hotline, person) in self.opted_out:
            self.opted_out.discard((hotline, person))
        elif kind != "HELP":
            return None
        return kind, _OPT_ANSWERS[kind]

    def carry(self, sms: Sms, tell: Callable[[Sms], None]) -> None:
        """Take a message all the way to its phone or its failure, telling of each state after the first."""
        self.messages.append(sms)
        fate, error_code = self.fates.get(sms.to_number, (Fate.DELIVERED, None))
        # Twilio never reports the first state; what cannot be sent at all skips `sent`.
        for status in (fate,) if fate is Fate.FAILED else ("sent", fate):
            sms.status = str(status)
            sms.error_code = error_code if status == fate else None
            tell(sms)

    def list_for(self, number: str) -> list[Sms]:
        """Return what arrived at a phone, oldest first."""
        return [sms for sms in self.messages if sms.to_number == number and sms.status in {"delivered", "received"}]
