"""Read days and times of day in what was said, 明天下午两点半 or "half past two", and see which windows they fit (H2).

The grammar of both languages is here, its words are data. A time that may be two, as 两点 without its half of the day,
is read as both.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

HOUR_MINUTES = 60
DAY_HOURS = 24
NOON_HOUR = 12
DAY_MINUTES = DAY_HOURS * HOUR_MINUTES
QUARTER_MINUTES = 15

Hours = tuple[int, int]
"""From and until, on the day's clock; 30 is six the next morning."""

_HAN_DIGITS = str.maketrans("零〇一二两三四五六七八九", "001223456789")
_HAN_NUMBER = re.compile("[零〇一二两三四五六七八九十]+")
_MINUTE = r"(?:(?P<half>半)|(?P<quarters>[13])刻|(?P<minute>[0-5]?\d)分?(?![\d点时])|整)?"
_CLOCKS = (
    rf"(?:(?P<period>BEFORE)的?)?(?P<hour>\d{{1,2}})(?:点钟?|时){_MINUTE}",
    r"(?:(?P<period>BEFORE)的?)?(?P<hour>\d{1,2})(?=[到至]\D{0,2}\d{1,2}[点时])",
    r"\b(?:(?P<half>half)|quarter) (?:past|after|(?P<to>to|before)) (?P<hour>\d{1,2})\b(?: ?(?P<period>AFTER))?",
    r"(?:(?P<period>BEFORE)的?)?(?<!\d)(?P<hour>\d{1,2})[: ](?P<minute>[0-5]\d)(?!\d)(?: ?(?P<after>AFTER))?",
    r"\b(?P<hour>\d{1,2})(?: o'clock)? ?(?P<after>AFTER)",
    r"\b(?P<hour>\d{1,2}) o'clock",
    r"\b(?:at|from|between|around|about) (?P<hour>\d{1,2})\b",
    r"(?:(?<=\bafter )|(?<=\bbefore ))(?P<hour>\d{1,2})\b",
    r"\b(?P<hour>\d{1,2})(?= (?:to|until|till) \d)",
    r"\b(?P<until>to|and|until|till) (?P<hour>\d{1,2})\b",
)
"""How a time is said; BEFORE and AFTER stand for the parts of the day that are said there."""
_NOTHING = dict.fromkeys(("period", "after", "half", "quarters", "minute", "to", "until"))


@dataclass(frozen=True, slots=True)
class TimeNames:
    """The words of a language. `alike` are other words for the same, `unclear` say that a time is not meant as such.

    Days become marks: +1 for tomorrow, w0 for a Monday, d25 for the 25th.
    """

    numbers: Mapping[str, int]
    """Words that are numbers; Chinese ones are read without."""
    alike: Mapping[str, str]
    days: Mapping[str, str]
    months: tuple[str, ...]
    halves: Mapping[str, Hours]
    periods: Mapping[str, Hours]
    unclear: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpokenTime:
    """What was said of a window: marks of its day, and minutes of the day it may start and end at.

    None is nothing said; empty is what contradicts itself, as nine in the afternoon.
    """

    days: frozenset[str]
    starts: frozenset[int] | None
    ends: frozenset[int] | None
    rest: str
    """The other words."""
    is_clear: bool
    """False where the other words turn it around: not at two, after two."""

    def fits(self, offered: SpokenTime) -> bool:
        """Tell whether an offered window may be the one that was meant."""
        is_day = self.days <= offered.days
        return is_day and _may_be_same(self.starts, offered.starts) and _may_be_same(self.ends, offered.ends)


def _may_be_same(said: frozenset[int] | None, offered: frozenset[int] | None) -> bool:
    return said is None or offered is None or bool(said & offered)


@dataclass(frozen=True, slots=True)
class _Clock:
    position: int
    minutes: frozenset[int]
    is_marked: bool
    """Its half of the day was said."""
    is_end: bool


def find_time(words: str, names: TimeNames) -> SpokenTime | None:
    """Return what was said of days and times, or None when nothing was."""
    # Days before numbers: in 星期三十二点 the three is Wednesday's.
    days, text = _take_days(_write_alike(_tidy(words), names), names)
    dates, text = _take_dates(_write_numbers(text, names), names)
    days |= dates
    clocks, text = _take_clocks(text, names)
    period, text = _take_periods(text, names)
    if not days and not clocks and not period:
        return None
    while clocks and clocks[0].is_end:
        clocks = clocks[1:]
    minutes: list[frozenset[int] | None] = [_narrow(clock, period) for clock in clocks[:2]]
    starts, ends = [*(minutes or [period or None]), None][:2]
    rest = " ".join(text.split())
    return SpokenTime(
        days=days,
        starts=starts,
        ends=ends,
        rest=rest,
        is_clear=not any(_pattern_of(word).search(rest) for word in names.unclear),
    )


def _tidy(words: str) -> str:
    """Fold width and case, and keep of the punctuation what times are written with."""
    folded = unicodedata.normalize("NFKC", words).casefold()
    folded = re.sub(r"(?<=\d)\.(?=\d)", ":", folded).replace(".", "")
    spaced = re.sub(r"\b([ap]) m\b", r"\1m", re.sub(r"[^\w':]|_", " ", folded))
    return re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", spaced)


