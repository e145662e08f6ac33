"""Rules about single attribute values that the grammar's types do not express, with Twilio's code for each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

from ivr.twiml_faults import INVALID_URL, SCHEMA_WARNING, Context, TwimlFault

Check = Callable[[str], bool]

URL_ATTRIBUTES: Final = frozenset(
    {
        "action", "amdStatusCallback", "eventCallbackUrl", "partialResultCallback", "recordingStatusCallback",
        "referUrl", "statusCallback", "transcribeCallback", "url", "waitUrl",
    },
)  # fmt: skip
_MAX_HINTS: Final = 500
_MAX_HINT_CHARACTERS: Final = 100
E164: Final = r"\+[1-9]\d{6,14}"


def _matches(pattern: str) -> Check:
    compiled = re.compile(pattern, re.ASCII)
    return lambda value: compiled.fullmatch(value) is not None


def _between(low: int, high: int) -> Check:
    return lambda value: value.isdecimal() and low <= int(value) <= high


def _is_short_hint_list(value: str) -> bool:
    hints = value.split(",")
    return len(hints) <= _MAX_HINTS and all(0 < len(hint.strip()) <= _MAX_HINT_CHARACTERS for hint in hints)


_METHOD: Final = _matches("GET|POST")
_ANY: Final[Check] = lambda _value: True  # noqa: E731 - reads as one more row of the table

# (element, attribute) → Twilio's code, what the value must satisfy beyond its type, and that in words.
VALUE_RULES: Final[dict[tuple[str, str], tuple[int, Check, str]]] = {
    ("Dial", "method"): (13210, _METHOD, "GET or POST"),
    ("Dial", "timeout"): (13212, _between(1, 600), "1 to 600 seconds"),
    ("Dial", "hangupOnStar"): (13213, _ANY, "true or false"),
    ("Dial", "callerId"): (13214, _matches(rf"{E164}|client:\S+|sip:\S+"), "a number in E.164 form"),
    ("Dial", "timeLimit"): (13216, _between(1, 86_400), "1 to 86400 seconds"),
    ("Dial", "record"): (13217, _ANY, "one of the listed kinds of recording"),
    ("Dial", "sequential"): (13218, _ANY, "true or false"),
    ("Dial", "answerOnBridge"): (13219, _ANY, "true or false"),
    ("Dial", "ringTone"): (13220, _ANY, "a listed country"),
    ("Dial", "callReason"): (SCHEMA_WARNING, lambda value: len(value) <= 50, "at most 50 characters"),  # noqa: PLR2004
    ("Number", "method"): (13221, _METHOD, "GET or POST"),
    ("Number", "sendDigits"): (13222, _matches(r"[0-9*#w]+"), "digits, * # and w"),
    ("Conference", "muted"): (13230, _ANY, "true or false"),
    ("Conference", "endConferenceOnExit"): (13231, _ANY, "true or false"),
    ("Conference", "startConferenceOnEnter"): (13232, _ANY, "true or false"),
    ("Conference", "waitMethod"): (13234, _METHOD, "GET or POST"),
    ("Conference", "beep"): (13235, _ANY, "true, false, onEnter or onExit"),
    ("Conference", "trim"): (13239, _ANY, "trim-silence or do-not-trim"),
    ("Conference", "maxParticipants"): (SCHEMA_WARNING, _between(2, 250), "2 to 250"),
    ("Gather", "finishOnKey"): (13310, _matches(r"[0-9#*]?"), "one of 0-9 # *, or empty"),
    ("Gather", "method"): (13312, _METHOD, "GET or POST"),
    ("Gather", "timeout"): (13313, _between(1, 600), "a positive number of seconds"),
    ("Gather", "numDigits"): (13314, _between(1, 999_999), "a positive whole number"),
    ("Gather", "input"): (13326, _ANY, "dtmf, speech, or both with a space"),
    ("Gather", "speechTimeout"): (13327, _matches(r"auto|[1-9]\d{0,2}"), "a positive number of seconds"),
    ("Gather", "maxSpeechTime"): (13328, _between(1, 60), "1 to 60 seconds"),
    ("Gather", "partialResultCallbackMethod"): (13329, _METHOD, "GET or POST"),
    ("Gather", "hints"): (13330, _is_short_hint_list, "up to 500 hints of up to 100 characters, with commas"),
    ("Gather", "language"): (13331, _ANY, "a Gather language (cmn-Hans-CN for Mandarin; Say's tags differ)"),
    ("Gather", "bargeIn"): (13332, _ANY, "true or false"),
    ("Gather", "profanityFilter"): (13333, _ANY, "true or false"),
    ("Gather", "actionOnEmptyResult"): (13338, _ANY, "true or false"),
    ("Play", "loop"): (13410, _between(0, 1000), "0 to 1000"),
    ("Play", "digits"): (13430, _matches(r"[0-9w]+"), "digits and w"),
    ("Say", "loop"): (13510, _between(0, 1000), "0 to 1000"),
    ("Record", "method"): (13610, _METHOD, "GET or POST"),
    ("Record", "timeout"): (13611, _between(0, 600), "0 to 600 seconds"),
    ("Record", "maxLength"): (13612, _between(2, 14_400), "2 to 14400 seconds"),
    ("Record", "finishOnKey"): (13613, _matches(r"[0-9#*]*"), "any of 0-9 # *"),
    ("Record", "transcribe"): (13614, _ANY, "true or false"),
    ("Record", "playBeep"): (13616, _ANY, "true or false"),
    ("Record", "recordingStatusCallbackEvent"): (13621, _ANY, "in-progress, completed, absent"),
    ("Record", "trim"): (13699, _ANY, "trim-silence or do-not-trim"),
    ("Redirect", "method"): (13710, _METHOD, "GET or POST"),
    ("Reject", "reason"): (13810, _ANY, "rejected or busy"),
    ("Pause", "length"): (13910, _between(1, 600), "a positive number of seconds"),
    ("break", "time"): (13520, _matches(r"(?:10|[0-9])s|[0-9]{1,4}ms|10000ms"), "at most 10 seconds, as 2s or 300ms"),
}


def find_url_trouble(url: str, *, context: Context) -> str | None:
    """Say what is wrong with `url`, or nothing: relative ones are fine where a document gives them a base."""
    parts = urlsplit(url)
    if any(character.isspace() for character in url) or "\\" in url:
        return "a URL holds no white space and no backslash"
    if not parts.scheme and not parts.netloc:
        return "inline TwiML has no URL of its own: make it absolute" if context is Context.INLINE_CALL else None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "only http and https URLs with a host are fetched"
    return "a host name with an underscore is refused" if "_" in parts.hostname else None


def find_value_faults(element: Element, path: str, context: Context) -> Iterator[TwimlFault]:
    """Yield the faults of values whose type is right; the caller has checked the types."""
    for name, value in element.attrib.items():
        code, is_right, rule = VALUE_RULES.get((element.tag, name), (SCHEMA_WARNING, _ANY, ""))
        if not is_right(value):
            # 13311 is the same rule as 13310 for more than one character.
            is_several = code == 13310 and len(value) > 1  # noqa: PLR2004 - the code is its name
            yield TwimlFault(13311 if is_several else code, path, f'{name}="{value}": must be {rule}')
        if name.lower().endswith("method") and not rule and value not in {"GET", "POST"}:
            yield TwimlFault(SCHEMA_WARNING, path, f'{name}="{value}": must be GET or POST')
        # An empty waitUrl is Twilio's way to ask for silence.
        if name in URL_ATTRIBUTES and not (name == "waitUrl" and not value):
            trouble = find_url_trouble(value, context=context) if value else "a URL must not be empty"
            if trouble:
                yield TwimlFault(INVALID_URL, path, f'{name}="{value}": {trouble}')
