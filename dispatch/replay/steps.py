"""What a technician does next, read off the route: rest, leave for the next visit, or go home."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from dispatch.plan import Route
from dispatch.problem import Break, Shift
from dispatch.replay.people import Doing, Worker

EPSILON_SECONDS = 1e-3


class Act(Enum):
    """The kinds of step."""

    REST = auto()
    LEAVE = auto()
    GO_HOME = auto()


@dataclass(frozen=True, slots=True)
class Step:
    """An act and its time; `rest` is the break taken now, or on arrival where it falls on the drive."""

    at_seconds: float
    act: Act
    visit_id: str | None = None
    rest: Break | None = None


def next_step(worker: Worker, shift: Shift, route: Route, *, now: float, home_seconds: float, early: float) -> Step:
    """The worker's next step; `shift` is his as the route was timed for, `home_seconds` the drive home from here.

    A technician leaves early enough to be at the next stop `early` seconds before it starts, and not before.
    """
    if not route.stops:
        return _without_stops(worker, shift, now, home_seconds)
    stop = route.stops[0]
    rests = [
        (begin, rest)
        for begin, rest in zip(route.break_starts_seconds, _open_rests(shift, now), strict=False)
        if begin + rest.duration_seconds <= stop.start_seconds + EPSILON_SECONDS
    ]
    leave = stop.start_seconds - stop.travel_seconds
    if rests:
        begin, rest = rests[0]
        after = sum(other.duration_seconds for _, other in rests[1:])
        if begin + rest.duration_seconds + after <= leave + EPSILON_SECONDS:
            return Step(max(now, begin), Act.REST, rest=rest)
        return Step(max(now, leave - after - rest.duration_seconds - early), Act.LEAVE, stop.visit_id, rest)
    return Step(max(now, leave - early), Act.LEAVE, stop.visit_id)


def _without_stops(worker: Worker, shift: Shift, now: float, home_seconds: float) -> Step:
    leave = max(now, shift.until_seconds - home_seconds)
    if worker.doing is not Doing.NOT_BEGUN:
        for rest in _open_rests(shift, now):
            begin = max(now, rest.window.from_seconds)
            if begin <= min(leave, rest.window.until_seconds):
                return Step(begin, Act.REST, rest=rest)
    return Step(leave, Act.GO_HOME)


def _open_rests(shift: Shift, now: float) -> tuple[Break, ...]:
    ready = max(shift.from_seconds, now if shift.available_from_seconds is None else shift.available_from_seconds)
    return tuple(rest for rest in shift.breaks if rest.window.until_seconds >= ready)
