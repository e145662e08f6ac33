"""What every report is made of: a stretch of time, columns with their units, rows, and the records behind a row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Float, func
from sqlalchemy.orm import Session

MOST_RECORDS = 500
"""So many records are shown behind one figure."""
FAMILY = "family"
"""The prefix of a term that is a product family of the catalogue."""


class Unit(StrEnum):
    """How a column's values are written."""

    TEXT = "text"
    COUNT = "count"
    PERCENT = "percent"
    CENTS = "cents"
    MINUTES = "minutes"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Stretch:
    """From an instant until, and without, another."""

    from_at: dt.datetime
    until_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Name:
    """A name in both languages."""

    text: str
    text_en: str | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """A word of a list, which the pages say in their language: `<prefix>.<word>`."""

    prefix: str
    word: str


Value = Name | Term | int | float | dt.date | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column; its heading is the sentence `reports.<name>`."""

    name: str
    unit: Unit


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line; `key` asks for the records behind it."""

    key: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that was counted: its request's number where it has one, when, and what it was.

    `place` names the page it has of its own ("call", "clock", "complaint") and which one it is there. `value` is what
    it adds to a figure that adds up, such as minutes or cents.
    """

    request_number: str | None
    at: dt.datetime | None
    what: Name | Term
    place: tuple[str, str] | None = None
    value: float | None = None
    unit: Unit = Unit.COUNT


@dataclass(frozen=True, slots=True)
class Report:
    """A report: `read` gives its rows by SQL, `list_records` what a row counted; `chart` names the column drawn.

    One with a row for each thing there is also has `read_first`: so many of the first rows, and how many there are;
    and `add_up`, what its chart draws over time: how much of the column a stretch comes to, or how many rows.
    """

    name: str
    columns: tuple[Column, ...]
    chart: str
    read: Callable[[Session, Stretch], list[ReportRow]]
    list_records: Callable[[Session, Stretch, str], Sequence[Record]]
    read_first: Callable[[Session, Stretch, int], tuple[list[ReportRow], int]] | None = None
    add_up: Callable[[Session, Stretch], int] | None = None


def within(column: Any, stretch: Stretch) -> ColumnElement[bool]:  # noqa: ANN401 (a column of any table)
    """Whether an instant lies in the stretch."""
    found: ColumnElement[bool] = (column >= stretch.from_at) & (column < stretch.until_at)
    return found


def minutes_between(session: Session, start: Any, end: Any) -> ColumnElement[Any]:  # noqa: ANN401
    """Minutes from one instant's column to another's, in the database's own words."""
    if session.get_bind().dialect.name == "postgresql":
        # Not EXTRACT, whose exact decimals take twice as long to add up.
        return func.date_part("epoch", end - start, type_=Float) / 60.0
    return (func.julianday(end, type_=Float) - func.julianday(start, type_=Float)) * 24.0 * 60.0


def share(part: float, whole: float) -> float | None:
    """Return a percentage with one decimal, or nothing of nothing."""
    return round(100 * part / whole, 1) if whole else None
