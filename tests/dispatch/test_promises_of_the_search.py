"""What the compiled search keeps on any day: warm starts, frozen and locked visits, told people, its own seed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings, strategies as st

from dispatch import (
    Assignment,
    Limits,
    Lock,
    LockKind,
    Plan,
    Problem,
    ProblemError,
    TimeWindow,
    check,
    nearest_technician_plan,
    quote,
    replan,
    solve,
    validate,
)
from dispatch.engine.warm import warm_up
from tests.dispatch.problems import HOUR, a_random_problem, without_pinning

LIMITS = Limits(seconds=None, iterations=150, threads=1)
FEW = settings(max_examples=8, deadline=None)
MANY = settings(max_examples=60, deadline=None)
SEEDS = st.integers(0, 10**6)
TOLERANCE_SECONDS = 0.01


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    warm_up()


def a_day(seed: int, *, factors: bool = False) -> Problem | None:
    """More visits than the plain search takes; None when the draw contradicts itself."""
    problem = a_random_problem(seed, visits=18, shifts=4, factors=factors)
    try:
        validate(problem)
    except ProblemError:
        return None
    return problem


def places(plan: Plan) -> dict[str, tuple[str, float]]:
    return {stop.visit_id: (route.shift_id, stop.start_seconds) for route in plan.routes for stop in route.stops}


def told(problem: Problem, plan: Plan) -> Problem:
    """The problem after everybody was told the plan, nobody locked and nothing frozen."""
    where = places(plan)
    visits = tuple(
        replace(visit, current=Assignment(*where[visit.id], is_told=True) if visit.id in where else None, lock=None)
        for visit in problem.visits
    )
    return replace(problem, visits=visits, freeze_until_seconds=None)


def stays(visit_id: str, before: Plan, after: Plan) -> bool:
    """Whether a visit has kept shift and start."""
    (shift_id, start), (other_id, other) = places(before)[visit_id], places(after).get(visit_id, ("", 0.0))
    return shift_id == other_id and abs(start - other) <= TOLERANCE_SECONDS


def keep_a_warm_start(seed: int, *, factors: bool) -> None:
    problem = a_day(seed, factors=factors)
    if problem is None:
        return
    earlier = solve(problem, limits=replace(LIMITS, seed=7))

    later = solve(problem, limits=replace(LIMITS, iterations=20, seed=8), warm_start=earlier)

    assert check(problem, later) == ()
    assert later.score <= earlier.score <= nearest_technician_plan(problem).score


def keep_what_is_frozen(seed: int) -> None:
    problem = a_day(seed)
    if problem is None:
        return
    before = solve(without_pinning(problem), limits=LIMITS)
    frozen = replace(told(problem, before), freeze_until_seconds=10.5 * HOUR)
    try:
        validate(frozen)
    except ProblemError:
        return

    after = solve(frozen, limits=replace(LIMITS, seed=99))

    assert check(frozen, after) == ()
    for visit_id, (_, start) in places(before).items():
        assert start >= 10.5 * HOUR or stays(visit_id, before, after)


def keep_locks(seed: int) -> None:
    """Each kind of lock keeps what it says."""
    problem = a_day(seed)
    if problem is None:
        return
    before = solve(without_pinning(problem), limits=LIMITS)
    kinds = [LockKind.TECHNICIAN, LockKind.TIME, LockKind.BOTH, LockKind.TIME_RANGE]
    visits = []
    for number, visit in enumerate(told(problem, before).visits):
        at = None if visit.current is None else visit.current.start_seconds
        span = TimeWindow(at - 60.0, at + 60.0) if at is not None else None
        visits.append(visit if at is None else replace(visit, lock=Lock(kinds[number % 4], span)))
    locked = replace(problem, visits=tuple(visits), freeze_until_seconds=None)

    after = solve(locked, limits=replace(LIMITS, seed=5))

    assert check(locked, after) == ()
    technicians = {shift.id: shift.technician_id for shift in problem.shifts}
    for visit in locked.visits:
        if visit.lock is None or visit.current is None or visit.id not in places(after):
            assert visit.lock is None or visit.lock.kind is not LockKind.BOTH
            continue
        shift_id, start = places(after)[visit.id]
        if visit.lock.kind in {LockKind.TECHNICIAN, LockKind.BOTH}:
            assert technicians[shift_id] == technicians[visit.current.shift_id]
        if visit.lock.kind in {LockKind.TIME, LockKind.BOTH}:
            assert abs(start - visit.current.start_seconds) <= TOLERANCE_SECONDS
        if visit.lock.kind is LockKind.TIME_RANGE:
            assert abs(start - visit.current.start_seconds) <= 60.0 + TOLERANCE_SECONDS


def a_kept_day(seed: int) -> tuple[Problem, Plan] | None:
    """A day whose plan serves everybody in time, and everybody has been told."""
    problem = a_day(seed)
    if problem is None:
        return None
    free = without_pinning(replace(problem, freeze_until_seconds=None))
    where = places(solve(free, limits=LIMITS))
    kept = (
        replace(visit, deadline_seconds=None, promised_window=None) for visit in free.visits if visit.id in where
    )  # fmt: skip
    served = replace(free, visits=tuple(kept))
    plan = solve(served, limits=LIMITS, warm_start=solve(free, limits=LIMITS))
    visits = []
    for visit in served.visits:
        if visit.id in places(plan):
            start = places(plan)[visit.id][1]
            visits.append(
                replace(visit, promised_window=TimeWindow(start - HOUR, start + HOUR), deadline_seconds=start)
            )
    promised = told(replace(served, visits=tuple(visits)), plan)
    return promised, replan(promised, plan, limits=LIMITS)


def keep_told_people(seed: int, place: int) -> None:
    """One visit more that fits somewhere, or one fewer: everybody told keeps technician and promised window."""
    found = a_kept_day(seed)
    if found is None:
        return
    problem, plan = found
    assert (plan.unplaced, plan.score.broken_commitments, plan.score.changes_told) == ((), 0, 0)
    nothing = {"promised_window": None, "deadline_seconds": None, "current": None, "time_windows": ()}
    more = replace(problem.visits[0], id="more", location=place, duration_seconds=600.0, **nothing)  # type: ignore[arg-type]
    changed = [replace(problem, visits=problem.visits[1:])]
    if quote(problem, plan, more, [TimeWindow(0.0, 24 * HOUR)]):
        changed.append(replace(problem, visits=(*problem.visits, more)))
    for new in changed:
        after = replan(new, plan, limits=LIMITS)
        assert check(new, after) == ()
        assert after.unplaced == ()
        assert (after.score.broken_commitments, after.score.broken_promises) == (0, 0)
        shifts = {visit_id: shift_id for visit_id, (shift_id, _) in places(after).items()}
        known = [visit for visit in new.visits if visit.current is not None]
        assert all(shifts[visit.id] == visit.current.shift_id for visit in known if visit.current is not None)


def be_the_same_again(seed: int, *, factors: bool, threads: int) -> None:
    problem = a_day(seed, factors=factors)
    if problem is None:
        return
    limits = replace(LIMITS, seed=seed % 97, threads=threads)

    assert solve(problem, limits=limits).routes == solve(problem, limits=limits).routes


@given(seed=SEEDS, factors=st.booleans())
@FEW
def test_a_longer_search_is_never_worse_than_where_it_starts(seed: int, factors: bool) -> None:  # noqa: FBT001
    keep_a_warm_start(seed, factors=factors)


@given(seed=SEEDS)
@FEW
def test_what_is_frozen_stays_in_the_compiled_search(seed: int) -> None:
    keep_what_is_frozen(seed)


@given(seed=SEEDS)
@FEW
def test_each_kind_of_lock_keeps_what_it_says(seed: int) -> None:
    keep_locks(seed)


@given(seed=SEEDS, place=st.integers(0, 17))
@FEW
def test_told_people_stay_when_the_change_has_room(seed: int, place: int) -> None:
    keep_told_people(seed, place)


@given(seed=SEEDS, factors=st.booleans(), threads=st.sampled_from([1, 2]))
@FEW
def test_a_seed_gives_its_plan_again(seed: int, factors: bool, threads: int) -> None:  # noqa: FBT001
    be_the_same_again(seed, factors=factors, threads=threads)


@pytest.mark.proof
@given(seed=SEEDS, factors=st.booleans(), place=st.integers(0, 17))
@MANY
def test_the_search_keeps_all_of_it_on_many_days(seed: int, factors: bool, place: int) -> None:  # noqa: FBT001
    keep_a_warm_start(seed, factors=factors)
    keep_what_is_frozen(seed)
    keep_locks(seed)
    keep_told_people(seed, place)
    be_the_same_again(seed, factors=factors, threads=2)
