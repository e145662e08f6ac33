"""Whether a problem makes sense at all: one clear error naming who and which field, before anything is planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from math import isfinite, isnan

import numpy as np

from dispatch.facts import Entry, Facts
from dispatch.odd_numbers import find_odd_number
from dispatch.problem import LockKind, ObjectiveKind, PickUpPoint, Problem, Shift, TimeWindow, Travel, Visit
from dispatch.rules import hard_windows
from dispatch.timetable import build_route

HOURS = 24


class ProblemError(ValueError):
    """The problem contradicts itself or asks for what the planner cannot do; the message names who and the field."""


def _refuse(owner: str, field: str, trouble: str) -> None:
    message = f"{owner}: {field}: {trouble}"
    raise ProblemError(message)


def _check_number(owner: str, field: str, value: float | None) -> None:
    if value is not None and not isfinite(value):
        _refuse(owner, field, f"{value} is not a finite number")


def _check_not_negative(owner: str, field: str, value: float) -> None:
    _check_number(owner, field, value)
    if value < 0:
        _refuse(owner, field, f"{value} is negative")


def _check_window(owner: str, field: str, window: TimeWindow) -> None:
    if isnan(window.from_seconds) or isnan(window.until_seconds) or window.from_seconds > window.until_seconds:
        _refuse(owner, field, f"the window from {window.from_seconds} until {window.until_seconds} is empty")


def _check_location(owner: str, field: str, location: int, count: int) -> None:
    if not 0 <= location < count:
        _refuse(owner, field, f"location {location} is not in the travel matrix of {count}")


def check_ids(problem: Problem) -> None:
    """No two visits, shifts or pick-up points share an id."""
    kinds: Sequence[tuple[str, Iterable[Visit] | Iterable[Shift] | Iterable[PickUpPoint]]] = (
        ("visit", problem.visits),
        ("shift", problem.shifts),
        ("pick-up point", problem.pick_up_points),
    )
    for kind, items in kinds:
        for identity, count in Counter(item.id for item in items).items():
            if count > 1:
                _refuse(f"{kind} {identity}", "id", f"used {count} times")


def check_travel(problem: Problem) -> None:
    """Matrices are square, equal in size and never negative; hour factors are 24 positive numbers or none."""
    travel: Travel = problem.travel
    for field, matrix in (("seconds", travel.seconds), ("metres", travel.metres)):
        if len(set(matrix.shape)) != 1 or matrix.ndim == 1:
            _refuse("travel", field, f"the matrix is not square but {matrix.shape}")
        if np.isnan(matrix).any():
            row, column = np.argwhere(np.isnan(matrix))[0]
            _refuse("travel", field, f"missing from {row} to {column}")
        if (matrix < 0).any():
            row, column = np.argwhere(matrix < 0)[0]
            _refuse("travel", field, f"negative from {row} to {column}: {matrix[row, column]}")
    if travel.seconds.shape != travel.metres.shape:
        _refuse("travel", "metres", f"{travel.metres.shape} does not match seconds {travel.seconds.shape}")
    if len(travel.hour_factors) not in (0, HOURS):
        _refuse("travel", "hour_factors", f"there are {len(travel.hour_factors)}, not 24 or none")
    if any(not isfinite(factor) or factor <= 0 for factor in travel.hour_factors):
        _refuse("travel", "hour_factors", "every factor has to be above zero")


def check_shift(problem: Problem, shift: Shift) -> None:
    """A shift has a start before its end, places on the map, a speed, and breaks one can take."""
    owner, count = f"shift {shift.id}", problem.travel.seconds.shape[0]
    _check_number(owner, "from_seconds", shift.from_seconds)
    _check_number(owner, "until_seconds", shift.until_seconds)
    _check_number(owner, "available_from_seconds", shift.available_from_seconds)
    if shift.until_seconds < shift.from_seconds:
        _refuse(owner, "until_seconds", "the shift ends before it starts")
    _check_location(owner, "start_location", shift.start_location, count)
    if shift.end_location is not None:
        _check_location(owner, "end_location", shift.end_location, count)
    _check_not_negative(owner, "overtime_limit_seconds", shift.overtime_limit_seconds)
    if not isfinite(shift.speed_factor) or shift.speed_factor <= 0:
        _refuse(owner, "speed_factor", f"{shift.speed_factor} is not above zero")
    for rest in shift.breaks:
        _check_not_negative(owner, "breaks", rest.duration_seconds)
        _check_window(owner, "breaks", rest.window)
    _check_not_negative(owner, "reserved_seconds", shift.reserved_seconds)
    if shift.reserved_seconds > shift.until_seconds - shift.from_seconds:
        _refuse(owner, "reserved_seconds", f"{shift.reserved_seconds} s is longer than the shift")
    if shift.target_work_seconds is not None:
        _check_not_negative(owner, "target_work_seconds", shift.target_work_seconds)
    for part, stock in shift.parts.items():
        _check_not_negative(owner, f"parts[{part}]", stock)


def check_visit(problem: Problem, visit: Visit) -> None:
    """A visit has a place, a duration and windows that are not empty, and asks only for what can be planned."""
    owner, count = f"visit {visit.id}", problem.travel.seconds.shape[0]
    _check_location(owner, "location", visit.location, count)
    _check_not_negative(owner, "duration_seconds", visit.duration_seconds)
    for grade, seconds in visit.duration_seconds_by_grade.items():
        _check_not_negative(owner, f"duration_seconds_by_grade[{grade}]", seconds)
    _check_not_negative(owner, "priority", visit.priority)
    _check_not_negative(owner, "lateness_cents_per_minute", visit.lateness_cents_per_minute)
    _check_number(owner, "release_seconds", visit.release_seconds)
    _check_number(owner, "deadline_seconds", visit.deadline_seconds)
    for window in visit.time_windows:
        _check_window(owner, "time_windows", window)
    if visit.promised_window is not None:
        _check_window(owner, "promised_window", visit.promised_window)
    for part, needed in visit.parts.items():
        _check_not_negative(owner, f"parts[{part}]", needed)
    both = visit.required_technician_ids & visit.refused_technician_ids
    if both and visit.required_technician_ids <= visit.refused_technician_ids:
        _refuse(owner, "refused_technician_ids", f"every required technician is refused: {', '.join(sorted(both))}")


def check_lock(problem: Problem, visit: Visit) -> None:
    """A lock says what it locks: a range for a time range, a standing assignment on a known shift for the others."""
    if visit.lock is None:
        return
    owner = f"visit {visit.id}"
    if visit.lock.kind is LockKind.TIME_RANGE:
        if visit.lock.range is None:
            _refuse(owner, "lock", "a time range lock without a range")
        else:
            _check_window(owner, "lock", visit.lock.range)
    elif visit.current is None:
        _refuse(owner, "lock", f"a {visit.lock.kind} lock without a current assignment")
    elif visit.lock.kind is not LockKind.TIME and all(s.id != visit.current.shift_id for s in problem.shifts):
        _refuse(owner, "lock", f"locked to shift {visit.current.shift_id}, which is not in the problem")
    if not hard_windows(replace(problem, freeze_until_seconds=None), visit):
        _refuse(owner, "lock", "the locked range lies outside the visit's windows")


def check_pick_up_point(problem: Problem, point: PickUpPoint) -> None:
    """A pick-up point is on the map, takes no negative time and stocks no negative numbers."""
    owner = f"pick-up point {point.id}"
    _check_location(owner, "location", point.location, problem.travel.seconds.shape[0])
    _check_not_negative(owner, "duration_seconds", point.duration_seconds)
    for part, count in (point.parts or {}).items():
        _check_not_negative(owner, f"parts[{part}]", count)
    for part, at in point.part_arrivals_seconds.items():
        _check_number(owner, f"part_arrivals_seconds[{part}]", at)
        if point.parts is not None and part not in point.parts:
            _refuse(owner, f"part_arrivals_seconds[{part}]", "the point does not stock this part")


def check_crew(problem: Problem, visit: Visit) -> None:
    """A crew has at least one member; what is known of it names as many different technicians as it has."""
    owner, current = f"visit {visit.id}", visit.current
    if visit.crew_size < 1:
        _refuse(owner, "crew_size", f"{visit.crew_size} technicians")
    if visit.crew_size > 1 and visit.duration_seconds_by_grade:
        _refuse(owner, "duration_seconds_by_grade", "a crew takes duration_seconds, whoever is in it")
    if current is None:
        return
    if current.other_shift_ids and len(current.other_shift_ids) != visit.crew_size - 1:
        _refuse(owner, "current", f"{len(current.other_shift_ids)} helpers in a crew of {visit.crew_size}")
    known = {shift.id: shift.technician_id for shift in problem.shifts}
    members = [shift_id for shift_id in (current.shift_id, *current.other_shift_ids) if shift_id in known]
    technicians = [known[shift_id] for shift_id in members]
    if len(set(technicians)) != len(technicians):
        _refuse(owner, "current", f"one technician twice in a crew: {', '.join(technicians)}")
    is_held = visit.lock is not None and visit.lock.kind in {LockKind.BOTH, LockKind.TECHNICIAN}
    if is_held and len(members) != visit.crew_size:
        _refuse(owner, "lock", f"the locked crew has {len(members)} of {visit.crew_size} members in the problem")


def check_order(problem: Problem) -> None:
    """Visits follow visits of the problem, and never in a circle."""
    visits = {visit.id: visit for visit in problem.visits}
    for visit in problem.visits:
        for earlier_id in visit.must_follow_ids:
            if earlier_id not in visits:
                _refuse(f"visit {visit.id}", "must_follow_ids", f"there is no visit {earlier_id}")
    ways = {visit.id: visit.must_follow_ids for visit in problem.visits if visit.must_follow_ids}
    try:
        tuple(TopologicalSorter(ways).static_order())
    except CycleError as error:
        circle = error.args[1]
        _refuse(f"visit {circle[0]}", "must_follow_ids", f"a circle: {' after '.join(reversed(circle))}")


def check_pinned_visits(problem: Problem) -> None:
    """The visits that may not move can all be served as they stand; otherwise the two in each other's way are named."""
    facts = Facts(problem)
    pinned: dict[str, list[Entry]] = {}
    for visit in problem.visits:
        for shift_id, member in facts.pinned_members(visit):
            pinned.setdefault(shift_id, []).append(Entry(member, facts.tiers(visit)[0].windows))
    for shift_id, entries in pinned.items():
        entries.sort(key=lambda entry: (entry.windows[0][0], entry.visit.duration_seconds, entry.visit.id))
        if build_route(facts, facts.shifts[shift_id], entries) is None:
            _name_the_two(facts, shift_id, entries)


