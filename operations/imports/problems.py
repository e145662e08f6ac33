"""What can be wrong with a file, named so that whoever made the file can put it right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Trouble(StrEnum):
    """Every reason for which a cell, a line or a file is refused; content/imports/problems.csv has the sentences."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    CONTROL_CHARACTER = "control_character"
    NOT_A_WORD = "not_a_word"
    NOT_A_CODE = "not_a_code"
    NOT_A_PHONE = "not_a_phone"
    NOT_A_NUMBER = "not_a_number"
    OUT_OF_RANGE = "out_of_range"
    NOT_A_DATE = "not_a_date"
    NOT_AN_INSTANT = "not_an_instant"
    NO_SUCH_LOCAL_TIME = "no_such_local_time"
    AMBIGUOUS_LOCAL_TIME = "ambiguous_local_time"
    NOT_A_TIME_ZONE = "not_a_time_zone"
    NOT_A_PAIR = "not_a_pair"
    NOT_CORNERS = "not_corners"
    TOO_FEW_CORNERS = "too_few_corners"
    TOO_MANY_CORNERS = "too_many_corners"
    CROSSES_ITSELF = "crosses_itself"
    COVERS_OTHER = "covers_other"
    TOO_FEW_DIGITS = "too_few_digits"
    IN_FUTURE = "in_future"
    UNKNOWN = "unknown"
    REPEATED = "repeated"
    DIFFERS = "differs"
    BELONGS_TO_OTHER = "belongs_to_other"
    ENDS_BEFORE_START = "ends_before_start"
    OUTSIDE_SHIFT = "outside_shift"
    OVERLAPS = "overlaps"
    LAST_BEFORE_FIRST = "last_before_first"
    ONE_OF_SEVERAL = "one_of_several"
    APPROVED_ALREADY = "approved_already"
    LIST_OVERLAPS = "list_overlaps"
    COVERED_BY_OTHER = "covered_by_other"
    IN_USE = "in_use"
    STAYS = "stays"
    MISSING_COLUMN = "missing_column"
    UNKNOWN_COLUMN = "unknown_column"
    REPEATED_COLUMN = "repeated_column"
    WRONG_CELL_COUNT = "wrong_cell_count"
    NOT_UTF8 = "not_utf8"
    BROKEN_QUOTES = "broken_quotes"
    NO_HEADER = "no_header"
    NOT_A_WORKBOOK = "not_a_workbook"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: the file's line (the first is 1), the column's name, the reason, what it is about."""

    line: int
    column: str
    trouble: Trouble
    detail: str = ""


class ImportRefused(ValueError):
    """The file has lines that cannot be taken in; nothing was imported. `problems` names all of them."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(f"{len(self.problems)} problems, the first: {self.problems[0]}")


class BadCell(ValueError):
    """A cell does not hold what its column needs."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(trouble, detail)
        self.trouble = trouble
        self.detail = detail
