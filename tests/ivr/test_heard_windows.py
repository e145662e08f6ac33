"""A caller says the window instead of its key, in whatever words people have for a time; never another one (H2, H5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, strategies as st

from ivr.hearing import Heard, load_time_names, understand, vocabulary_of
from outbox.words import say_day, say_times, say_window
from policies.heard_times import find_time
from policies.languages import Language
from tests.town import EVENING

ZONE = "Asia/Shanghai"
NOW = EVENING
HALF_A_DAY = 12 * 60


class Said(NamedTuple):
    """Words for a window's start. `exact` is False when they are the same twelve hours later."""

    words: str
    is_exact: bool


class Offer(NamedTuple):
    """A window that is offered."""

    starts_at: dt.datetime
    length: dt.timedelta

    @property
    def local(self) -> dt.datetime:
        return self.starts_at.astimezone(ZoneInfo(ZONE))

    def day(self, language: Language) -> str:
        return say_day(self.starts_at, now=NOW, time_zone=ZONE, language=language)

    def name(self, language: Language) -> str:
        return say_window(self.starts_at, self.starts_at + self.length, now=NOW, time_zone=ZONE, language=language)


def minute_of(offer: Offer) -> int:
    return offer.local.hour * 60 + offer.local.minute


@st.composite
def three_offers(draw: st.DrawFn) -> list[Offer]:
    """Windows lie on the grid of their own length, as the planner offers them."""
    length = dt.timedelta(minutes=draw(st.sampled_from([15, 30, 60, 90, 120, 180, 240])))
    slots = draw(st.sets(st.integers(1, dt.timedelta(days=5) // length), min_size=3, max_size=3))
    midnight = dt.datetime(2026, 11, 23, tzinfo=ZoneInfo(ZONE))
    return [Offer(midnight + slot * length, length) for slot in sorted(slots)]


def han(number: int) -> str:
    digits = "零一二三四五六七八九"
    tens, units = divmod(number, 10)
    if tens == 0:
        return digits[units]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[units] if units else "")


def mandarin(at: dt.datetime) -> Iterator[Said]:
    """Yield the ways to say a time in Chinese."""
    hour, minute = at.hour % 12 or 12, at.minute
    counted = "两" if hour == 2 else han(hour)
    minutes = {
        0: ["", "钟", "整"],
        15: ["一刻", "十五", "15分"],
        30: ["半", "三十", "三十分", "30分"],
        45: ["三刻", "四十五分"],
    }
    for spoken in minutes[minute]:
        for name in (counted, str(hour)):
            yield Said(f"{name}点{spoken}", is_exact=False)
    period = "凌晨" if at.hour < 6 else "上午" if at.hour < 12 else "下午" if at.hour < 18 else "晚上"
    period = "中午" if at.hour == 12 else period
    yield Said(f"{period}{counted}点{minutes[minute][-1]}", is_exact=True)
    yield Said(f"{period}的{hour}:{minute:02d}", is_exact=True)
    if at.hour > 12:
        yield Said(f"{han(at.hour)}点{minutes[minute][0]}", is_exact=True)
        yield Said(f"{at.hour}:{minute:02d}", is_exact=True)


ENGLISH = (
    "", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip


def english(at: dt.datetime) -> Iterator[Said]:
    """Yield the ways to say a time in English."""
    hour, minute = at.hour % 12 or 12, at.minute
    half = "AM" if at.hour < 12 else "PM"
    part = "in the morning" if at.hour < 12 else "in the afternoon" if at.hour < 18 else "in the evening"
    whole = [f"{ENGLISH[hour]} o'clock", f"at {hour}", f"around {ENGLISH[hour]}"]
    quarter = {
        15: [f"quarter past {ENGLISH[hour]}", f"{ENGLISH[hour]} fifteen"],
        30: [f"half past {ENGLISH[hour]}", f"{ENGLISH[hour]} thirty", f"{hour}.30"],
        45: [f"quarter to {ENGLISH[hour % 12 + 1]}", f"{ENGLISH[hour]} forty-five"],
    }
    for words in quarter.get(minute, whole):
        yield Said(words, is_exact=False)
    figures = f"{hour}:{minute:02d}" if minute else str(hour)
    yield Said(f"{figures} {half}", is_exact=True)
    yield Said(f"{figures}{half.lower()}", is_exact=True)
    yield Said(f"{figures} {half[0].lower()}.m.", is_exact=True)
    yield Said(f"{figures} {part}", is_exact=True)


WAYS = {Language.ZH: mandarin, Language.EN: english}
AROUND = {
    Language.ZH: ["{}", "就{}吧", "我要{}的", "那就{}那个", "没问题，{}", "{}到"],
    Language.EN: ["{}", "I'd like {}, please", "the one {}", "um, {} would be fine", "no problem, {}"],
}
AGAINST = {Language.ZH: ["{}不行", "{}以后", "比{}早一点"], Language.EN: ["not {}", "not at {}", "earlier than {}"]}


def choose(words: str, offers: Sequence[Offer], language: Language, *, names: Sequence[str] = ()) -> str | None:
    """Return the key that is understood where these windows are on offer."""
    names = names or [offer.name(language) for offer in offers]
    offered = {str(key): ["offer_choice", name] for key, name in enumerate(names, start=1)}
    offered |= {"4": ["offer_more"], "5": ["offer_another_day"]}
    vocabulary = vocabulary_of("offer", list(offered), offered, language=language, may_switch=False)
    return understand(Heard(words, 0.9), vocabulary, offered, language=language, must_be_sure=False)


def the_only(fitting: Sequence[bool]) -> str | None:
    return str(fitting.index(True) + 1) if sum(fitting) == 1 else None


@given(offers=three_offers(), language=st.sampled_from(list(Language)), which=st.integers(0, 2), data=st.data())
def test_every_way_to_say_an_offered_time_means_that_window_or_where_it_could_be_two_none(
    offers: list[Offer], language: Language, which: int, data: st.DataObject
) -> None:
    meant = offers[which]
    said = data.draw(st.sampled_from(list(WAYS[language](meant.local))))
    with_day = data.draw(st.booleans())
    gap = "" if language is Language.ZH else " "
    words = f"{meant.day(language)}{gap}{said.words}" if with_day else said.words
    words = data.draw(st.sampled_from(AROUND[language])).format(words)

    fitting = [
        (
            minute_of(one) == minute_of(meant)
            or (not said.is_exact and (minute_of(one) - minute_of(meant)) % HALF_A_DAY == 0)
        )
        and (not with_day or one.day(language) == meant.day(language))
        for one in offers
    ]
    assert choose(words, offers, language) == the_only(fitting), words


@given(offers=three_offers(), language=st.sampled_from(list(Language)))
def test_a_window_said_as_it_was_offered_is_that_window(offers: list[Offer], language: Language) -> None:
    for key, offer in enumerate(offers, start=1):
        assert choose(offer.name(language), offers, language) == str(key)


@given(offers=three_offers(), language=st.sampled_from(list(Language)))
def test_where_the_day_was_said_for_all_of_them_the_times_are_enough(offers: list[Offer], language: Language) -> None:
    same_day = [Offer(one.starts_at.replace(year=2026, month=11, day=24), one.length) for one in offers]
    names = [
        say_times(one.starts_at, one.starts_at + one.length, time_zone=ZONE, language=language) for one in same_day
    ]
    for name in names:
        fitting = [minute_of(one) == minute_of(same_day[names.index(name)]) for one in same_day]
        assert choose(name, same_day, language, names=names) == the_only(fitting), name


@given(offers=three_offers(), language=st.sampled_from(list(Language)), which=st.integers(0, 2), data=st.data())
def test_who_turns_a_time_down_or_wants_it_earlier_or_later_gets_no_window_for_it(
    offers: list[Offer], language: Language, which: int, data: st.DataObject
) -> None:
    said = data.draw(st.sampled_from(list(WAYS[language](offers[which].local))))
    words = data.draw(st.sampled_from(AGAINST[language])).format(said.words)

    assert choose(words, offers, language) is None, words


@given(offers=three_offers(), hour=st.integers(0, 23), minute=st.sampled_from([0, 15, 30, 45]))
@example(offers=[Offer(NOW - dt.timedelta(minutes=40 + 11 * 60), dt.timedelta(hours=2))], hour=1, minute=0)
def test_a_time_that_is_not_on_offer_is_no_window(offers: list[Offer], hour: int, minute: int) -> None:
    at = dt.datetime(2026, 11, 24, hour, minute, tzinfo=ZoneInfo(ZONE))
    if any((minute_of(one) - hour * 60 - minute) % HALF_A_DAY == 0 for one in offers):
        return
    for language, ways in WAYS.items():
        for said in ways(at):
            assert choose(said.words, offers, language) is None, said.words


@given(
    words=st.text(
        st.sampled_from("0123456789一二两十点时半刻分:. 到今明后天上下午晚星期号月at pm:'halfpsto"), max_size=30
    )
)
def test_whatever_is_heard_is_read_without_trouble(words: str) -> None:
    for language in Language:
        find_time(words, load_time_names(language))


@pytest.mark.parametrize(
    ("language", "words", "key"),
    [
        (Language.ZH, "明天下午", "2"), (Language.ZH, "后天", "3"), (Language.ZH, "星期二", None),
        (Language.ZH, "大后天", None), (Language.ZH, "早一点的", None), (Language.ZH, "第二个", "2"),
        (Language.ZH, "明天有没有别的时间", "4"), (Language.ZH, "换一天，后天", "5"),
        (Language.ZH, "第一个，后天", None), (Language.ZH, "后天下午九点", None), (Language.ZH, "二十五点，后天", None),
        (Language.EN, "tomorrow afternoon", "2"), (Language.EN, "the morning one tomorrow", "1"),
        (Language.EN, "day after tomorrow", "3"), (Language.EN, "other times tomorrow", "4"),
        (Language.EN, "the second one", "2"), (Language.EN, "two", "2"), (Language.EN, "after two", None),
        (Language.EN, "the first one, day after tomorrow", None),
    ],
)  # fmt: skip
def test_days_parts_of_the_day_and_other_wishes_are_told_apart(language: Language, words: str, key: str | None) -> None:
    midnight = dt.datetime(2026, 11, 23, tzinfo=ZoneInfo(ZONE))
    starts = (dt.timedelta(hours=10.5), dt.timedelta(hours=14.5), dt.timedelta(hours=32))
    offers = [Offer(midnight + start, dt.timedelta(hours=2)) for start in starts]

    assert choose(words, offers, language) == key
