"""The words by which people stop our texts, want them again, ask what this number is, or would like greetings."""

from __future__ import annotations

import unicodedata
from enum import StrEnum


class ContactWord(StrEnum):
    """What a text says that is nothing but one of these words."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    GREETINGS = "greetings"
    NO_GREETINGS = "no_greetings"


_CARRIERS_OWN = {
    ContactWord.STOP: frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"}),
    ContactWord.START: frozenset({"START", "YES", "UNSTOP"}),
    ContactWord.HELP: frozenset({"HELP", "INFO"}),
    ContactWord.GREETINGS: frozenset(),
    ContactWord.NO_GREETINGS: frozenset(),
}
"""Twilio's page "Twilio support for opt-out keywords": it answers these itself, and we must not answer again."""
_OURS = {
    ContactWord.STOP: frozenset({"TD", "T", "退订", "停止", "退訂"}),
    ContactWord.START: frozenset({"HF", "恢复", "订阅", "恢復"}),
    ContactWord.HELP: frozenset({"帮助", "幫助", "?"}),
    ContactWord.GREETINGS: frozenset({"问候", "問候", "WH", "GREETINGS"}),
    ContactWord.NO_GREETINGS: frozenset({"不要问候", "不要問候", "BWH", "NO GREETINGS"}),
}
"""Those Twilio does not know, most of them Chinese: we keep them and answer them."""
_OPT_OUT_TYPES = {"STOP": ContactWord.STOP, "START": ContactWord.START, "HELP": ContactWord.HELP}


def read_contact_word(text: str) -> ContactWord | None:
    """Return the word a text is, if it is nothing else; any case, width and final full stop."""
    plain = _plain(text)
    return next((word for word in ContactWord if plain in _CARRIERS_OWN[word] | _OURS[word]), None)


def read_opt_out_type(told: str | None) -> ContactWord | None:
    """Return what Twilio's Advanced Opt-Out took a text for (`OptOutType`) and has answered itself, if anything."""
    return _OPT_OUT_TYPES.get(told or "")


def is_answered_by_carrier(text: str) -> bool:
    """Tell whether Twilio has answered this text already."""
    return any(_plain(text) in words for words in _CARRIERS_OWN.values())


def _plain(text: str) -> str:
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    return plain if plain == "?" else plain.rstrip(".。!！ ")
