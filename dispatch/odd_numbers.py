"""Numbers no problem can be planned with: none at all, infinite, negative where that makes no sense, or too large.

What is beyond `MOST` could not be told apart to the hundredth of a second any more, and is a mistake anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from math import isfinite, isnan

from dispatch.problem import PickUpPoint, Problem, Shift, TimeWindow, Visit

MOST = 10.0**11
Odd = tuple[str, str, str]
"""Who has it, in which field, and what is wrong with it."""


def find_odd_number(problem: Problem) -> Odd | None:
    """The first number that is odd, None when all are fine."""
    return next(_odd_numbers(problem), None)


def _odd_numbers(problem: Problem) -> Iterator[Odd]:
    for price in fields(problem.prices):
        yield from _amount("prices", price.name, getattr(problem.prices, price.name))
    yield from _number("problem", "freeze_until_seconds", problem.freeze_until_seconds)
    yield from _number("travel", "origin_hour", problem.travel.origin_hour)
    for name, matrix in (("seconds", problem.travel.seconds), ("metres", problem.travel.metres)):
        largest = matrix.max(initial=0.0, where=matrix < float("inf"))
        yield from _number("travel", name, None if isnan(largest) else float(largest))
    for shift in problem.shifts:
        yield from _of_shift(shift)
    for visit in problem.visits:
        yield from _of_visit(visit)
    for point in problem.pick_up_points:
        yield from _of_point(point)


def _of_shift(shift: Shift) -> Iterator[Odd]:
    owner = f"shift {shift.id}"
    for name in ("from_seconds", "until_seconds", "available_from_seconds", "speed_factor"):
        yield from _number(owner, name, getattr(shift, name))
    for name in (
        "overtime_limit_seconds",
        "max_travel_seconds",
        "max_visits",
        "target_work_seconds",
        "reserved_seconds",
    ):
        yield from _amount(owner, name, getattr(shift, name))
    for rest in shift.breaks:
        yield from _amount(owner, "breaks", rest.duration_seconds)
        yield from _window(owner, "breaks", rest.window)
    for part, stock in shift.parts.items():
        yield from _amount(owner, f"parts[{part}]", stock)


def _of_visit(visit: Visit) -> Iterator[Odd]:
    owner = f"visit {visit.id}"
    for name in ("duration_seconds", "lateness_cents_per_minute", "priority"):
        yield from _amount(owner, name, getattr(visit, name))
    for name in ("release_seconds", "deadline_seconds"):
        yield from _number(owner, name, getattr(visit, name))
    for grade, seconds in visit.duration_seconds_by_grade.items():
        yield from _amount(owner, f"duration_seconds_by_grade[{grade}]", seconds)
    for part, needed in visit.parts.items():
        yield from _amount(owner, f"parts[{part}]", needed)
    for window in visit.time_windows:
        yield from _window(owner, "time_windows", window)
    yield from _window(owner, "promised_window", visit.promised_window)
    yield from _window(owner, "lock", None if visit.lock is None else visit.lock.range)
    yield from _number(owner, "current", None if visit.current is None else visit.current.start_seconds)


def _of_point(point: PickUpPoint) -> Iterator[Odd]:
    owner = f"pick-up point {point.id}"
    yield from _amount(owner, "duration_seconds", point.duration_seconds)
    for part, stock in (point.parts or {}).items():
        yield from _amount(owner, f"parts[{part}]", stock)
    for part, arrives in point.part_arrivals_seconds.items():
        yield from _number(owner, f"part_arrivals_seconds[{part}]", arrives)


def _number(owner: str, field: str, value: float | None) -> Iterator[Odd]:
    if value is None:
        return
    if not isfinite(value):
        yield owner, field, f"{value} is not a finite number"
    elif abs(value) > MOST:
        yield owner, field, f"{value:g} is beyond {MOST:g}"


def _amount(owner: str, field: str, value: float | None) -> Iterator[Odd]:
    yield from _number(owner, field, value)
    if value is not None and value < 0:
        yield owner, field, f"{value:g} is negative"


def _window(owner: str, field: str, window: TimeWindow | None) -> Iterator[Odd]:
    """A window may be open at either end, but not begin at the end of time nor end at its beginning."""
    if window is None:
        return
    since, until = window.from_seconds, window.until_seconds
    if isnan(since) or isnan(until) or since > until or since == float("inf") or until == float("-inf"):
        yield owner, field, f"the window from {since} until {until} is empty"
    for end in (since, until):
        yield from _number(owner, field, end if isfinite(end) else None)
