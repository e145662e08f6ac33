"""Times and numbers as people say and write them, in each language; the words themselves are data in content/words."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from policies.languages import Language

CONTENT = Path(__file__).resolve().parent.parent / "content"
NOON_HOUR = 12
MONTHS = 12
HALF_PAST_MINUTES = 30
MINUTE_SECONDS = 60
HOUR_MINUTES = 60
TWO = 2
ROOM_NUMBER = re.compile(r"\d{3,}(?=[室房弄号])")
"""From three digits on Chinese names a room, a lane or a house digit by digit: 幺二零幺室."""


class Named(Protocol):
    """Something with a name in each language; the English one may be missing."""

    name: Any
    name_en: Any


def name_in(thing: Named, language: Language) -> str:
    """Return the name of a person or thing in a language, the Chinese one where there is no English one."""
    return str((language is Language.EN and thing.name_en) or thing.name)


@cache
def load_words(language: Language) -> dict[str, Any]:
    """Return the words of one language."""
    words: dict[str, Any] = json.loads((CONTENT / "words" / f"{language}.json").read_text("utf-8"))
    return words


@cache
def load_prompts(language: Language) -> Mapping[str, str]:
    """Return what the hotline says in a language, by the sentence's name, with the names of what is filled in."""
    prompts: dict[str, str] = json.loads((CONTENT / "prompts" / f"{language}.json").read_text("utf-8"))
    return prompts


def say_window(
    from_at: dt.datetime, until_at: dt.datetime, *, now: dt.datetime, time_zone: str, language: Language
) -> str:
    """Return a promised window as it is spoken: 今天晚上8点到晚上10点, "today between 8 PM and 10 PM"."""
    words, zone = load_words(language), ZoneInfo(time_zone)
    return str(
        words["window_spoken"].format(
            day=_say_day(from_at.astimezone(zone), now.astimezone(zone), language),
            from_time=_say_time(from_at.astimezone(zone), language),
            until_time=_say_time(until_at.astimezone(zone), language, after=from_at.astimezone(zone)),
        )
    )


def say_times(from_at: dt.datetime, until_at: dt.datetime, *, time_zone: str, language: Language) -> str:
    """Return a window whose day has been said: 上午10点到中午12点, "10 AM to noon"."""
    start, end = (at.astimezone(ZoneInfo(time_zone)) for at in (from_at, until_at))
    times = {"from_time": _say_time(start, language), "until_time": _say_time(end, language, after=start)}
    return str(load_words(language)["times_spoken"].format(**times))


def say_instant(at: dt.datetime, *, now: dt.datetime, time_zone: str, language: Language) -> str:
    """Return an instant as it is spoken: 明天晚上10点40分, "tomorrow at 10:40 PM"."""
    zone = ZoneInfo(time_zone)
    local = at.astimezone(zone)
    day = _say_day(local, now.astimezone(zone), language)
    return str(load_words(language)["instant_spoken"].format(day=day, time=_say_time(local, language)))


def say_day(at: dt.datetime, *, now: dt.datetime, time_zone: str, language: Language) -> str:
    """Return the day of an instant as it is spoken: 明天, "tomorrow", "November 25"."""
    zone = ZoneInfo(time_zone)
    return _say_day(at.astimezone(zone), now.astimezone(zone), language)


def say_date(day: dt.date, *, language: Language) -> str:
    """Return a date with its year as it is spoken: 2027年3月2号, "March 2, 2027"."""
    words = load_words(language)
    name = words.get("months", [""] * MONTHS)[day.month - 1]
    return str(words["date_year_spoken"].format(year=day.year, month=day.month, day=day.day, month_name=name))


def say_stretch(length: dt.timedelta, *, language: Language) -> str:
    """Return how long something takes, as it is spoken: 40秒, 两分钟, 1小时30分钟, "3 minutes", "2 hours"."""
    seconds = max(0, round(length.total_seconds()))
    if seconds < MINUTE_SECONDS:
        return _count("seconds", seconds, language)
    hours, minutes = divmod(round(seconds / MINUTE_SECONDS), HOUR_MINUTES)
    counts = {"hours": hours, "minutes": minutes}
    said = [_count(unit, count, language) for unit, count in counts.items() if count]
    return str(load_words(language)["stretch_joint"]).join(said)


def say_count(count: int, *, language: Language) -> str:
    """Return how many there are of something, as it is spoken: in Chinese two of a thing are 两, not 二."""
    return str(load_words(language)["two_of_a_thing"]) if count == TWO else str(count)


