"""What is left of the time in which we promised to call."""

import datetime as dt

from hypothesis import given, strategies as st

from policies.call_backs import FEWEST_MINUTES_LEFT, find_minutes_left

PROMISED_AT = dt.datetime(2026, 11, 22, 14, 40, tzinfo=dt.UTC)


@given(within=st.integers(1, 1440), passed=st.timedeltas(dt.timedelta(0), dt.timedelta(days=3)))
def test_the_minutes_that_are_said_end_with_the_promise_and_not_after_it(within: int, passed: dt.timedelta) -> None:
    call_by, now = PROMISED_AT + dt.timedelta(minutes=within), PROMISED_AT + passed

    left = find_minutes_left(call_by, now=now)

    if left is None:
        assert call_by - now < dt.timedelta(minutes=FEWEST_MINUTES_LEFT)
    else:
        assert left >= FEWEST_MINUTES_LEFT
        assert call_by - dt.timedelta(minutes=1) < now + dt.timedelta(minutes=left) <= call_by


def test_at_once_the_whole_time_is_left() -> None:
    assert find_minutes_left(PROMISED_AT + dt.timedelta(minutes=30), now=PROMISED_AT) == 30
