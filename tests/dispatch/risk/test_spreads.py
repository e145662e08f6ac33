"""Spreads: what a planned length of time really takes."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from dispatch.risk.spreads import Spread, SpreadError, Spreads


@given(
    low=st.floats(0.05, 0.5),
    step=st.floats(0.05, 0.45),
    factor=st.floats(0.2, 2.0),
    growth=st.floats(1.0, 4.0),
)
def test_a_log_normal_through_two_quantiles_has_those_quantiles(
    low: float, step: float, factor: float, growth: float
) -> None:
    spread = Spread.from_two_quantiles((low, factor), (low + step, factor * growth))

    if spread.log_sigma > 1e-3:
        assert spread.chance_within(factor) == pytest.approx(low, abs=1e-6)
        assert spread.chance_within(factor * growth) == pytest.approx(low + step, abs=1e-6)


def test_measured_quantiles_are_joined_by_straight_lines_and_end_where_the_measuring_ended() -> None:
    spread = Spread(quantiles=((0.1, 0.5), (0.5, 1.0), (0.9, 2.0)))

    chances = [spread.chance_within(factor) for factor in (0.4, 0.5, 0.75, 1.5, 2.0, 3.0)]

    assert chances == pytest.approx([0.0, 0.1, 0.3, 0.7, 1.0, 1.0])


def test_without_any_spread_the_plan_comes_true() -> None:
    certain = Spread()

    assert (certain.chance_within(0.999), certain.chance_within(1.0)) == (0.0, 1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"median_factor": 0.0},
        {"median_factor": float("nan")},
        {"log_sigma": -0.1},
        {"quantiles": ((0.5, 1.0), (0.4, 2.0))},
        {"quantiles": ((0.5, 2.0), (0.9, 1.0))},
        {"quantiles": ((-0.1, 1.0),)},
    ],
)
def test_what_no_length_of_time_can_have_is_refused_by_its_number(wrong: dict[str, object]) -> None:
    with pytest.raises(SpreadError):
        Spread(**wrong)  # type: ignore[arg-type]


def test_two_quantiles_that_no_log_normal_has_are_refused() -> None:
    with pytest.raises(SpreadError):
        Spread.from_two_quantiles((0.9, 1.0), (0.5, 2.0))


def test_what_is_known_of_one_visit_goes_before_the_usual() -> None:
    long = Spread(median_factor=2.0)
    spreads = Spreads(durations_by_visit={"v": long}, travel_by_shift={"s": long})

    assert (spreads.duration_of("v"), spreads.duration_of("other")) == (long, spreads.duration)
    assert (spreads.travel_of("s"), spreads.travel_of("other")) == (long, spreads.travel)