def say_digits(number: str, *, language: Language) -> str:
    """Return a number as it is dictated: digit by digit, in pairs: 幺 2，3 4, "1 2, 3 4".

    By telephone 一 can be taken for 七; so Chinese says 幺.
    """
    return _dictate([number[index : index + 2] for index in range(0, len(number), 2)], language)


def say_phone(digits: str, *, groups: Sequence[str], language: Language) -> str:
    """Return a telephone number as it is dictated, in the groups it is known by: 幺 3 8，0 0 幺 3，8 0 0 0.

    Where the groups are not those of these digits (a number abroad), it is dictated in pairs.
    """
    return _dictate(groups, language) if "".join(groups) == digits else say_digits(digits, language=language)


def say_address(address: str, *, language: Language) -> str:
    """Return an address as it is spoken: 3号楼幺二零幺室."""
    digits = str(load_words(language)["room_digits"])
    return ROOM_NUMBER.sub(lambda found: "".join(digits[int(digit)] for digit in found[0]), address)


def write_window(from_at: dt.datetime, until_at: dt.datetime, *, time_zone: str, language: Language) -> str:
    """Return a promised window as it is written in a message, such as 11月23日(周一)08:00-10:00.

    The message may be read days later, so it names the date and never says "tomorrow".
    """
    words, local = load_words(language), from_at.astimezone(ZoneInfo(time_zone))
    until = write_time(until_at, time_zone=time_zone)
    return str(
        words["window_written"].format(
            date=_fill_date(words["date_written"], local, words), from_time=f"{local:%H:%M}", until_time=until
        )
    )


def write_instant(at: dt.datetime, *, time_zone: str, language: Language) -> str:
    """Return an instant as it is written in a message: 11月23日(周一)22:40."""
    words, local = load_words(language), at.astimezone(ZoneInfo(time_zone))
    return str(
        words["instant_written"].format(date=_fill_date(words["date_written"], local, words), time=f"{local:%H:%M}")
    )


def write_time(at: dt.datetime, *, time_zone: str) -> str:
    """Return the local time of day on the 24-hour clock."""
    return f"{at.astimezone(ZoneInfo(time_zone)):%H:%M}"


def _dictate(groups: Iterable[str], language: Language) -> str:
    words = load_words(language)
    one = str(words["one_dictated"])
    return str(words["digit_group_separator"]).join(" ".join(group).replace("1", one) for group in groups)


def _count(unit: str, count: int, language: Language) -> str:
    one, many = load_words(language)[f"{unit}_spoken"]
    return str(one if count == 1 else many).format(count=say_count(count, language=language))


def _say_day(local: dt.datetime, now: dt.datetime, language: Language) -> str:
    words = load_words(language)
    names = {0: "today", 1: "tomorrow", 2: "day_after_tomorrow"}
    name = names.get((local.date() - now.date()).days)
    return str(words[name]) if name else _fill_date(words["date_spoken"], local, words)


def _fill_date(pattern: str, local: dt.datetime, words: dict[str, Any]) -> str:
    months = words.get("months", [""] * MONTHS)
    name = months[local.month - 1]
    return pattern.format(
        month=local.month,
        day=local.day,
        month_name=name,
        month_short=name[:3],
        weekday=words["weekdays"][local.weekday()],
        weekday_name=words["weekday_names"][local.weekday()],
    )


def _say_time(local: dt.datetime, language: Language, *, after: dt.datetime | None = None) -> str:
    """Say a time of day; after an earlier one of the same part of the day that part is not said again."""
    words = load_words(language)
    if local.minute == 0 and local.hour == NOON_HOUR:
        return str(words["noon"])
    if local.hour == 0 and local.minute == 0 and (after is not None or words["midnight_is_twelve"]):
        return str(words["midnight"])
    period = _period(local, words)
    is_repeated = after is not None and not words["repeats_period"] and _period(after, words) == period
    hour = local.hour % NOON_HOUR or (0 if local.hour == 0 and not words["midnight_is_twelve"] else NOON_HOUR)
    name = {0: "hour_spoken", HALF_PAST_MINUTES: "half_past_spoken"}.get(local.minute, "hour_minute_spoken")
    said = {"hour": say_count(hour, language=language), "minute": f"{local.minute:02d}"}
    return str(words[name].format(period="" if is_repeated else period, **said))


def _period(local: dt.datetime, words: dict[str, Any]) -> str:
    return str(next(name for start, name in reversed(words["periods"]) if local.hour >= start))
