"""Whether somebody came when it was promised: by the first window and by the last one (D5, K1).

Both are told apart, so that promising anew cannot hide a miss.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from policies.clocks.reading import Fact, correct_facts

PROMISES = frozenset({"window_promised", "window_moved"})
ARRIVED = "visit_arrived"


@dataclass(frozen=True, slots=True)
class PromisedWindow:
    """A window as it was promised, as its event states both instants."""

    from_at: str
    until_at: str

    def is_kept_by(self, arrived_at: dt.datetime | None) -> bool | None:
        """Tell whether an arrival lies within the window; None while nobody has arrived."""
        if arrived_at is None:
            return None
        return dt.datetime.fromisoformat(self.from_at) <= arrived_at <= dt.datetime.fromisoformat(self.until_at)


@dataclass(frozen=True, slots=True)
class PromiseOfVisit:
    """What was promised for one visit, first and last before anybody arrived, and when somebody did."""

    visit_id: int
    first: PromisedWindow
    last: PromisedWindow
    arrived_at: dt.datetime | None


def read_promises(facts: Iterable[Fact]) -> list[PromiseOfVisit]:
    """Return what was promised for each visit of a request, in the order of the first promises."""
    first: dict[int, PromisedWindow] = {}
    last: dict[int, PromisedWindow] = {}
    arrived: dict[int, dt.datetime] = {}
    for fact in sorted(correct_facts(facts), key=lambda fact: (fact.occurred_at, fact.position)):
        visit_id = fact.facts.get("visit")
        if visit_id is None:
            continue
        if fact.kind in PROMISES and fact.facts.get("from") and fact.facts.get("until"):
            window = PromisedWindow(fact.facts["from"], fact.facts["until"])
            first.setdefault(visit_id, window)
            if visit_id not in arrived:
                last[visit_id] = window
        elif fact.kind == ARRIVED and visit_id in first:
            arrived.setdefault(visit_id, fact.occurred_at)
    return [PromiseOfVisit(visit_id, first[visit_id], last[visit_id], arrived.get(visit_id)) for visit_id in first]
