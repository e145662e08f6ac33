"""Times, dates and numbers as people say them: whatever is said can be understood back (H2)."""

import datetime as dt
import re

import pytest
from hypothesis import given, strategies as st

from outbox.words import load_words, say_date, say_digits, say_instant, say_times, say_window
from policies.languages import Language

LANGUAGES = st.sampled_from(list(Language))
INSTANTS = st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2035, 12, 31), timezones=st.just(dt.UTC)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0)
)
ZONES = st.sampled_from(["Asia/Shanghai", "America/New_York", "Asia/Kathmandu", "UTC"])
CHINESE = re.compile(
    r"(?P<period>凌晨|上午|下午|晚上|中午|半夜)?(?P<hour>\d+|两)点(?:(?P<minute>\d+)分|(?P<half>半))?$"
)
ENGLISH = re.compile(r"(?:(?P<word>noon|midnight)|(?P<hour>\d+)(?::(?P<minute>\d+))? (?P<period>AM|PM))$")


def time_meant(said: str, language: Language) -> tuple[int, int]:
    """Return hour and minute that a listener understands."""
    if language is Language.EN:
        found = ENGLISH.search(said)
        assert found, said
        if found["word"]:
            return (12 if found["word"] == "noon" else 0), 0
        return int(found["hour"]) % 12 + (12 if found["period"] == "PM" else 0), int(found["minute"] or 0)
    found = CHINESE.search(said)
    assert found, said
    hour = 2 if found["hour"] == "两" else int(found["hour"])
    minute = 30 if found["half"] else int(found["minute"] or 0)
    if found["period"] == "半夜":
        return 0, minute
    return hour % 12 + (12 if found["period"] in {"下午", "晚上", "中午"} else 0), minute


@given(at=INSTANTS, zone=ZONES, language=LANGUAGES, ahead=st.integers(0, 5))
def test_an_instant_is_heard_as_the_hour_and_minute_it_is(
    at: dt.datetime, zone: str, language: Language, ahead: int
) -> None:
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    local = at.astimezone(ZoneInfo(zone))

    said = say_instant(at, now=at - dt.timedelta(days=ahead), time_zone=zone, language=language)

    assert time_meant(said, language) == (local.hour, local.minute)


@given(at=INSTANTS, language=LANGUAGES, hours=st.integers(1, 6))
def test_a_window_begins_with_the_time_it_begins(at: dt.datetime, language: Language, hours: int) -> None:
    until = at + dt.timedelta(hours=hours)

    said = say_times(at, until, time_zone="UTC", language=language)

    first = re.split("到| to ", said)[0]
    assert time_meant(first, language) == (at.hour, at.minute)


@given(at=INSTANTS, language=LANGUAGES)
def test_a_window_names_today_tomorrow_or_a_date_and_nothing_else(at: dt.datetime, language: Language) -> None:
    words = load_words(language)

    said = say_window(at, at + dt.timedelta(hours=2), now=at, time_zone="UTC", language=language)

    assert said.startswith(words["today"])


@given(day=st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)), language=LANGUAGES)
def test_a_date_is_heard_as_the_day_it_is(day: dt.date, language: Language) -> None:
    said = say_date(day, language=language)

    if language is Language.ZH:
        year, month, number = map(int, re.findall(r"\d+", said))
    else:
        name, number_text, year_text = re.fullmatch(r"(\w+) (\d+), (\d+)", said).groups()  # type: ignore[union-attr]
        month, number, year = load_words(language)["months"].index(name) + 1, int(number_text), int(year_text)
    assert dt.date(year, month, number) == day


@given(number=st.text(alphabet="0123456789", min_size=1, max_size=15), language=LANGUAGES)
def test_a_dictated_number_is_read_digit_by_digit_with_a_pause_after_each_pair(number: str, language: Language) -> None:
    said = say_digits(number, language=language)

    pairs = said.split(load_words(language)["digit_group_separator"])
    assert (
        "".join(said.split(load_words(language)["digit_group_separator"])).replace(" ", "").replace("幺", "1") == number
    )
    assert all(len(pair.replace(" ", "")) <= 2 for pair in pairs)
    assert all(len(digit) == 1 for pair in pairs for digit in pair.split())


@pytest.mark.parametrize("language", list(Language))
def test_midnight_and_noon_have_words_of_their_own(language: Language) -> None:
    noon = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)

    assert load_words(language)["noon"] in say_times(
        noon, noon + dt.timedelta(hours=2), time_zone="UTC", language=language
    )
