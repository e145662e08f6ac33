import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from policies.figures import DEFAULT_FIGURES
from policies.reminders import ReminderKind, decide_reminder
from policies.surveys import read_score
from tests.factories.instants import MIDNIGHT, NIGHT, hours, minutes, monday

SHANGHAI = "Asia/Shanghai"
LONG_AGO = NIGHT - hours(48)


def decide(
    now: dt.datetime, *, window_from_at: dt.datetime, promised_at: dt.datetime = LONG_AGO
) -> ReminderKind | None:
    return decide_reminder(
        window_from_at=window_from_at, promised_at=promised_at, time_zone=SHANGHAI, figures=DEFAULT_FIGURES, now=now
    )


def test_the_evening_before_and_two_hours_before() -> None:
    ten = monday(34)

    assert decide(monday(17.9), window_from_at=ten) is None
    assert decide(monday(18), window_from_at=ten) is ReminderKind.EVENING
    assert decide(monday(31.9), window_from_at=ten) is None
    assert decide(monday(32), window_from_at=ten) is ReminderKind.SOON
    assert decide(ten, window_from_at=ten) is None


def test_whoever_has_just_been_promised_it_is_not_reminded_of_it() -> None:
    assert decide(monday(18), window_from_at=monday(34), promised_at=monday(15.1)) is None
    assert decide(monday(18), window_from_at=monday(34), promised_at=monday(15)) is ReminderKind.EVENING


@given(st.integers(0, 5000), st.integers(-100, 4000))
def test_nobody_is_reminded_at_night_or_of_what_has_begun(now_minutes: int, until: int) -> None:
    now = MIDNIGHT + minutes(now_minutes)

    if decide(now, window_from_at=now + minutes(until)) is not None:
        assert until > 0
        assert 8 <= now.astimezone(ZoneInfo(SHANGHAI)).hour < 21


@pytest.mark.parametrize(
    ("text", "score"),
    [("5", 5), (" ５分。", 5), ("4 stars", 4), ("五星", 5), ("一", 1), ("3!", 3), ("2/5", 2)]
    + [(text, None) for text in ("", "6", "0", "55", "5点来", "1K7PD", "5 but late", "十", "-3")],
)
def test_a_score_is_a_digit_from_one_to_five_and_nothing_more(text: str, score: int | None) -> None:
    assert read_score(text) == score
