"""Rules about verbs together: which ones a context allows, which nouns mix, what can never be reached."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final
from xml.etree.ElementTree import Element

from ivr.twiml_faults import HOUSE_RULE, INVALID_URL, SCHEMA_WARNING, Context, TwimlFault
from ivr.twiml_values import E164, find_url_trouble

_DIAL_IN_DIALLED_LEG: Final = 13201
_CONFERENCE_MIXED: Final = 13000
_WRONG_WAIT_VERB: Final = 13238
_WRONG_NUMBER: Final = 13223
_NO_CALLER_ID: Final = 13214

_ALLOWED_VERBS: Final[dict[Context, frozenset[str]]] = {
    Context.QUEUE_WAIT: frozenset({"Say", "Play", "Pause", "Hangup", "Redirect", "Leave", "Gather"}),
    Context.CONFERENCE_WAIT: frozenset({"Say", "Play", "Pause", "Redirect"}),
    Context.WHISPER: frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Hangup"}),
    Context.QUEUE_WHISPER: frozenset({"Say", "Play", "Pause", "Redirect"}),
}


def find_context_faults(verb: Element, path: str, context: Context) -> Iterator[TwimlFault]:
    """Yield a fault when the verb may not stand in a document played in this context."""
    allowed = _ALLOWED_VERBS.get(context)
    if allowed is None:
        return
    if verb.tag not in allowed:
        code = SCHEMA_WARNING
        if context is Context.CONFERENCE_WAIT:
            code = _WRONG_WAIT_VERB
        elif verb.tag == "Dial":
            code = _DIAL_IN_DIALLED_LEG
        yield TwimlFault(code, path, f"not played in the context {context}")
    if context is Context.QUEUE_WAIT and verb.tag == "Gather" and " " in verb.get("input", ""):
        yield TwimlFault(SCHEMA_WARNING, path, "while waiting in a queue, input is keys or speech, not both")


def find_unreachable(root: Element) -> Iterator[TwimlFault]:
    """Yield one fault for the first verb that stands after a verb the document never comes back from."""
    verbs = list(root)
    for verb, following in pairwise(verbs):
        if _ends_the_document(verb):
            yield TwimlFault(HOUSE_RULE, f"Response/{following.tag}", f"never reached: {verb.tag} ends the document")
            return


def _ends_the_document(verb: Element) -> bool:
    if verb.tag in {"Dial", "Enqueue"}:
        return "action" in verb.attrib
    return verb.tag in {"Record", "Redirect", "Hangup", "Reject", "Leave"}


def find_verb_faults(element: Element, path: str, context: Context) -> Iterator[TwimlFault]:
    """Yield what is wrong with one element as a whole: its text, its nouns, attributes that need each other."""
    text = (element.text or "").strip()
    match element.tag:
        case "Gather" | "Record" if "action" not in element.attrib:
            yield TwimlFault(HOUSE_RULE, path, "without an action the same document is asked for again, for ever")
        case "Redirect" if not text:
            yield TwimlFault(INVALID_URL, path, "an empty Redirect asks for the same document again, for ever")
        case "Play" if not text and "digits" not in element.attrib:
            yield TwimlFault(SCHEMA_WARNING, path, "neither a URL nor digits to play")
        case "Dial":
            yield from _find_dial_faults(element, text, path)
        case "Number" if not _is_e164(text):
            yield TwimlFault(_WRONG_NUMBER, path, f"{text!r} is not a number in E.164 form")
        case "Conference" if not text or text.lstrip("+").isdecimal():
            yield TwimlFault(13237, path, "a room's name is never empty and never somebody's number")
        case "Enqueue" | "Queue" if "workflowSid" not in element.attrib and not 0 < len(text) <= 64:  # noqa: PLR2004
            yield TwimlFault(SCHEMA_WARNING, path, "a queue's name has 1 to 64 characters")
    if element.tag in {"Redirect", "Play"} and text:
        trouble = find_url_trouble(text, context=context)
        if trouble:
            yield TwimlFault(INVALID_URL, path, f"{text!r}: {trouble}")
    yield from _find_joint_faults(element, path)


def _find_joint_faults(element: Element, path: str) -> Iterator[TwimlFault]:
    if element.tag == "Gather" and element.get("speechTimeout") == "auto" and "speechModel" in element.attrib:
        yield TwimlFault(13335, path, 'speechTimeout="auto" is not allowed with a speechModel')
    if element.tag == "Record" and element.get("transcribe") == "true" and int(element.get("maxLength", "3600")) > 120:  # noqa: PLR2004
        yield TwimlFault(13615, path, "only recordings of at most 120 seconds are transcribed")


def _find_dial_faults(dial: Element, text: str, path: str) -> Iterator[TwimlFault]:
    nouns = [noun.tag for noun in dial]
    if bool(text) == bool(nouns):
        yield TwimlFault(13215, path, "a Dial holds either a number as text or nouns")
    if text and not _is_e164(text):
        yield TwimlFault(_WRONG_NUMBER, path, f"{text!r} is not a number in E.164 form")
    if (text or "Number" in nouns) and "callerId" not in dial.attrib:
        yield TwimlFault(_NO_CALLER_ID, path, "without a callerId whoever is rung sees the caller's own number")
    if "Conference" in nouns and len(nouns) > 1:
        yield TwimlFault(_CONFERENCE_MIXED, path, "a Conference stands alone in its Dial")


def _is_e164(text: str) -> bool:
    return re.fullmatch(E164, text, re.ASCII) is not None
