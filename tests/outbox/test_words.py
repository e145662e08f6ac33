import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from outbox.words import (
    load_words,
    say_address,
    say_count,
    say_day,
    say_digits,
    say_instant,
    say_phone,
    say_stretch,
    say_window,
    write_time,
    write_window,
)
from policies.languages import Language
from policies.phone_numbers import national_groups
from policies.visit_states import VisitState
from tests.factories.instants import NIGHT, hours, minutes, monday

SHANGHAI = "Asia/Shanghai"
ZH, EN = Language.ZH, Language.EN

# Read at 22:40 on Sunday: from, until (hours after Monday's midnight), Chinese, English.
WINDOWS = [
    (-1, 1, "今天晚上11点到凌晨1点", "today between 11 PM and 1 AM"),
    (0, 2, "明天凌晨0点到两点", "tomorrow between midnight and 2 AM"),
    (4, 6, "明天凌晨4点到上午6点", "tomorrow between 4 AM and 6 AM"),
    (8, 10, "明天上午8点到10点", "tomorrow between 8 AM and 10 AM"),
    (10, 12, "明天上午10点到中午12点", "tomorrow between 10 AM and noon"),
    (12, 14, "明天中午12点到下午两点", "tomorrow between noon and 2 PM"),
    (16, 18, "明天下午4点到晚上6点", "tomorrow between 4 PM and 6 PM"),
    (18, 20, "明天晚上6点到8点", "tomorrow between 6 PM and 8 PM"),
    (22, 24, "明天晚上10点到半夜12点", "tomorrow between 10 PM and midnight"),
    (32, 34, "后天上午8点到10点", "the day after tomorrow between 8 AM and 10 AM"),
    (56, 58, "11月25号星期三上午8点到10点", "Wednesday, November 25 between 8 AM and 10 AM"),
]
INSTANTS = [
    (22.0 + 2 / 3, "明天晚上10点40分", "tomorrow at 10:40 PM"),
    (0, "明天凌晨0点", "tomorrow at midnight"),
    (0.5, "明天凌晨0点半", "tomorrow at 12:30 AM"),
    (12, "明天中午12点", "tomorrow at noon"),
    (12.25, "明天中午12点15分", "tomorrow at 12:15 PM"),
    (8.0 + 5 / 60, "明天上午8点05分", "tomorrow at 8:05 AM"),
    (-1, "今天晚上11点", "today at 11 PM"),
    (14, "明天下午两点", "tomorrow at 2 PM"),
    (14.5, "明天下午两点半", "tomorrow at 2:30 PM"),
    (2.75, "明天凌晨两点45分", "tomorrow at 2:45 AM"),
    (80, "11月26号星期四上午8点", "Thursday, November 26 at 8 AM"),
]
WRITTEN = [
    (-1, 1, "11月22日(周日)23:00-01:00", "Sun 22 Nov 23:00-01:00"),
    (8, 10, "11月23日(周一)08:00-10:00", "Mon 23 Nov 08:00-10:00"),
    (22, 24, "11月23日(周一)22:00-00:00", "Mon 23 Nov 22:00-00:00"),
    (32, 34, "11月24日(周二)08:00-10:00", "Tue 24 Nov 08:00-10:00"),
    (56, 58, "11月25日(周三)08:00-10:00", "Wed 25 Nov 08:00-10:00"),
]


@pytest.mark.parametrize(("from_hour", "until_hour", "in_chinese", "in_english"), WINDOWS)
def test_a_window_is_spoken_as_people_speak(
    from_hour: float, until_hour: float, in_chinese: str, in_english: str
) -> None:
    spoken = [
        say_window(monday(from_hour), monday(until_hour), now=NIGHT, time_zone=SHANGHAI, language=language)
        for language in (ZH, EN)
    ]

    assert spoken == [in_chinese, in_english]


@pytest.mark.parametrize(("hour", "in_chinese", "in_english"), INSTANTS)
def test_an_instant_is_spoken_as_people_speak(hour: float, in_chinese: str, in_english: str) -> None:
    at = monday(0) + minutes(round(hour * 60))

    spoken = [say_instant(at, now=NIGHT, time_zone=SHANGHAI, language=language) for language in (ZH, EN)]

    assert spoken == [in_chinese, in_english]


@pytest.mark.parametrize(("from_hour", "until_hour", "in_chinese", "in_english"), WRITTEN)
def test_a_written_window_has_the_date_so_that_it_is_right_tomorrow_too(
    from_hour: float, until_hour: float, in_chinese: str, in_english: str
) -> None:
    written = [
        write_window(monday(from_hour), monday(until_hour), time_zone=SHANGHAI, language=language)
        for language in (ZH, EN)
    ]

    assert written == [in_chinese, in_english]


def test_times_are_those_of_the_place_not_of_the_server() -> None:
    at = dt.datetime(2026, 7, 1, 6, 30, tzinfo=dt.UTC)

    assert write_time(at, time_zone=SHANGHAI) == "14:30"
    assert write_time(at, time_zone="Europe/Berlin") == "08:30"
    assert say_instant(at, now=at, time_zone="Europe/Berlin", language=EN) == "today at 8:30 AM"


