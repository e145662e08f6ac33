"""How one cell of text becomes a value, and back; a cell that does not fit raises BadCell."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from sqlalchemy.orm import InstrumentedAttribute

from operations.imports.problems import BadCell, Trouble

E = TypeVar("E", bound=StrEnum)
Read = Callable[[str], Any]

BETWEEN = ";"
"""What stands between several values in one cell."""
HOME_REGION = "CN"
CHINA_CODE = 86
FIRST_WITH_AREA_CODE = 100_000_000
"""Nine digits: an area code and a number; a mobile number is longer."""
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]*")
_DATE = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_MOMENT = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})[T ]+(\d{1,2}):(\d\d)(?::(\d\d))? ?(Z|[+-]\d\d:?\d\d)?")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_YES = frozenset({"1", "yes", "true", "y", "是"})
_NO = frozenset({"0", "no", "false", "n", "否"})


def read_text(column: InstrumentedAttribute[Any]) -> Read:
    """Return a reader for plain text that fits into a table's column."""
    limit: int | None = column.property.columns[0].type.length

    def read(cell: str) -> str:
        if any(unicodedata.category(sign) == "Cc" for sign in cell):
            raise BadCell(Trouble.CONTROL_CHARACTER)
        if limit is not None and len(cell) > limit:
            raise BadCell(Trouble.TOO_LONG, str(limit))
        return cell

    return read


def read_code(column: InstrumentedAttribute[Any], *, is_upper: bool = False) -> Read:
    """Return a reader for an identifier: Latin letters, digits and `_ . / -`, full-width signs made narrow."""
    read_plain = read_text(column)

    def read(cell: str) -> str:
        code = unicodedata.normalize("NFKC", cell)
        if not _CODE.fullmatch(code):
            raise BadCell(Trouble.NOT_A_CODE, cell)
        return str(read_plain(code.upper() if is_upper else code))

    return read


class WordReader(Generic[E]):
    """Reads one of a list's words or the other spellings in `also`, whatever their case; forms offer its `choices`."""

    def __init__(self, words: type[E], also: Mapping[str, E]) -> None:
        self._words = words
        self._also = also
        own = {str(word).lower(): word for word in words}
        self._spellings = own | {name.lower(): word for name, word in also.items()}

    def __call__(self, cell: str) -> E:
        try:
            return self._spellings[cell.lower()]
        except KeyError as error:
            known = ", ".join(word if word == also else f"{word} ({also})" for word, also in self.choices.items())
            raise BadCell(Trouble.NOT_A_WORD, known) from error

    @property
    def choices(self) -> Mapping[str, str]:
        """Each word with its first other spelling, which is Chinese where there is one."""
        spelt: dict[str, str] = {}
        for name, word in self._also.items():
            spelt.setdefault(str(word), name)
        return {str(word): spelt.get(str(word), str(word)) for word in self._words}


def read_word(words: type[E], also: Mapping[str, E]) -> WordReader[E]:
    """Return a reader for one of a list's words or the other spellings in `also`, whatever their case."""
    return WordReader(words, also)


def read_phone(cell: str) -> str:
    """Return a telephone number in E.164; a number without a country code is a Chinese one."""
    try:
        number = phonenumbers.parse(cell, HOME_REGION)
    except phonenumbers.NumberParseException as error:
        raise BadCell(Trouble.NOT_A_PHONE, cell) from error
    if not phonenumbers.is_possible_number(number) or number.extension:
        raise BadCell(Trouble.NOT_A_PHONE, cell)
    # A number that can only be dialled within its town reaches nobody from here.
    if number.country_code == CHINA_CODE and (number.national_number or 0) < FIRST_WITH_AREA_CODE:
        raise BadCell(Trouble.NOT_A_PHONE, cell)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class SeveralReader:
    """Reads values with `;` between them, each once, in their order; `each` reads one of them."""

    def __init__(self, each: Read) -> None:
        self.each = each

    def __call__(self, cell: str) -> tuple[Any, ...]:
        parts = (part.strip() for part in cell.replace("\uff1b", BETWEEN).split(BETWEEN))
        return tuple(dict.fromkeys(self.each(part) for part in parts if part))


def read_several(each: Read) -> SeveralReader:
    """Return a reader for values with `;` between them, each once, in their order."""
    return SeveralReader(each)


def read_level(cell: str) -> tuple[str, int]:
    """Return a skill's code and level, written `optics:3`."""
    code, colon, level = cell.replace("\uff1a", ":").partition(":")
    if not colon or not _CODE.fullmatch(code.strip()):
        raise BadCell(Trouble.NOT_A_PAIR, cell)
    return code.strip(), read_whole(1, 9)(level.strip())


