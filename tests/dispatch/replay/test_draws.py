"""Luck by purpose and entity, and demand drawn with it."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean, stdev

import pytest
from hypothesis import given, strategies as st

from dispatch.replay.demand import draw_requests, mean_calls, poisson_at
from dispatch.replay.draws import Draws, factor_at, shared
from dispatch.risk.spreads import Spread
from tests.dispatch.problems import HOUR
from tests.dispatch.replay.days import a_day, a_demand, a_request, a_worker


def test_a_number_depends_on_what_it_is_for_and_on_nothing_drawn_before() -> None:
    draws, again = Draws(seed=1, run=2), Draws(seed=1, run=2)
    first = draws.uniform("duration", "r1")
    draws.uniform("duration", "r2")

    assert again.uniform("duration", "r1") == first
    assert draws.uniform("drive", "r1") != first
    assert Draws(seed=1, run=3).uniform("duration", "r1") != first
    assert Draws(seed=2, run=2).uniform("duration", "r1") != first


def test_many_numbers_are_spread_as_they_should() -> None:
    draws = Draws(seed=1, run=0)
    uniform = [draws.uniform("u", str(number)) for number in range(2000)]
    normal = [draws.normal("n", str(number)) for number in range(2000)]
    mixed = [shared(draws.normal("own", str(number)), draws.normal("all", "x"), share=0.25) for number in range(2000)]

    assert fmean(uniform) == pytest.approx(0.5, abs=0.03)
    assert (fmean(normal), stdev(normal)) == pytest.approx((0.0, 1.0), abs=0.07)
    assert stdev(mixed) == pytest.approx(0.75**0.5, abs=0.05)


@given(normal=st.floats(-4, 4), log_sigma=st.floats(0, 1), median=st.floats(0.2, 3))
def test_a_spread_is_drawn_as_likely_as_it_says(normal: float, log_sigma: float, median: float) -> None:
    spread = Spread(median, log_sigma)
    measured = Spread(quantiles=((0.0, 0.5), (0.5, 1.0), (1.0, 3.0)))

    assert factor_at(spread, 0.0) == pytest.approx(median)
    assert factor_at(spread, normal) <= factor_at(spread, normal + 0.1)
    assert 0.5 <= factor_at(measured, normal) <= 3.0
    assert measured.chance_within(factor_at(measured, 0.0)) == pytest.approx(0.5)


@given(mean=st.floats(0, 60), more=st.floats(0, 30), uniform=st.floats(1e-9, 1 - 1e-9))
def test_a_larger_mean_never_draws_fewer_calls(mean: float, more: float, uniform: float) -> None:
    assert poisson_at(mean, uniform) <= poisson_at(mean + more, uniform)


def test_calls_come_by_the_hour_and_the_weekday() -> None:
    demand = a_demand(32)

    assert mean_calls(demand, hour=3, weekday=0) == 0
    assert mean_calls(demand, hour=12, weekday=0) == pytest.approx(2.0)
    assert mean_calls(demand, hour=12, weekday=5) == pytest.approx(1.0)


def test_as_many_calls_come_as_the_demand_says() -> None:
    week = a_day([], [a_worker()], demand=a_demand(32), until_seconds=7 * 24 * HOUR)
    counts = [len(draw_requests(week, Draws(seed=1, run=run))) for run in range(15)]

    # 5.75 days' worth; the standard deviation of the mean of fifteen runs is 3.5.
    assert fmean(counts) == pytest.approx(5.75 * 32, abs=11)


def test_drawn_calls_are_in_order_inside_the_period_and_of_a_known_kind() -> None:
    day = a_day([a_request("given", "9:00")], [a_worker()], demand=a_demand(40), origin_hour=5.5)
    requests = draw_requests(day, Draws(seed=1, run=0))

    assert [request.called_seconds for request in requests] == sorted(request.called_seconds for request in requests)
    assert all(0 <= request.called_seconds < 24 * HOUR for request in requests)
    assert all(6 <= (request.called_seconds / HOUR + 5.5) % 24 < 22 for request in requests if request.id != "given")
    assert {request.duration_seconds for request in requests} == {1800.0, 5400.0, 3600.0}
    assert "given" in {request.id for request in requests}


def test_more_demand_adds_calls_and_leaves_the_others_as_they_were() -> None:
    quiet = a_day([], [a_worker()], demand=a_demand(20))
    busy = replace(quiet, demand=a_demand(30))

    few = draw_requests(quiet, Draws(seed=1, run=0))
    many = draw_requests(busy, Draws(seed=1, run=0))

    assert len(few) < len(many)
    assert all(request in many for request in few)
