"""Many runs: means with their intervals, fair differences, in parallel, stopped when enough is known or asked to."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from math import inf
from multiprocessing import get_context

import pytest
from hypothesis import given, strategies as st

from dispatch.replay import NAMES, NothingToReplay, Precision, Scenario, estimate, estimate_difference, replay
from dispatch.replay.figures import BETTER
from dispatch.replay.intervals import t_quantile, t_within
from dispatch.risk.spreads import Spread, Spreads
from tests.dispatch.replay.days import a_day, a_demand, a_random_day, a_request, a_worker, next_day

LOOSE = Spreads(duration=Spread(log_sigma=0.6), travel=Spread(log_sigma=0.3))


def a_loose_day(**more: object) -> Scenario:
    """Four calls and one technician; nothing takes as long as planned."""
    calls = [a_request(f"c{number}", f"{7 + number}:00", number + 1) for number in range(4)]
    return a_day(calls, [a_worker()], spreads=LOOSE, **more)


@pytest.mark.parametrize(
    ("degrees", "published"),
    [(1, 12.706), (2, 4.303), (3, 3.182), (4, 2.776), (5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980)],
)
def test_the_quantiles_of_student_are_those_of_the_tables(degrees: int, published: float) -> None:
    assert t_quantile(0.95, degrees) == pytest.approx(published, abs=6e-4)


@given(bound=st.floats(0, 50), degrees=st.integers(1, 60))
def test_a_wider_bound_is_never_less_likely(bound: float, degrees: int) -> None:
    assert 0.0 <= t_within(bound, degrees) <= t_within(bound + 0.5, degrees) + 1e-12 <= 1.0 + 2e-12


def test_an_estimate_is_what_one_works_out_by_hand() -> None:
    found = estimate([1.0, 2.0, 3.0, 4.0])

    # Standard deviation 1.291, so 3.182 × 1.291 / 2.
    assert found.mean == 2.5
    assert found.half_width == pytest.approx(2.054, abs=1e-3)
    assert (found.low, found.high) == pytest.approx((0.446, 4.554), abs=1e-3)
    assert found.is_clear
    assert estimate([7.0]).half_width == inf
    assert not estimate([7.0]).is_clear


def test_a_mean_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no runs"):
        estimate([])


def test_a_difference_is_taken_run_by_run() -> None:
    found = estimate_difference([10.0, 20.0, 30.0], [11.0, 21.0, 31.0])

    assert (found.mean, found.half_width) == (1.0, 0.0)


def test_the_same_scenario_twice_differs_by_exactly_nothing() -> None:
    day = a_loose_day()

    results = replay([day, replace(day, name="again")], runs=4)

    assert {(one.mean, one.half_width) for one in results.differences().values()} == {(0.0, 0.0)}
    assert len(set(results.replayed[0].values("late_minutes"))) > 1


def test_every_figure_says_which_way_is_better() -> None:
    assert set(BETTER) == set(NAMES)


@pytest.fixture(params=["none", "one thread", "two threads"])
def workers(request: pytest.FixtureRequest) -> Iterator[Executor | None]:
    if request.param == "none":
        yield None
    else:
        with ThreadPoolExecutor(1 if request.param == "one thread" else 2) as pool:
            yield pool


def test_figures_depend_on_the_seed_and_not_on_the_workers(workers: Executor | None) -> None:
    day = a_loose_day()

    results = replay([day], runs=10, seed=3, executor=workers)

    assert results == replay([day], runs=10, seed=3)
    assert results.replayed[0].runs != replay([day], runs=10, seed=4).replayed[0].runs


@pytest.mark.proof
def test_figures_are_the_same_from_processes_of_their_own() -> None:
    day = a_random_day(5)

    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        results = replay([day], runs=4, executor=pool)

    assert results == replay([day], runs=4)


def test_progress_is_told_run_by_run() -> None:
    heard: list[tuple[int, int]] = []

    replay([a_loose_day()], runs=3, on_progress=lambda done, of: heard.append((done, of)))

    assert heard == [(1, 3), (2, 3), (3, 3)]


def test_a_replay_that_is_cancelled_returns_the_runs_that_were_done(workers: Executor | None) -> None:
    heard: list[int] = []

    results = replay(
        [a_loose_day()],
        runs=500,
        executor=workers,
        on_progress=lambda done, _: heard.append(done),
        is_cancelled=lambda: len(heard) > 2,
    )

    assert results.is_cancelled
    assert 0 < len(results.replayed[0].runs) < 100
    whole = replay([a_loose_day()], runs=len(results.replayed[0].runs))
    assert results.replayed == whole.replayed


def test_it_stops_when_the_interval_is_narrow_enough() -> None:
    results = replay([a_loose_day()], runs=400, until=Precision("travel_minutes", 30.0))

    assert len(results.replayed[0].runs) % 8 == 0
    assert len(results.replayed[0].runs) < 400
    assert results.replayed[0].estimates()["travel_minutes"].half_width <= 30.0


def test_two_scenarios_go_on_until_their_difference_is_known() -> None:
    day = a_loose_day()

    results = replay([day, replace(day, name="again")], runs=400, until=Precision("late_minutes", 0.1))

    assert len(results.replayed[0].runs) == 8


@pytest.mark.parametrize(("scenarios", "runs"), [(0, 5), (1, 0)])
def test_nothing_to_replay_is_refused(scenarios: int, runs: int) -> None:
    with pytest.raises(NothingToReplay, match="at least one"):
        replay([a_loose_day()] * scenarios, runs=runs)


def test_a_figure_nobody_counts_cannot_end_a_replay() -> None:
    with pytest.raises(NothingToReplay, match="commitments_kept_percent"):
        Precision("happiness", 1.0)


def test_one_technician_more_breaks_no_more_on_average() -> None:
    team = [a_worker("s1"), next_day(a_worker("s1"))]
    more = [*team, a_worker("s2"), next_day(a_worker("s2"))]
    short = a_day([], team, demand=a_demand(12), spreads=LOOSE, name="one")

    results = replay([short, replace(short, shifts=tuple(more), name="two")], runs=4, seed=2)

    differences = results.differences()
    assert differences["commitments_kept_percent"].mean >= 0
    assert differences["unplaced"].mean <= 0
    assert differences["hours_to_arrival"].mean < 0
    assert differences["requests"].mean == 0
    assert results.replayed[0].estimates()["requests"].mean == pytest.approx(12, abs=4)
