"""What an event recorded, in words: windows as windows, instants in local time, cents as amounts, codes by their names.

What only our rows know each other by is left out.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from operations.imports.cells import write_decimal
from web.wording.sentences import load_sentences, page_language, say
from web.wording.words import instant, window

OUR_IDS = frozenset(
    {
        *("visit", "hold", "request", "move", "from_shift", "to_shift", "message", "call", "text", "seconds", "return"),
        *("sid", "template", "code", "rows", "step"),
    }
)
"""Ids of rows, names of settings, and what the line of its message, call or visit says already."""

TECHNICIANS = frozenset({"from", "to"})
"""From and to are instants or numbers of people; as the id of a technician they say nothing to anybody."""

LISTS: Mapping[str, tuple[str, ...]] = {
    "severity": ("severity",),
    "lock": ("lock",),
    "category": ("complaint_category",),
    "method": ("payment_method",),
    "penalty": ("penalty_kind",),
    "about": ("customer_call_kind",),
    "ground": ("return_ground",),
    "outcome": ("workshop_state",),
    "reason": ("close_reason", "escalation_reason", "call_back_reason", "cover_reason", "pause_reason"),
    "kind": ("event_kind",),
    "state": ("shipment_state", "customer_call_state"),
    "tells": ("listener",),
    "level": ("expert_level",),
    "responsibility": ("responsibility",),
    "found": ("responsibility",),
    "shown_by": ("responsibility_ground",),
    "channel": ("message_channel", "channel"),
    "from": ("role",),
    "to": ("role",),
    "scopes": ("api_scope",),
    "kinds": ("event_kind",),
}
"""Where the pages keep the names of a fact's values, the first list that knows the value first."""

COVERED = ("labour", "travel", "main_part", "wear_part")
CENTS = "_cents"


def say_facts(
    facts: Mapping[str, Any], clock_names: Mapping[str, str], zone: ZoneInfo, *, now: dt.datetime
) -> list[str]:
    """Return what was recorded, a phrase each, in the page's language; `clock_names` says how clocks are called."""
    today = now.astimezone(zone).date()
    whole = _instants((facts.get("from"), facts.get("until")))
    spans = [span for span in (whole, *map(_instants, _pairs(facts.get("windows")))) if span]
    left_out = OUR_IDS | ({"from", "until"} if whole else set())
    said = [window(from_at, until_at, zone, today=today) for from_at, until_at in spans]
    for name, value in facts.items():
        is_id = name in left_out or (name in TECHNICIANS and isinstance(value, int))
        if is_id or value in (None, "", False) or isinstance(value, dict):
            continue
        if isinstance(value, list):
            if name in LISTS and value:
                said.append(_say(name, ", ".join(_word(name, one, clock_names) for one in value)))
            continue
        at = _instant(value)
        said.append(_say(name, instant(at, zone, today=today) if at else _word(name, value, clock_names)))
    return said


def _say(name: str, value: str) -> str:
    """Return the phrase of one fact; a record of earlier days may hold facts that nobody names any more."""
    if name in COVERED:
        return f"{say(f'cover_item.{name}')} {value}"
    phrase = load_sentences(page_language()).get(f"fact.{name}")
    return phrase.format(value=value) if phrase else f"{name} {value}"


def _word(name: str, value: object, clock_names: Mapping[str, str]) -> str:
    if name == "clock":
        return clock_names.get(str(value), str(value))
    if name.endswith(CENTS) and isinstance(value, int):
        return write_decimal(value, 2)  # a record names no currency
    if name in COVERED:
        percent, _, reason = str(value).partition(" ")
        return f"{percent} ({_named(reason, ('cover_reason',))})" if reason else percent
    return _named(str(value), LISTS.get(name, ()))


def _named(value: str, lists: Iterable[str]) -> str:
    sentences = load_sentences(page_language())
    return next((sentences[f"{one}.{value}"] for one in lists if f"{one}.{value}" in sentences), value)


def _pairs(value: object) -> list[tuple[object, object]]:
    pairs = value if isinstance(value, list) else []
    return [(pair[0], pair[1]) for pair in pairs if isinstance(pair, list) and len(pair) > 1]


def _instants(pair: tuple[object, object]) -> tuple[dt.datetime, dt.datetime] | None:
    from_at, until_at = _instant(pair[0]), _instant(pair[1])
    return (from_at, until_at) if from_at and until_at else None


def _instant(value: object) -> dt.datetime | None:
    try:
        at = dt.datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
