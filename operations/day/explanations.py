"""Explanations in words: for dispatcher and technician, and for the customer, who hears of nobody else (D8)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from dispatch.explain import Alternative, Explanation, Fix, FixKind
from outbox.words import write_instant, write_window
from policies.languages import Language

CONTENT = Path(__file__).resolve().parents[2] / "content" / "explanations"
MINUTE_SECONDS = 60
CENTS = 100
ALTERNATIVES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Names:
    """How the ids of a planning problem are said: shifts by the technician's name, visits as the office calls them.

    `instant` turns seconds of the problem into an instant.
    """

    technicians: Mapping[str, str]
    visits: Mapping[str, str]
    instant: Callable[[float], dt.datetime]
    time_zone: str


@cache
def load_sentences(language: Language) -> dict[str, Any]:
    """Return the sentences of one language."""
    sentences: dict[str, Any] = json.loads((CONTENT / f"{language}.json").read_text("utf-8"))
    return sentences


def say_rules(rules: Sequence[str], *, language: Language) -> str:
    """Return rule codes, joined ones (`skill+territory`) too, as a list in words."""
    sentences = load_sentences(language)
    codes = [code for joined in rules for code in joined.split("+")]
    return str(sentences["list_separator"]).join(str(sentences["rules"][code]) for code in codes)


def tell_office(explanation: Explanation, *, names: Names, language: Language) -> tuple[str, ...]:
    """Return an explanation for dispatcher and technician, one sentence each: state, cause, what helps, others."""
    return tuple(_Teller(names, language).office(explanation))


def tell_customer(explanation: Explanation, *, names: Names, language: Language) -> tuple[str, ...]:
    """Return an explanation for the customer: the own visit only, no other customer, no technician's name, no cost."""
    return tuple(_Teller(names, language).customer(explanation))


class _Teller:
    def __init__(self, names: Names, language: Language) -> None:
        self._names, self._language = names, language
        self._sentences = load_sentences(language)

    def _say(self, key: str, **values: object) -> str:
        return str(self._sentences[key].format(**values))

    def _at(self, seconds: float) -> str:
        at = self._names.instant(seconds)
        return write_instant(at, time_zone=self._names.time_zone, language=self._language)

    def _who(self, shift_id: str) -> str:
        return self._names.technicians.get(shift_id.removesuffix("+1"), shift_id)

    def _window(self, fix: Fix) -> str:
        if fix.window is None:
            return self._at(fix.start_seconds)
        bounds = [self._names.instant(seconds) for seconds in (fix.window.from_seconds, fix.window.until_seconds)]
        return write_window(*bounds, time_zone=self._names.time_zone, language=self._language)

    def office(self, explanation: Explanation) -> Iterator[str]:
        if explanation.shift_id is None or explanation.start_seconds is None:
            yield self._say("unplaced")
        else:
            key = "late" if explanation.is_late else "placed"
            start = self._at(explanation.start_seconds)
            yield self._say(key, technician=self._who(explanation.shift_id), start=start)
        if explanation.blocking:
            yield self._say("blocked", rules=say_rules(explanation.blocking, language=self._language))
        for fix in explanation.fixes:
            yield from self._fix(fix)
        for known in explanation.alternatives[:ALTERNATIVES_SHOWN]:
            yield self._alternative(known)

    def _fix(self, fix: Fix) -> Iterator[str]:
        technician, start = self._who(fix.shift_id), self._at(fix.start_seconds)
        if fix.kind is FixKind.MOVE and fix.moved is not None:
            key = "fix_move_same" if fix.moved.from_shift_id == fix.moved.to_shift_id else "fix_move"
            visit = self._names.visits.get(fix.moved.visit_id, fix.moved.visit_id)
            other, other_start = self._who(fix.moved.to_shift_id), self._at(fix.moved.to_start_seconds)
            yield self._say(key, technician=technician, start=start, visit=visit, other=other, other_start=other_start)
            if fix.told_visit_ids:
                yield self._say("fix_move_told", count=len(fix.told_visit_ids))
        else:
            minutes = round(fix.seconds / MINUTE_SECONDS)
            yield self._say(
                f"fix_{fix.kind}", technician=technician, start=start, minutes=minutes, window=self._window(fix)
            )

    def _alternative(self, known: Alternative) -> str:
        technician = self._who(known.shift_id)
        if known.extra_cost_cents is None or known.start_seconds is None:
            return self._say(
                "excluded", technician=technician, rules=say_rules(known.excluded_by, language=self._language)
            )
        key = "alternative" if known.extra_cost_cents >= 0 else "alternative_cheaper"
        amount = f"{abs(known.extra_cost_cents) / CENTS:.2f}"
        return self._say(key, technician=technician, start=self._at(known.start_seconds), amount=amount)

    def customer(self, explanation: Explanation) -> Iterator[str]:
        if explanation.start_seconds is None:
            yield self._say("customer_unplaced")
        else:
            key = "customer_late" if explanation.is_late else "customer_placed"
            yield self._say(key, start=self._at(explanation.start_seconds))
        if explanation.is_placed and not explanation.is_late:
            return
        windows = [fix for fix in explanation.fixes if fix.kind is FixKind.WINDOW]
        if windows:
            yield self._say("customer_window", window=self._window(windows[0]))
        else:
            yield self._say("customer_working")
