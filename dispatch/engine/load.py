"""From the problem's data to the arrays of the search, and the prices that put D4's levels into one number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from math import inf

import numpy as np

from dispatch.costs import CITY_COST_PER_PRIORITY, CITY_OVERTIME_FACTOR, MINUTE_SECONDS, assignment_cost
from dispatch.engine.model import (
    AFTER_BY,
    CAPACITY,
    CITY,
    DEMAND,
    DISTANCE,
    DURATION,
    FAR,
    FIRST_WINDOW,
    FROM,
    LENGTH,
    NOWHERE,
    PRODUCT,
    SERVICE,
    TO,
    Floats,
    Ints,
    Model,
)
from dispatch.facts import Facts, available_from, latest_return, needed_breaks
from dispatch.problem import Break, ObjectiveKind, Problem, Shift, Visit
from dispatch.roads import HOUR_SECONDS
from dispatch.rules import ANY_TIME, Tier, may_take_reserved_time, unreserved_seconds

MODES = {
    ObjectiveKind.TOTAL_DISTANCE: DISTANCE,
    ObjectiveKind.CITY_DAY: CITY,
    ObjectiveKind.PRODUCT: PRODUCT,
    ObjectiveKind.TOTAL_DURATION: DURATION,
}
NEIGHBOURS = 150
NEAR_HOMES = 8
PRIORITY_COST = 1e5
"""What a point of priority outweighs in the search, in cents; the plans found are compared exactly, level by level."""


def _clip(value: float) -> float:
    return max(-FAR, min(FAR, value))


def _level_costs(problem: Problem) -> tuple[float, float]:
    """What a broken commitment and a broken promise weigh in the search: more than all priorities together."""
    priorities = sum(visit.priority for visit in problem.visits) + 1
    promise = PRIORITY_COST * min(priorities, 5000)
    return promise * min(len(problem.visits) + 1, 50), promise


def _drop_cost(problem: Problem, visit: Visit) -> float:
    if problem.objective is ObjectiveKind.CITY_DAY:
        return CITY_COST_PER_PRIORITY * visit.priority
    if problem.objective is not ObjectiveKind.PRODUCT:
        return 1e9
    commitment, promise = _level_costs(problem)
    cost = PRIORITY_COST * (visit.priority + 1)
    cost += commitment * (visit.deadline_seconds is not None) + promise * (visit.promised_window is not None)
    if visit.current is not None and visit.current.is_told:
        cost += problem.prices.change_cents_per_person_told
    return cost


def _windows(facts: Facts, tiers: Sequence[tuple[Tier, ...]]) -> Floats:
    most_tiers = max([1, *map(len, tiers)])
    most_windows = max([1, *(len(tier.windows) for visit_tiers in tiers for tier in visit_tiers)])
    commitment, promise = _level_costs(facts.problem)
    table = np.zeros((len(tiers) + 1, most_tiers, FIRST_WINDOW + 2 * most_windows))
    table[:, :, FIRST_WINDOW::2], table[:, :, FIRST_WINDOW + 1 :: 2] = FAR, -FAR
    for index, visit_tiers in enumerate([*tiers, (Tier(ANY_TIME, 0, 0),)]):
        for row, tier in enumerate(visit_tiers):
            cost = commitment * tier.broken_commitments + promise * tier.broken_promises
            times = [_clip(time) for window in tier.windows for time in window]
            table[index, row, : FIRST_WINDOW + len(times)] = [len(tier.windows), cost, *times]
    return table


RESERVED = ""
"""The resource that visits other than repairs share: the time of a shift that is not reserved (D15)."""


def _resources(problem: Problem) -> list[str]:
    parts = _parts(problem)
    return [*parts, RESERVED] if any(shift.reserved_seconds for shift in problem.shifts) else parts


def _needed(visit: Visit, resource: str) -> float:
    if resource == RESERVED:
        return 0.0 if may_take_reserved_time(visit) else visit.duration_seconds
    return visit.parts.get(resource, 0)


def _held(shift: Shift, resource: str) -> float:
    return unreserved_seconds(shift) if resource == RESERVED else shift.parts.get(resource, 0)


def _parts(problem: Problem) -> list[str]:
    return sorted({part for visit in problem.visits for part, count in visit.parts.items() if count})


def _grades(problem: Problem) -> list[str]:
    """The grades that take another time than most for some visit."""
    held = {shift.grade for shift in problem.shifts}
    return sorted({grade for visit in problem.visits for grade in visit.duration_seconds_by_grade if grade in held})


def _bits(tools: frozenset[str], known: dict[str, int]) -> int:
    return sum(1 << known[tool] for tool in tools if tool in known)


def _visits(facts: Facts, tiers: Sequence[tuple[Tier, ...]]) -> Floats:
    problem = facts.problem
    parts = _resources(problem)
    tools, grades = _tool_numbers(problem), _grades(problem)
    numbers = {shift.id: index for index, shift in enumerate(problem.shifts)}
    rows = []
    for visit, visit_tiers in zip(problem.visits, tiers, strict=True):
        told = visit.current if visit.current is not None and visit.current.is_told else None
        rows.append([
            visit.location,
            visit.duration_seconds,
            len(visit_tiers),
            _drop_cost(problem, visit),
            _bits(visit.tools, tools),
            FAR if visit.deadline_seconds is None else visit.deadline_seconds,
            visit.lateness_cents_per_minute / MINUTE_SECONDS,
            NOWHERE if told is None else numbers.get(told.shift_id, len(numbers)),
            0.0 if told is None else told.start_seconds,
            facts.pinned_shift_id(visit) is not None,
            *(_needed(visit, part) for part in parts),
            *(visit.duration_seconds_by_grade.get(grade, visit.duration_seconds) for grade in grades),
        ])  # fmt: skip
    point = problem.pick_up_points[0] if problem.pick_up_points else None
    last = [point.location, point.duration_seconds] if point is not None else [0.0, 0.0]
    rows.append([*last, 1, 0, 0, FAR, 0, NOWHERE, 0, 0, *([0] * len(parts)), *([last[1]] * len(grades))])
    return np.array(rows, np.float64)


def _tool_numbers(problem: Problem) -> dict[str, int]:
    """A bit for each tool; beyond 50 they are only looked at by the assignment rules."""
    return {tool: index for index, tool in enumerate(sorted({t for v in problem.visits for t in v.tools})[:50])}


def _shifts(problem: Problem) -> Floats:
    parts, tools, count = _resources(problem), _tool_numbers(problem), len(problem.visits)
    kinds, unfair = _kinds(problem.shifts), problem.prices.unfair_cents_per_minute / MINUTE_SECONDS
    graded = {grade: DEMAND + len(parts) + column for column, grade in enumerate(_grades(problem))}
    rows = [
        [
            available_from(shift),
            shift.until_seconds,
            latest_return(shift),
            shift.start_location,
            NOWHERE if shift.end_location is None else shift.end_location,
            1.0 / shift.speed_factor,
            inf if shift.max_travel_seconds is None else shift.max_travel_seconds,
            count if shift.max_visits is None else shift.max_visits,
            kind,
            _bits(shift.tools, tools),
            len(needed_breaks(shift)),
            SERVICE if shift.grade is None else graded.get(shift.grade, SERVICE),
            FAR if shift.target_work_seconds is None else shift.target_work_seconds,
            unfair,
            *(_held(shift, part) for part in parts),
        ]
        for shift, kind in zip(problem.shifts, kinds, strict=True)
    ]
    return np.array(rows, np.float64).reshape(len(rows), CAPACITY + len(parts))


def _rests(facts: Facts) -> Floats:
    breaks: list[tuple[Break, ...]] = [needed_breaks(shift) for shift in facts.problem.shifts]
    table = np.zeros((len(breaks), max([0, *map(len, breaks)]) + 1, 4))
    table[:, :, AFTER_BY] = FAR
    for row, rests in enumerate(breaks):
        for taken in range(len(rests) + 1):
            table[row, taken, AFTER_BY] = _clip(facts.roads.leave_by(inf, 0.0, rests[taken:]))
        for column, rest in enumerate(rests):
            window = rest.window
            table[row, column, [FROM, TO, LENGTH]] = [window.from_seconds, window.until_seconds, rest.duration_seconds]
    return table


def _near(seconds: Floats, places: Ints) -> Ints:
    """Per visit the nearest others, by driving there and back."""
    count = len(places)
    near = min(NEIGHBOURS, max(0, count - 1))
    rows = np.full((count + 1, max(1, near)), NOWHERE, np.int64)
    for visit in range(count if near else 0):
        away = seconds[places[visit]][places] + seconds[:, places[visit]][places]
        away[visit] = inf
        chosen = np.argpartition(away, near - 1)[:near]
        rows[visit, :near] = chosen[np.lexsort((chosen, away[chosen]))]
    return rows


def _homes(problem: Problem, assign: Floats) -> Ints:
    starts = np.array([shift.start_location for shift in problem.shifts], np.int64)
    near = min(NEAR_HOMES, len(starts))
    rows = np.full((len(problem.visits) + 1, max(1, near)), NOWHERE, np.int64)
    for index, visit in enumerate(problem.visits):
        away = np.where(assign[index] < inf, problem.travel.seconds[starts, visit.location], inf)
        chosen = np.argsort(away, kind="stable")[:near]
        rows[index, :near] = np.where(away[chosen] < inf, chosen, NOWHERE)
    return rows


def _assign(facts: Facts) -> Floats:
    """What each technician costs for each visit, infinite where a rule forbids it."""
    problem = facts.problem
    cost = np.zeros((len(problem.visits) + 1, len(problem.shifts)))
    known: dict[object, Floats] = {}
    for index, visit in enumerate(problem.visits):
        key = _assignment_key(visit) if facts.pinned_shift_id(visit) is None and visit.lock is None else None
        row = known.get(key) if key is not None else None
        if row is None:
            row = np.array([_assigned(facts, visit, shift) for shift in problem.shifts], np.float64)
            if key is not None:
                known[key] = row
        cost[index] = row
    return cost


def _assigned(facts: Facts, visit: Visit, shift: Shift) -> float:
    if not facts.may_serve(visit, shift):
        return inf
    is_priced = facts.problem.objective is ObjectiveKind.PRODUCT
    return assignment_cost(facts.problem, visit, shift) if is_priced else 0.0


def _assignment_key(visit: Visit) -> object:
    """Equal for visits that the same technicians may serve at the same cost."""
    return (
        tuple(sorted(visit.skills.items())),
        visit.required_technician_ids,
        visit.preferred_technician_ids,
        visit.refused_technician_ids,
        visit.languages,
        visit.preferred_language,
        visit.territory,
        visit.tools,
        tuple(sorted(visit.parts.items())),
    )


def _kinds(shifts: Sequence[Shift]) -> list[int]:
    """Equal numbers for shifts that differ in name only."""
    numbers: dict[object, int] = {}
    return [
        numbers.setdefault(
            (
                replace(shift, id="", technician_id="", skills={}, parts={}),
                tuple(sorted(shift.skills.items())),
                tuple(sorted(shift.parts.items())),
            ).__repr__(),
            len(numbers),
        )
        for shift in shifts
    ]


def _fixed(facts: Facts) -> Floats:
    problem = facts.problem
    prices = problem.prices
    per_minute = [0.0, 0.0, 0.0]
    if problem.objective is ObjectiveKind.CITY_DAY:
        per_minute = [1.0, 0.0, CITY_OVERTIME_FACTOR]
    elif problem.objective is ObjectiveKind.PRODUCT:
        per_minute = [prices.travel_cents_per_minute, prices.waiting_cents_per_minute, prices.overtime_cents_per_minute]
    rates = [1.0 / factor for factor in problem.travel.hour_factors or (1.0,) * 24]
    done = [0.0, *accumulate(rate * HOUR_SECONDS for rate in rates)]
    matrices = (problem.travel.seconds, problem.travel.metres)
    is_symmetric = all(np.array_equal(matrix, matrix.T) for matrix in matrices)
    return np.array([
        MODES[problem.objective],
        *(price / MINUTE_SECONDS for price in per_minute),
        prices.shift_use_cents,
        prices.change_cents_per_person_told,
        bool(problem.pick_up_points),
        facts.roads.is_flat,
        problem.travel.origin_hour * HOUR_SECONDS,
        *rates,
        *done,
        is_symmetric,
    ])  # fmt: skip


def load(facts: Facts) -> Model:
    """The tables of a problem that has passed `validate`."""
    problem = facts.problem
    tiers = [facts.tiers(visit) for visit in problem.visits]
    places = np.array([visit.location for visit in problem.visits], np.int64)
    assign = _assign(facts)
    return Model(
        fixed=_fixed(facts),
        seconds=np.ascontiguousarray(problem.travel.seconds, np.float64),
        metres=np.ascontiguousarray(problem.travel.metres, np.float64),
        visits=_visits(facts, tiers),
        windows=_windows(facts, tiers),
        shifts=_shifts(problem),
        rests=_rests(facts),
        assign=assign,
        near=_near(problem.travel.seconds, places),
        homes=_homes(problem, assign),
    )


def longest_route(problem: Problem) -> int:
    """The most stops any route can have: by time when every visit takes some, else all of them."""
    visits = len(problem.visits)
    shortest = min(
        (
            seconds
            for visit in problem.visits
            for seconds in (visit.duration_seconds, *visit.duration_seconds_by_grade.values())
        ),
        default=0.0,
    )
    span = max((latest_return(shift) - available_from(shift) for shift in problem.shifts), default=0.0)
    by_time = int(span / shortest) + 2 if shortest > 0 else visits
    return max(4, min(visits, by_time) + 4)