def _read_number(han: str) -> str:
    """Return a Chinese number under a hundred in digits: 二十三, 十, 零五, 三零."""
    if "十" not in han:
        return han.translate(_HAN_DIGITS)
    tens, _, units = han.partition("十")
    return f"{tens.translate(_HAN_DIGITS) or '1'}{units.translate(_HAN_DIGITS) or '0'}"


def _write_alike(text: str, names: TimeNames) -> str:
    for word, same in names.alike.items():
        text = _pattern_of(word).sub(same, text)
    return text


def _write_numbers(text: str, names: TimeNames) -> str:
    text = _HAN_NUMBER.sub(lambda found: _read_number(found[0]), text)
    numbers = "|".join(sorted(names.numbers, key=len, reverse=True))
    if not numbers:
        return text
    text = re.sub(rf"\b(\w+ty)[ -]({numbers})\b", lambda found: _add(found, names.numbers), text)
    return re.sub(rf"\b({numbers})\b", lambda found: str(names.numbers[found[0]]), text)


def _add(found: re.Match[str], numbers: Mapping[str, int]) -> str:
    tens, units = numbers.get(found[1]), numbers[found[2]]
    return found[0] if tens is None or units >= 10 else str(tens + units)  # noqa: PLR2004 - "twenty ten" is no number


def _take_days(text: str, names: TimeNames) -> tuple[frozenset[str], str]:
    marks = []
    for word in sorted(names.days, key=len, reverse=True):
        text, count = _pattern_of(word).subn(" ", text)
        marks += [names.days[word]] * (count > 0)
    return frozenset(marks), text


def _take_dates(text: str, names: TimeNames) -> tuple[frozenset[str], str]:
    marks = []
    months = "|".join(names.months) or "(?!)"
    dates = (
        rf"\b(?:{months}) (?:the )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\b",
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?:{months})\b",
        r"(?:\d{1,2}月)?(?P<day>\d{1,2})[号日]",
    )
    for date in dates:
        marks += [f"d{int(found['day'])}" for found in re.finditer(date, text)]
        text = re.sub(date, " ", text)
    return frozenset(marks), text


def _take_clocks(text: str, names: TimeNames) -> tuple[list[_Clock], str]:
    """Take the times out of a text, in the order they were said."""
    hours = {**names.periods, **names.halves}
    longest_first = sorted(hours, key=len, reverse=True)
    before = "|".join(word for word in longest_first if not word.isascii()) or "(?!)"
    after = "|".join(rf"{word}\b" for word in longest_first if word.isascii()) or "(?!)"
    found: list[_Clock] = []
    for clock in _CLOCKS:
        pattern = re.compile(clock.replace("BEFORE", before).replace("AFTER", after))
        found += list(_read_clocks(pattern, text, hours))
        # As long as it was, so that the others stay where they are.
        text = pattern.sub(lambda said: "\t" * len(said[0]), text)
    return sorted(found, key=lambda one: one.position), text


def _read_clocks(pattern: re.Pattern[str], text: str, hours: Mapping[str, Hours]) -> Iterator[_Clock]:
    for said in pattern.finditer(text):
        part, hour = {**_NOTHING, **said.groupdict()}, int(said["hour"])
        hours_meant = {hour, hour + NOON_HOUR} if 0 < hour <= NOON_HOUR else {hour} & set(range(DAY_HOURS + 1))
        minute = _read_minute(part, has_quarter="quarter" in said[0])
        minutes = frozenset((one * HOUR_MINUTES + minute) % DAY_MINUTES for one in hours_meant)
        period = part["period"] or part["after"]
        marked = minutes if period is None else minutes & _minutes_of(hours[period])
        yield _Clock(said.start(), marked, is_marked=period is not None, is_end=part["until"] is not None)


def _read_minute(part: Mapping[str, str | None], *, has_quarter: bool) -> int:
    if part["minute"] is not None:
        return int(part["minute"])
    quarters = 2 if part["half"] else int(part["quarters"] or has_quarter)
    return QUARTER_MINUTES * quarters * (-1 if part["to"] else 1)


def _take_periods(text: str, names: TimeNames) -> tuple[frozenset[int], str]:
    """Take the parts of the day out of a text that belong to no time; all their minutes."""
    minutes: frozenset[int] = frozenset()
    for word in sorted(names.periods, key=len, reverse=True):
        text, count = _pattern_of(word).subn(" ", text)
        minutes |= _minutes_of(names.periods[word]) if count else frozenset()
    return minutes, text


def _minutes_of(hours: Hours) -> frozenset[int]:
    start, end = hours
    return frozenset(minute % DAY_MINUTES for minute in range(start * HOUR_MINUTES, end * HOUR_MINUTES))


def _narrow(clock: _Clock, period: frozenset[int]) -> frozenset[int]:
    return clock.minutes & period if period and not clock.is_marked else clock.minutes


def _pattern_of(word: str) -> re.Pattern[str]:
    """Return what finds a word: an English one only as a whole word."""
    return re.compile(rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word))
