"""Names and telephone numbers of people and organisations who do not exist."""

from __future__ import annotations

import random

from cli.demo_city.content import read_rows

MOBILE_PREFIX = "+86154"
"""China has not given out 154 numbers: they look right and ring nowhere, whatever a demo sends by mistake."""
ABROAD_PREFIX = "+447700900"
"""The range Ofcom keeps for drama; nobody is ever given a number in it."""


class NamesExhausted(RuntimeError):
    """The lists in content/demo hold too few names for the number of customers asked for."""


class Names:
    """Hands out names and numbers, each at most once."""

    def __init__(self, draws: random.Random) -> None:
        self._draws = draws
        self._used: set[str] = set()

    def draw_person(self) -> tuple[str, str]:
        """Return a Chinese name and its pinyin, family name first in both."""
        family, given = "demo/surnames", "demo/given_names"
        return self._draw_joined(family, given, between=" ")

    def draw_foreigner(self) -> tuple[str, str]:
        """Return an English name and how Chinese writes it."""
        for _ in range(1000):
            row = self._draws.choice(read_rows("demo/foreign_names"))
            if self._claim(row["name"]):
                return row["name"], row["name_en"]
        raise NamesExhausted("demo/foreign_names")

    def draw_organisation(self, kind: str) -> tuple[str, str]:
        """Return the name of a school, company or venue in Chinese and English."""
        for _ in range(1000):
            stem = self._draws.choice(read_rows("demo/organisation_stems"))
            tail = self._draws.choice([row for row in read_rows("demo/organisation_kinds") if row["kind"] == kind])
            if self._claim(stem["name"] + tail["name"]):
                return stem["name"] + tail["name"], f"{stem['name_en']} {tail['name_en']}"
        raise NamesExhausted(kind)

    def draw_phone(self, *, is_abroad: bool = False) -> str:
        """Return an unused number in E.164."""
        prefix, digits = (ABROAD_PREFIX, 3) if is_abroad else (MOBILE_PREFIX, 8)
        for _ in range(1000):
            # 154 0000 0000 to 154 0999 9999 is kept for the technicians.
            low = 0 if is_abroad else 10_000_000
            number = f"{prefix}{self._draws.randrange(low, 10**digits):0{digits}d}"
            if self._claim(number):
                return number
        raise NamesExhausted(prefix)

    def _draw_joined(self, first: str, second: str, *, between: str) -> tuple[str, str]:
        for _ in range(1000):
            left, right = self._draws.choice(read_rows(first)), self._draws.choice(read_rows(second))
            if self._claim(left["name"] + right["name"]):
                return left["name"] + right["name"], f"{left['name_en']}{between}{right['name_en']}"
        raise NamesExhausted(f"{first}, {second}")

    def _claim(self, name: str) -> bool:
        if name in self._used:
            return False
        self._used.add(name)
        return True