def _name_the_two(facts: Facts, shift_id: str, entries: Sequence[Entry]) -> None:
    shift = facts.shifts[shift_id]
    for entry in entries:
        if build_route(facts, shift, [entry]) is None:
            _refuse(f"visit {entry.visit.id}", "lock", f"shift {shift_id} cannot start it at {entry.windows[0][0]}")
    for first, second in pairwise(entries):
        if build_route(facts, shift, [first, second]) is None:
            _refuse(
                f"visits {first.visit.id} and {second.visit.id}",
                "lock",
                f"both are pinned to shift {shift_id} and it cannot serve both",
            )
    _refuse(f"shift {shift_id}", "lock", "it cannot serve all the visits pinned to it")


def check_objective(problem: Problem) -> None:
    """The total duration knows no breaks, hour factors, crews or split windows; the cities' days no pick-up points."""
    is_duration = problem.objective is ObjectiveKind.TOTAL_DURATION
    if is_duration:
        _check_total_duration(problem)
    elif problem.objective is not ObjectiveKind.PRODUCT and problem.pick_up_points:
        _refuse("problem", "pick_up_points", f"not possible with the objective {problem.objective}")


def _check_total_duration(problem: Problem) -> None:
    for point in problem.pick_up_points:
        if len(problem.pick_up_points) > 1 or point.tools is not None or point.parts is not None:
            _refuse(f"pick-up point {point.id}", "parts", "total_duration takes one point, stocking everything")
    if problem.travel.hour_factors:
        _refuse("travel", "hour_factors", "not possible with the objective total_duration")
    for shift in problem.shifts:
        if shift.breaks or shift.end_location is None or shift.overtime_limit_seconds:
            _refuse(f"shift {shift.id}", "breaks", "total_duration needs an end, no breaks and no overtime")
        if shift.reserved_seconds:
            _refuse(f"shift {shift.id}", "reserved_seconds", "not possible with the objective total_duration")
    for visit in problem.visits:
        _check_visit_by_duration(visit)


