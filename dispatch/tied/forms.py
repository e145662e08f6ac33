"""How tied visits look to the search for single visits: pinned crew members, pinned pick-ups, narrower windows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import inf, isfinite

from dispatch.facts import Facts, latest_return
from dispatch.problem import Assignment, Lock, LockKind, PickUpPoint, Problem, Shift, TimeWindow, Visit
from dispatch.rules import ANY_TIME, intersect


@dataclass(frozen=True, slots=True)
class CrewPlace:
    """Where a crew visit stands: its start, and the members' shifts, the lead first."""

    start_seconds: float
    shift_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Errand:
    """A stop at a pick-up point in a route; `id` is its own among the visits of the search."""

    id: str
    point: PickUpPoint
    shift_id: str
    start_seconds: float

    @property
    def end_seconds(self) -> float:
        """When everything is loaded."""
        return self.start_seconds + self.point.duration_seconds


@dataclass(frozen=True, slots=True)
class Picked:
    """What one visit gets from one errand."""

    errand_id: str
    tools: frozenset[str] = frozenset()
    parts: Mapping[str, int] = field(default_factory=dict)


def single_problem(problem: Problem) -> Problem:
    """The problem without its ties: visits for crews are left out until they have a crew.

    What a visit has to follow stays written on it, so that no route gets the order wrong.
    """
    visits = tuple(visit for visit in problem.visits if visit.crew_size == 1)
    return replace(problem, visits=visits, pick_up_points=())


def member_id(visit_id: str, number: int) -> str:
    """The id of a crew's member among the visits of the search; no visit of a file is called so."""
    return f"{visit_id}\n{number}"


def members(real: Facts, visit: Visit, place: CrewPlace) -> list[Visit]:
    """A crew visit as pinned visits for one technician each, the lead's first."""
    found = []
    for number, shift_id in enumerate(place.shift_ids):
        own = lead_form(visit) if number == 0 else real.as_helper(visit, real.shifts[shift_id])
        found.append(pinned(replace(own, id=member_id(visit.id, number)), shift_id, place.start_seconds))
    return found


def lead_form(visit: Visit) -> Visit:
    """A crew visit as its lead sees it."""
    return replace(visit, crew_size=1, must_follow_ids=())


def pinned(visit: Visit, shift_id: str, start: float) -> Visit:
    """The visit held to this shift and start."""
    return replace(visit, current=Assignment(shift_id, start), lock=Lock(LockKind.BOTH))


def errand_visit(errand_id: str, point: PickUpPoint) -> Visit:
    """A stop at a pick-up point as a visit."""
    return Visit(errand_id, point.location, point.duration_seconds)


def supplied(visit: Visit, shift: Shift, picked: Iterable[Picked], errands: Mapping[str, Errand]) -> Visit:
    """The visit with what was picked up taken off its needs, held to this shift and to after the pick-ups."""
    tools, parts, since = visit.tools, Counter(visit.parts), -inf
    for one in picked:
        tools -= one.tools
        parts.subtract(one.parts)
        since = max(since, errands[one.errand_id].end_seconds)
    needs = replace(visit, tools=tools, parts=dict(+parts), required_technician_ids=frozenset({shift.technician_id}))
    return narrowed(needs, since, latest_return(shift))


def narrowed(visit: Visit, since: float, until: float) -> Visit:
    """The visit with starts between these two only."""
    if since == -inf and until == inf:
        return visit
    windows = ANY_TIME
    if visit.time_windows:
        windows = tuple((window.from_seconds, window.until_seconds) for window in visit.time_windows)
    left = intersect(windows, ((since, until),))
    if not left:
        never = since if isfinite(since) else until
        return replace(visit, time_windows=(TimeWindow(never, never),), release_seconds=never + 1.0)
    return replace(visit, time_windows=tuple(TimeWindow(*window) for window in left))


def shift_form(shift: Shift, errands: Iterable[Errand]) -> Shift:
    """The shift with its pick-ups counted neither as visits nor as work."""
    mine = [errand for errand in errands if errand.shift_id == shift.id]
    if not mine:
        return shift
    most, target = shift.max_visits, shift.target_work_seconds
    loading = sum(errand.point.duration_seconds for errand in mine)
    return replace(
        shift,
        max_visits=None if most is None else most + len(mine),
        target_work_seconds=None if target is None else target + loading,
    )