def test_today_is_the_day_of_the_place() -> None:
    """At 00:30 in Shanghai it is still yesterday in UTC."""
    now = monday(0.5)

    assert say_instant(monday(8), now=now, time_zone=SHANGHAI, language=EN) == "today at 8 AM"
    assert say_instant(monday(32), now=now, time_zone=SHANGHAI, language=EN) == "tomorrow at 8 AM"


@pytest.mark.parametrize(
    ("number", "in_chinese", "in_english"),
    [
        ("12345678", "幺 2，3 4，5 6，7 8", "1 2, 3 4, 5 6, 7 8"),
        ("123", "幺 2，3", "1 2, 3"),
        ("", "", ""),
    ],
)
def test_numbers_are_dictated_in_pairs(number: str, in_chinese: str, in_english: str) -> None:
    assert [say_digits(number, language=language) for language in (ZH, EN)] == [in_chinese, in_english]


@pytest.mark.parametrize(
    ("number", "in_chinese", "in_english"),
    [
        ("+8613800001234", "幺 3 8，0 0 0 0，幺 2 3 4", "1 3 8, 0 0 0 0, 1 2 3 4"),
        ("+862150001111", "0 2 幺，5 0 0 0，幺 幺 幺 幺", "0 2 1, 5 0 0 0, 1 1 1 1"),
        ("+12125550142", "2 幺 2，5 5 5，0 幺 4 2", "2 1 2, 5 5 5, 0 1 4 2"),
    ],
)
def test_a_telephone_number_is_dictated_in_the_groups_people_know_it_by(
    number: str, in_chinese: str, in_english: str
) -> None:
    groups = national_groups(number)

    assert [say_phone("".join(groups), groups=groups, language=language) for language in (ZH, EN)] == [
        in_chinese,
        in_english,
    ]


def test_a_number_keyed_with_its_country_is_read_back_as_it_was_keyed() -> None:
    groups = national_groups("+12125550142")

    assert say_phone("0012125550142", groups=groups, language=EN) == "0 0, 1 2, 1 2, 5 5, 5 0, 1 4, 2"


@pytest.mark.parametrize(
    ("seconds", "in_chinese", "in_english"),
    [
        (-3, "0秒", "0 seconds"),
        (1, "1秒", "1 second"),
        (2, "两秒", "2 seconds"),
        (40, "40秒", "40 seconds"),
        (60, "1分钟", "1 minute"),
        (120, "两分钟", "2 minutes"),
        (1800, "30分钟", "30 minutes"),
        (3570, "1小时", "1 hour"),
        (5400, "1小时30分钟", "1 hour and 30 minutes"),
        (7320, "两小时两分钟", "2 hours and 2 minutes"),
    ],
)
def test_how_long_it_takes_is_said_in_hours_minutes_or_seconds(seconds: int, in_chinese: str, in_english: str) -> None:
    length = dt.timedelta(seconds=seconds)

    assert [say_stretch(length, language=language) for language in (ZH, EN)] == [in_chinese, in_english]


def test_two_of_a_thing_are_counted_in_the_word_for_it_and_twelve_are_not() -> None:
    assert [say_count(count, language=ZH) for count in (1, 2, 3, 12, 20)] == ["1", "两", "3", "12", "20"]
    assert [say_count(count, language=EN) for count in (1, 2, 12)] == ["1", "2", "12"]


@pytest.mark.parametrize(
    ("day", "in_chinese", "in_english"),
    [
        (0, "今天", "today"),
        (2, "后天", "the day after tomorrow"),
        (3, "11月25号星期三", "Wednesday, November 25"),
        (7, "11月29号星期天", "Sunday, November 29"),
        (10, "12月2号星期三", "Wednesday, December 2"),
    ],
)
def test_a_day_further_off_is_said_with_its_weekday(day: int, in_chinese: str, in_english: str) -> None:
    at = NIGHT + dt.timedelta(days=day)

    said = [say_day(at, now=NIGHT, time_zone=SHANGHAI, language=language) for language in (ZH, EN)]

    assert said == [in_chinese, in_english]


@pytest.mark.parametrize(
    ("address", "in_chinese"),
    [
        ("世纪大道88号1201室", "世纪大道88号幺二零幺室"),
        ("南京西路1234弄56号7楼", "南京西路幺二三四弄56号7楼"),
        ("人民路2号3单元301室", "人民路2号3单元三零幺室"),
        ("环城北路", "环城北路"),
    ],
)
def test_rooms_and_lanes_are_named_digit_by_digit(address: str, in_chinese: str) -> None:
    assert say_address(address, language=ZH) == in_chinese
    assert say_address(address, language=EN) == address


@given(st.integers(-48 * 60, 96 * 60), st.sampled_from(Language), st.sampled_from([SHANGHAI, "America/New_York"]))
def test_any_window_can_be_said_and_written(minute: int, language: Language, zone: str) -> None:
    from_at = NIGHT + minutes(minute)

    spoken = say_window(from_at, from_at + hours(2), now=NIGHT, time_zone=zone, language=language)
    written = write_window(from_at, from_at + hours(2), time_zone=zone, language=language)

    assert "{" not in spoken + written
    assert f"{from_at.astimezone(ZoneInfo(zone)):%H:%M}-" in written


def test_both_languages_have_the_same_words() -> None:
    in_chinese, in_english = load_words(ZH), load_words(EN)

    assert set(in_chinese) == set(in_english) - {"months"}
    for words in (in_chinese, in_english):
        assert set(words["visit_states"]) == set(VisitState)