def _check_visit_by_duration(visit: Visit) -> None:
    if len(visit.time_windows) > 1:
        _refuse(f"visit {visit.id}", "time_windows", "total_duration takes one window at most")
    for field in ("duration_seconds_by_grade", "must_follow_ids"):
        if getattr(visit, field):
            _refuse(f"visit {visit.id}", field, "not possible with the objective total_duration")
    if visit.crew_size != 1:
        _refuse(f"visit {visit.id}", "crew_size", "total_duration takes one technician per visit")


def check_numbers(problem: Problem) -> None:
    """Every number is one, and of a size that can be planned with."""
    odd = find_odd_number(problem)
    if odd is not None:
        _refuse(*odd)


PROBLEM_CHECKS: Sequence[Callable[[Problem], None]] = (
    check_ids, check_numbers, check_travel, check_objective, check_order,
)  # fmt: skip
POINT_CHECKS: Sequence[Callable[[Problem, PickUpPoint], None]] = (check_pick_up_point,)
SHIFT_CHECKS: Sequence[Callable[[Problem, Shift], None]] = (check_shift,)
VISIT_CHECKS: Sequence[Callable[[Problem, Visit], None]] = (check_visit, check_crew, check_lock)


def validate(problem: Problem) -> None:
    """Raise `ProblemError` for the first thing that is wrong with the problem."""
    for check in PROBLEM_CHECKS:
        check(problem)
    for point in problem.pick_up_points:
        for check_point in POINT_CHECKS:
            check_point(problem, point)
    for shift in problem.shifts:
        for check_one in SHIFT_CHECKS:
            check_one(problem, shift)
    for visit in problem.visits:
        for check_each in VISIT_CHECKS:
            check_each(problem, visit)
    check_pinned_visits(problem)
