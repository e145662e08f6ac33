"""The checklist of a visit: every rule of the manual as an item with its words, from content/checklists (V2)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

from outbox.words import CONTENT
from policies.languages import Language
from policies.request_kinds import RequestKind
from policies.work_reports import ChecklistMoment


@dataclass(frozen=True, slots=True)
class ChecklistEntry:
    """One item: `group` is the rule of the manual it belongs to, `moment` when it is looked at.

    `kind` is what the visit must be for to have it, or None for an item of every visit.
    """

    code: str
    kind: RequestKind | None
    group: str
    moment: ChecklistMoment
    is_required: bool
    text: str
    text_en: str

    def text_in(self, language: Language) -> str:
        """Return the item's words in a language."""
        return self.text_en if language is Language.EN else self.text


@cache
def load_checklist() -> tuple[ChecklistEntry, ...]:
    """Return every item in the order of the manual."""
    with (CONTENT / "checklists" / "on_site.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            ChecklistEntry(
                row["code"],
                RequestKind(row["kind"]) if row["kind"] else None,
                row["group"],
                ChecklistMoment(row["moment"]),
                row["is_required"] == "yes",
                row["text"],
                row["text_en"],
            )
            for row in csv.DictReader(file)
        )


def list_items(kind: RequestKind) -> tuple[ChecklistEntry, ...]:
    """Return the items of a visit of this kind, in the order of the manual."""
    return tuple(item for item in load_checklist() if item.kind in {None, kind})


def required_codes(kind: RequestKind) -> frozenset[str]:
    """Return the items that must be answered before the report of a visit of this kind is handed in."""
    return frozenset(item.code for item in list_items(kind) if item.is_required)


def is_answerable(code: str) -> bool:
    """Tell whether there is such an item to answer; what is only read is none."""
    return any(item.code == code and item.moment is not ChecklistMoment.RULES for item in load_checklist())
