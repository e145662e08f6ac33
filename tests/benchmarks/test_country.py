"""The country the benchmark makes: the same for a seed, plausible, and solved the same by any number of workers."""

from collections import Counter

import dispatch
from benchmarks.country import area_day
from dispatch.area_task import AreaLimits, AreaTask, pack_problem, run_area_task


def test_an_area_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    first, again, other = (area_day(40, 8, seed=seed) for seed in (1, 1, 2))

    assert (first.visits, first.shifts) == (again.visits, again.shifts)
    assert first.visits != other.visits


def test_an_area_has_what_a_morning_has() -> None:
    problem = area_day(400, 80, seed=1)

    dispatch.validate(problem)
    kinds = Counter(
        (visit.promised_window is not None, visit.priority == 90, visit.current is not None) for visit in problem.visits
    )
    promised = sum(count for (is_promised, _, _), count in kinds.items() if is_promised)
    urgent = sum(count for (_, is_urgent, _), count in kinds.items() if is_urgent)
    told = sum(count for (_, _, is_told), count in kinds.items() if is_told)
    assert 160 < promised < 240
    assert 24 < urgent < 80
    assert 130 < told < 240
    assert all(visit.deadline_seconds is not None for visit in problem.visits)


def test_a_small_area_is_solved_and_checked() -> None:
    problem = area_day(10, 3, seed=3)

    plan = run_area_task(AreaTask(pack_problem(problem), None, AreaLimits(None, 100)))

    assert not dispatch.check(problem, plan)
    assert len(plan.unplaced) < 5