def read_whole(lowest: int, highest: int) -> Callable[[str], int]:
    """Return a reader for a whole number between two limits, both included."""

    def read(cell: str) -> int:
        if not cell.isascii() or not cell.isdigit():
            raise BadCell(Trouble.NOT_A_NUMBER, cell)
        # A number of many digits is out of range before it is a number: int() refuses thousands of digits.
        number = int(cell) if len(cell) <= len(str(highest)) + 3 else highest + 1
        if not lowest <= number <= highest:
            raise BadCell(Trouble.OUT_OF_RANGE, f"{lowest}\u2013{highest}")
        return number

    return read


def read_decimal(decimals: int, highest: int) -> Callable[[str], int]:
    """Return a reader for a number of at most so many decimals, as a whole number of its smallest parts.

    With two decimals 12.5 is 1250: yuan become cents, percent become hundredths of a percent. Never negative.
    """

    def read(cell: str) -> int:
        plain = cell.replace(",", "")
        if not plain.isascii() or not re.fullmatch(rf"\d{{1,15}}(\.\d{{1,{decimals}}})?", plain):
            raise BadCell(Trouble.NOT_A_NUMBER, cell)
        value = int(Decimal(plain).scaleb(decimals))
        if value > highest:
            raise BadCell(Trouble.OUT_OF_RANGE, f"0\u2013{write_decimal(highest, decimals)}")
        return value

    return read


def read_degrees(limit: int) -> Callable[[str], float]:
    """Return a reader for degrees between -`limit` and `limit`."""

    def read(cell: str) -> float:
        if not cell.isascii() or not _NUMBER.fullmatch(cell):
            raise BadCell(Trouble.NOT_A_NUMBER, cell)
        if not -limit <= (degrees := float(cell)) <= limit:
            raise BadCell(Trouble.OUT_OF_RANGE, f"{-limit}\u2013{limit}")
        return degrees

    return read


def read_date(cell: str) -> dt.date:
    """Return a date, written 2026-05-11 or, as spreadsheets do, 2026/5/11."""
    match = _DATE.fullmatch(cell) if cell.isascii() else None
    if match is None:
        raise BadCell(Trouble.NOT_A_DATE, cell)
    try:
        return dt.date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise BadCell(Trouble.NOT_A_DATE, cell) from error


def read_moment(cell: str) -> dt.datetime:
    """Return a moment, written 2026-05-11 08:00 (local, and then naive here) or 2026-05-11T08:00+08:00."""
    match = _MOMENT.fullmatch(cell) if cell.isascii() else None
    if match is None:
        raise BadCell(Trouble.NOT_AN_INSTANT, cell)
    day, hour, minute, second, zone = match.groups()
    try:
        clock = dt.time(int(hour), int(minute), int(second or 0), tzinfo=_read_offset(zone))
        return dt.datetime.combine(read_date(day), clock)
    except (ValueError, BadCell) as error:
        raise BadCell(Trouble.NOT_AN_INSTANT, cell) from error


def _read_offset(zone: str | None) -> dt.tzinfo | None:
    if zone is None:
        return None
    if zone == "Z":
        return dt.UTC
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return dt.timezone(dt.timedelta(minutes=-minutes if zone[0] == "-" else minutes))


def read_time_zone(cell: str) -> str:
    """Return the name of a time zone that exists, for example Asia/Shanghai."""
    try:
        ZoneInfo(cell)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadCell(Trouble.NOT_A_TIME_ZONE, cell) from error
    return cell


def read_yes_no(cell: str) -> bool:
    """Return whether a cell says yes: 1, yes, true or 是; 0, no, false or 否."""
    word = cell.lower()
    if word not in _YES | _NO:
        raise BadCell(Trouble.NOT_A_WORD, "1, 0")
    return word in _YES


def write_several(values: tuple[str, ...] | list[str]) -> str:
    """Return values for one cell."""
    return BETWEEN.join(values)


def write_decimal(value: int, decimals: int) -> str:
    """Return what `read_decimal` reads."""
    return format(Decimal(value).scaleb(-decimals), f".{decimals}f")


def write_degrees(degrees: float) -> str:
    """Return degrees without an exponent, exactly."""
    return format(Decimal(repr(degrees)), "f")


def write_moment(at: dt.datetime) -> str:
    """Return an aware instant with its offset, to the minute where it has no seconds."""
    return at.isoformat(sep=" ", timespec="seconds" if at.second else "minutes")
