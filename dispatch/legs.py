"""One gap of a route as it is driven: seconds at the wheel, the arrival, and the breaks taken between two stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from dispatch.problem import Break
from dispatch.roads import EPSILON_SECONDS, Roads


@dataclass(frozen=True, slots=True)
class Leg:
    """Leaving, driving and resting up to an arrival; a break may come after the arrival, before work starts."""

    leave_seconds: float
    travel_seconds: float
    arrive_seconds: float
    break_starts_seconds: tuple[float, ...] = ()


def drive_leg(roads: Roads, leave: float, base: float, rests: Sequence[Break]) -> Leg:
    """Leave at once and take each break as early as its window lets one."""
    if not rests:
        arrive = roads.drive(leave, base)
        return Leg(leave, arrive - leave, arrive)
    starts = []
    at = leave
    for rest in rests:
        at = max(at, rest.window.from_seconds)
        starts.append(at)
        at += rest.duration_seconds
    if len(starts) == 1 and roads.is_flat and leave < starts[0] < leave + base <= rests[0].window.until_seconds:
        starts = [leave + base]  # costs nothing, and a rest at a place is better than one by the road
    return drive_past(roads, leave, base, tuple(zip(starts, rests, strict=True)))


def drive_past(roads: Roads, leave: float, base: float, kept: Sequence[tuple[float, Break]]) -> Leg:
    """Drive with the breaks at given starts; those that end before leaving are taken where one is."""
    at, left, travel = leave, base, 0.0
    for begin, rest in kept:
        if begin + rest.duration_seconds <= leave + EPSILON_SECONDS:
            continue
        possible = roads.progress(begin) - roads.progress(at)
        if possible >= left - EPSILON_SECONDS:
            break
        travel += begin - at
        left -= possible
        at = begin + rest.duration_seconds
    arrive = roads.drive(at, left)
    return Leg(leave, travel + arrive - at, arrive, tuple(begin for begin, _ in kept))


def leave_late(roads: Roads, leg: Leg, base: float, start: float, rests: Sequence[Break]) -> Leg:
    """The same leg, left as late as still lets work start at `start`; breaks that fit before are taken at home."""
    kept = tuple(zip(leg.break_starts_seconds, rests, strict=True))
    rested = max((begin + rest.duration_seconds for begin, rest in kept), default=-inf)
    leave = roads.leave_by(start, base)
    if leave >= rested - EPSILON_SECONDS:
        return drive_past(roads, max(leave, rested), base, kept)
    if len(rests) == 1 and roads.is_flat:
        begin = min(start - rests[0].duration_seconds, rests[0].window.until_seconds)
        if begin - base >= leg.leave_seconds - EPSILON_SECONDS and begin >= rests[0].window.from_seconds:
            return drive_past(roads, begin - base, base, ((begin, rests[0]),))
    ready_by, left = start, base
    for begin, rest in reversed(kept):
        possible = roads.progress(ready_by) - roads.progress(begin + rest.duration_seconds)
        if possible >= left - EPSILON_SECONDS:
            break
        left, ready_by = left - max(0.0, possible), begin
    leave = max(leg.leave_seconds, roads.leave_by(ready_by, left))
    return drive_past(roads, leave, base, kept)
