"""Routes timed for their shortest duration, with an optional pick-up: what the technician benchmark asks for.

Leaving is put off as long as that only shortens waiting. Breaks and hour factors are not known here; `validate`
refuses them for this objective.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch.facts import Facts, available_from, latest_return
from dispatch.plan import PickUp, Route, Stop
from dispatch.problem import PickUpPoint, Shift, Visit
from dispatch.roads import EPSILON_SECONDS


@dataclass(frozen=True, slots=True)
class _Leg:
    place: int
    service: float
    since: float
    until: float
    seconds: float
    metres: float


def shortest_route(facts: Facts, shift: Shift, visits: Sequence[Visit], pick_up_at: int | None = None) -> Route | None:
    """The route through these visits, with a pick-up before the visit numbered `pick_up_at`; None when it cannot be."""
    point = facts.problem.pick_up_points[0] if pick_up_at is not None and facts.problem.pick_up_points else None
    if not _is_supplied(facts, shift, visits[: len(visits) if point is None else pick_up_at]):
        return None
    legs = _legs(facts, shift, visits, point, pick_up_at)
    home = shift.end_location
    base, metres = 0.0, 0.0
    if home is not None and legs:
        base, metres = (
            facts.roads.seconds(legs[-1].place, home) / shift.speed_factor,
            facts.roads.metres(legs[-1].place, home),
        )
    leave = available_from(shift)
    starts = _starts(legs, leave)
    if not legs or starts is None or starts[-1] + legs[-1].service + base > latest_return(shift) + EPSILON_SECONDS:
        return None if legs else Route(shift.id, (), leave, leave)
    leave += _late_by(legs, starts, leave, latest_return(shift) - (starts[-1] + legs[-1].service + base))
    starts = _starts(legs, leave) or starts
    return _write(shift, visits, point, pick_up_at, legs, starts, leave, base, metres)


def _is_supplied(facts: Facts, shift: Shift, visits: Sequence[Visit]) -> bool:
    """Tools and parts on the van are enough for these visits."""
    if any(not visit.tools <= shift.tools for visit in visits):
        return False
    return facts.may_hold(tuple(visits), shift)


def _legs(
    facts: Facts, shift: Shift, visits: Sequence[Visit], point: PickUpPoint | None, pick_up_at: int | None
) -> list[_Leg]:
    legs: list[_Leg] = []
    here = shift.start_location
    for index in range(len(visits) + 1):
        targets: list[tuple[int, float, float, float]] = []
        if point is not None and index == pick_up_at:
            targets.append((point.location, point.duration_seconds, float("-inf"), float("inf")))
        if index < len(visits):
            visit = visits[index]
            tiers = facts.tiers(visit)
            since, until = tiers[0].windows[0] if tiers else (1.0, 0.0)
            targets.append((visit.location, visit.duration_seconds, since, until))
        for place, service, since, until in targets:
            seconds, metres = facts.roads.seconds(here, place) / shift.speed_factor, facts.roads.metres(here, place)
            legs.append(_Leg(place, service, since, until, seconds, metres))
            here = place
    return legs


def _starts(legs: Sequence[_Leg], leave: float) -> list[float] | None:
    """The earliest starts when leaving then; None when one is too late."""
    at, starts = leave, []
    for leg in legs:
        at = max(at + leg.seconds, leg.since)
        if at > leg.until + EPSILON_SECONDS:
            return None
        starts.append(at)
        at += leg.service
    return starts


def _late_by(legs: Sequence[_Leg], starts: Sequence[float], leave: float, spare: float) -> float:
    """By how much leaving later shortens the route: at most the waiting, and no window may be missed."""
    waited, slack, at = 0.0, float("inf"), leave
    for leg, start in zip(legs, starts, strict=True):
        waited += max(0.0, start - at - leg.seconds)
        slack = min(slack, leg.until - start + waited)
        at = start + leg.service
    return max(0.0, min(waited, slack, spare + waited))


def _write(  # noqa: PLR0917 - what a route is written from
    shift: Shift,
    visits: Sequence[Visit],
    point: PickUpPoint | None,
    pick_up_at: int | None,
    legs: Sequence[_Leg],
    starts: Sequence[float],
    leave: float,
    base: float,
    metres: float,
) -> Route:
    stops: list[Stop] = []
    picked: tuple[PickUp, ...] = ()
    at = leave
    for index, (leg, start) in enumerate(zip(legs, starts, strict=True)):
        arrive = at + leg.seconds
        at = start + leg.service
        if point is not None and index == pick_up_at:
            picked = (PickUp(point.id, index, arrive, at, leg.seconds, leg.metres),)
        else:
            stops.append(Stop(visits[len(stops)].id, arrive, start, at, leg.seconds, leg.metres))
    return Route(shift.id, tuple(stops), leave, at + base, (), base, metres, picked)
