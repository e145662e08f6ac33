"""The risk of a plan: right where it can be worked out, and the same as playing it slowly."""

from __future__ import annotations

from math import exp, log, sqrt
from random import Random
from statistics import NormalDist
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from benchmarks.booked_days import book_days
from dispatch import ProblemError, TimeWindow, check, nearest_technician_plan, validate
from dispatch.risk import Spread, Spreads, assess, cheapest_rescue
from tests.dispatch.problems import HOUR, a_problem, a_random_problem, a_shift, a_visit, lunch

CERTAIN = Spreads(duration=Spread(), travel=Spread())
SIGMA = 0.4


def durations_spread(log_sigma: float = SIGMA) -> Spreads:
    return Spreads(duration=Spread(log_sigma=log_sigma), travel=Spread())


def two_visits(until: float) -> tuple:
    """An hour's work at five past eight, then five minutes' drive to a visit promised until a given hour."""
    second = a_visit("second", 2, promised_window=TimeWindow(8 * HOUR, until * HOUR))
    first = a_visit("first", 1, promised_window=TimeWindow(8 * HOUR, 8.1 * HOUR))
    problem = a_problem([first, second], [a_shift()])
    return problem, nearest_technician_plan(problem)


def test_the_chance_of_being_late_after_one_visit_is_the_tail_of_its_duration() -> None:
    problem, plan = two_visits(until=9.5)

    risk = assess(problem, plan, spreads=durations_spread(), samples=20_000).of("second")

    allowed = 9.5 * HOUR - (8 * HOUR + 300) - 300
    expected = 1.0 - NormalDist().cdf(log(allowed / HOUR) / SIGMA)
    assert risk is not None
    assert risk.standard_error == pytest.approx(sqrt(risk.broken * (1 - risk.broken) / 20_000))
    assert risk.broken == pytest.approx(expected, abs=4 * risk.standard_error)


def test_the_chance_after_a_drive_is_the_tail_of_the_drive() -> None:
    visit = a_visit("v", 10, promised_window=TimeWindow(8 * HOUR, 9 * HOUR))
    problem = a_problem([visit], [a_shift()])
    plan = nearest_technician_plan(problem)

    risk = assess(problem, plan, spreads=Spreads(Spread(), Spread(log_sigma=0.25)), samples=20_000).of("v")

    assert risk is not None
    assert risk.broken == pytest.approx(1.0 - NormalDist().cdf(log(60 / 50) / 0.25), abs=4 * risk.standard_error)


def test_waiting_at_the_door_takes_up_what_was_lost() -> None:
    first = a_visit("first", 1, promised_window=TimeWindow(8 * HOUR, 8.1 * HOUR))
    second = a_visit("second", 2, promised_window=TimeWindow(14 * HOUR, 14.1 * HOUR))
    problem = a_problem([first, second], [a_shift()])
    plan = nearest_technician_plan(problem)

    risk = assess(problem, plan, spreads=durations_spread(), samples=2_000).of("second")

    assert risk is not None
    assert (risk.broken, risk.early_seconds, risk.late_seconds) == (0.0, 14 * HOUR, 14 * HOUR)


@given(seed=st.integers(0, 10**6), factors=st.booleans())
@settings(max_examples=40)
def test_without_any_spread_the_plan_comes_true_to_the_second(seed: int, factors: bool) -> None:  # noqa: FBT001
    problem = a_random_problem(seed, factors=factors)
    try:
        validate(problem)
    except ProblemError:
        return
    plan = nearest_technician_plan(problem)

    risk = assess(problem, plan, spreads=CERTAIN, samples=1)

    starts = {stop.visit_id: stop.start_seconds for route in plan.routes for stop in route.stops}
    assert {known.visit_id: known.median_seconds for known in risk.visits} == pytest.approx(starts, abs=0.01)
    assert set(risk.too_late_home.values()) <= {0.0}
    assert (
        risk.expected_broken
        >= plan.score.broken_promises
        - sum(visit.promised_window is not None for visit in problem.visits if visit.id not in starts)
        - 1e-9
    )


