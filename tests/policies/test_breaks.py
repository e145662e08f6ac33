"""How much of a break is left, told from what a technician has reported."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from policies.breaks import break_left

NOON = dt.datetime(2026, 11, 23, 4, tzinfo=dt.UTC)
LENGTH = dt.timedelta(minutes=45)


def at(minutes: float) -> dt.datetime:
    return NOON + dt.timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("now", "busy", "left"),
    [
        (-60, [], 45),
        (0, [], 45),
        (10, [], 35),
        (45, [], 0),
        (300, [], 0),
        (20, [(-30, None)], 45),
        (20, [(-30, 10)], 35),
        (30, [(20, None)], 45),
        (60, [(50, None)], 0),
        (100, [(10, 40), (60, 100)], 45),
        (130, [(10, 40), (90, 120)], 0),
    ],
    ids=[
        "long before", "when it may begin", "ten minutes in", "just over", "hours after", "on site across noon",
        "left the site ten minutes ago", "began a visit before it was over", "began a visit after it",
        "two visits with short gaps", "a long gap between two visits",
    ],
)  # fmt: skip
def test_a_break_is_taken_in_the_first_gap_that_is_long_enough(
    now: float, busy: list[tuple[float, float | None]], left: float
) -> None:
    visits = [(at(start), None if end is None else at(end)) for start, end in busy]

    remaining = break_left(length=LENGTH, may_begin_at=NOON, now=at(now), busy=visits)

    assert remaining == dt.timedelta(minutes=left)


@given(now=st.integers(-120, 600), later=st.integers(0, 120), until=st.integers(-200, 600))
def test_an_idle_technician_never_owes_more_of_his_break_as_time_goes_by(now: int, later: int, until: int) -> None:
    busy = [(at(until - 60), at(until))] if until <= now else []

    first = break_left(length=LENGTH, may_begin_at=NOON, now=at(now), busy=busy)
    second = break_left(length=LENGTH, may_begin_at=NOON, now=at(now + later), busy=busy)

    assert dt.timedelta() <= second <= first <= LENGTH
