"""Long lists: pages of a fixed size, each with an address of its own, and the days that are asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import request

PAGE_SIZE = 100
LIST_SIZE = 200
"""So many rows of a list without pages are shown."""
MOST_IN_FILE = 10_000
NEIGHBOURS = 2
ARGUMENT = "page"


@dataclass(frozen=True, slots=True)
class Pages:
    """Which page of a list is shown. Pages and rows are counted from 1; without rows there is one empty page."""

    number: int
    found: int
    size: int

    @property
    def last(self) -> int:
        """Return the number of the last page."""
        return max(1, -(-self.found // self.size))

    @property
    def skipped(self) -> int:
        """Return how many rows come before this page."""
        return (self.number - 1) * self.size

    @property
    def first_row(self) -> int:
        """Return the number of this page's first row, 0 where there is none."""
        return min(self.skipped + 1, self.found)

    @property
    def last_row(self) -> int:
        """Return the number of this page's last row."""
        return min(self.skipped + self.size, self.found)

    @property
    def near(self) -> Sequence[int]:
        """Return the pages to offer: the first, the last, and those around this one."""
        around = range(max(1, self.number - NEIGHBOURS), min(self.last, self.number + NEIGHBOURS) + 1)
        return sorted({1, *around, self.last})


def read_page(found: int, *, size: int = PAGE_SIZE) -> Pages:
    """Return the page asked for in the address, the nearest one where there is none of that number."""
    wanted = request.args.get(ARGUMENT, 1, type=int)
    return Pages(max(1, min(wanted, Pages(1, found, size).last)), found, size)


def most_rows(shown: int = LIST_SIZE) -> int:
    """Return how many rows of a list to read: as many as the page shows, or as a file holds where one is asked for."""
    return MOST_IN_FILE if request.args.get("as") else shown


def address_of(page: int) -> str:
    """Return the address of another page of the list that is shown, with everything else that was asked for."""
    # Not by url_for: it takes some names as orders of its own, and these names come from outside.
    return f"{request.path}?{urlencode({**request.args.to_dict(), ARGUMENT: page})}"


def read_day_asked(name: str, zone: ZoneInfo) -> dt.datetime | None:
    """Return when the day asked for in the address begins; None for none, or what is no day."""
    try:
        day = dt.date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return dt.datetime.combine(day, dt.time(), zone)