def test_playing_the_day_run_by_run_gives_the_same_risk() -> None:
    windows = {f"v{n}": TimeWindow(8 * HOUR, (8.6 + 1.2 * n) * HOUR) for n in range(1, 5)}
    visits = [a_visit(f"v{n}", n, promised_window=windows[f"v{n}"]) for n in range(1, 5)]
    problem = a_problem(visits, [a_shift(breaks=(lunch(10, 13),))])
    plan = nearest_technician_plan(problem)
    route = plan.routes[0]
    random, runs, late = Random(7), 20_000, {visit.id: 0 for visit in visits}
    rest = route.break_starts_seconds[0]
    for _ in range(runs):
        at, has_rested = route.leave_seconds, False
        for stop in route.stops:
            at += 300 * (stop.travel_seconds / 300)
            if not has_rested and rest < stop.start_seconds:
                at, has_rested = max(at, 10 * HOUR) + 2700, True
            window = windows[stop.visit_id]
            start = max(at, window.from_seconds)
            late[stop.visit_id] += start > window.until_seconds
            at = start + HOUR * exp(SIGMA * random.gauss(0, 1))

    risk = assess(problem, plan, spreads=durations_spread(), samples=20_000, seed=3)

    for visit_id, count in late.items():
        known = risk.of(visit_id)
        assert known is not None
        assert known.broken == pytest.approx(count / runs, abs=0.02)


def test_the_same_seed_gives_the_same_luck_to_another_plan_of_the_day() -> None:
    problem, plan = two_visits(until=9.5)
    more = a_problem(
        [*problem.visits, a_visit("third", 5)], [a_shift(), a_shift("s2", start_location=5, end_location=5)]
    )

    alone = assess(problem, plan).of("second")
    beside = assess(more, nearest_technician_plan(more)).of("second")

    assert alone == beside


def test_a_day_of_sixty_technicians_is_played_a_thousand_times_in_a_blink() -> None:
    problem, plan = book_days(60)
    assert check(problem, plan) == ()
    assert sum(len(route.stops) for route in plan.routes) > 400
    began = process_time()

    risk = assess(problem, plan, samples=1000)

    assert process_time() - began < 3.0
    assert risk.expected_broken > 0.0


def test_another_technician_rescues_a_visit_that_would_come_too_late() -> None:
    problem, plan = two_visits(until=9.3)
    more = a_problem(list(problem.visits), [*problem.shifts, a_shift("s2")])

    rescues = cheapest_rescue(more, plan, "second", spreads=durations_spread())

    assert [rescue.kind for rescue in rescues] == ["earlier", "technician"]
    best = rescues[1]
    assert best.shift_id == "s2"
    assert best.extra_cost_cents > rescues[0].extra_cost_cents
    assert best.risk_before > rescues[0].risk_after > 0.1
    assert best.risk_after == 0.0
    assert check(best.problem, best.plan) == ()
    assert best.told_visit_ids == ()


def test_nothing_is_offered_that_makes_the_day_worse() -> None:
    problem, plan = two_visits(until=9.3)

    for rescue in cheapest_rescue(problem, plan, "second", spreads=durations_spread()):
        assert rescue.risk_after < rescue.risk_before
        assert rescue.expected_broken_after <= rescue.expected_broken_before
        assert check(rescue.problem, rescue.plan) == ()


def test_measured_quantiles_are_drawn_as_they_were_measured() -> None:
    problem, plan = two_visits(until=9.5)
    half = Spreads(duration=Spread(quantiles=((0.0, 1.0), (0.5, 1.0), (0.501, 2.0), (1.0, 2.0))), travel=Spread())

    risk = assess(problem, plan, spreads=half, samples=20_000).of("second")

    assert risk is not None
    assert risk.broken == pytest.approx(0.5, abs=0.02)
    assert np.isclose(risk.late_seconds - risk.early_seconds, HOUR)
