"""A certificate counts through its last day, wherever and whenever that is (T1)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from policies.certificates import lapses_at, may_be_sent
from tests.policies.cases.certificates import CASES, SHANGHAI
from tests.policies.cases.table import Case

DAYS = st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31))
ZONES = st.sampled_from([SHANGHAI, "UTC", "Europe/Berlin", "America/Santiago", "Pacific/Apia"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.en)
def test_who_is_sent_is_as_the_manual_says(case: Case) -> None:
    last_days, until_at = case.given

    assert may_be_sent(lapses_at(last_days, time_zone=SHANGHAI), until_at=until_at) is case.expected


@given(last_on=DAYS, zone=ZONES)
def test_it_counts_on_all_of_its_last_day_and_on_nothing_of_the_next(last_on: dt.date, zone: str) -> None:
    at = lapses_at([last_on], time_zone=zone)
    assert at is not None

    last_second = (at - dt.timedelta(seconds=1)).astimezone(ZoneInfo(zone))
    assert last_second.date() == last_on
    assert at.astimezone(ZoneInfo(zone)).date() > last_on
    assert may_be_sent(at, until_at=at)
    assert not may_be_sent(at, until_at=at + dt.timedelta(seconds=1))


@given(days=st.lists(DAYS, min_size=1, max_size=5), another=DAYS, zone=ZONES)
def test_another_certificate_takes_nothing_away(days: list[dt.date], another: dt.date, zone: str) -> None:
    before, after = lapses_at(days, time_zone=zone), lapses_at([*days, another], time_zone=zone)

    assert before is not None
    assert after is not None
    assert after >= before


@given(days=st.lists(DAYS, max_size=5), failed_on=DAYS, zone=ZONES)
def test_who_failed_the_last_training_is_not_sent_from_that_day_on(
    days: list[dt.date], failed_on: dt.date, zone: str
) -> None:
    at = lapses_at(days, time_zone=zone, failed_on=failed_on)

    assert at is not None
    assert not may_be_sent(at, until_at=dt.datetime.combine(failed_on, dt.time(12), ZoneInfo(zone)))
