"""Whether a plan keeps the rules that tie visits to one another: crews, order, and what is picked up on the way.

Part of `dispatch.check`: nothing here is shared with the search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from dispatch.plan import PickUp, Plan, Route, Stop, Violation
from dispatch.problem import ObjectiveKind, PickUpPoint, Problem, Shift, Visit

TOLERANCE_SECONDS = 0.01

Pinned = Callable[[Problem, Visit], str | None]


def check_ties(problem: Problem, plan: Plan, pinned_to: Pinned) -> Iterator[Violation]:
    """Violations of the rules between visits; every visit is known to be there as often as its crew is large."""
    yield from _check_crews(problem, plan)
    yield from _check_order(problem, plan, pinned_to)
    if problem.objective is not ObjectiveKind.TOTAL_DURATION:
        yield from _check_points(problem, plan)
        for route in plan.routes:
            if route.pick_ups:
                yield from _check_supplies(problem, route, pinned_to)


def _check_crews(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Different technicians start and end together, and one of them leads."""
    owners = {shift.id: shift.technician_id for shift in problem.shifts}
    stops: dict[str, list[tuple[str, Stop]]] = {}
    for route in plan.routes:
        for stop in route.stops:
            stops.setdefault(stop.visit_id, []).append((route.shift_id, stop))
    for visit_id, crew in stops.items():
        starts = [stop.start_seconds for _, stop in crew]
        ends = [stop.end_seconds for _, stop in crew]
        if max(starts) - min(starts) > TOLERANCE_SECONDS or max(ends) - min(ends) > TOLERANCE_SECONDS:
            yield Violation("crew", visit_id, None, f"starts at {starts}, ends at {ends}, not together")
        technicians = [owners[shift_id] for shift_id, _ in crew]
        if len(set(technicians)) != len(crew):
            yield Violation("crew", visit_id, None, f"not different technicians: {technicians}")
        if sum(not stop.helps for _, stop in crew) != 1:
            yield Violation("crew", visit_id, None, "not exactly one technician leads")


def _check_order(problem: Problem, plan: Plan, pinned_to: Pinned) -> Iterator[Violation]:
    """A visit starts after the end of those it follows, which have to be planned."""
    times = {stop.visit_id: stop for route in plan.routes for stop in route.stops}
    for visit in problem.visits:
        stop = times.get(visit.id)
        if stop is None or pinned_to(problem, visit) is not None:
            continue
        for earlier_id in visit.must_follow_ids:
            earlier = times.get(earlier_id)
            if earlier is None:
                yield Violation("order", visit.id, None, f"has to follow {earlier_id}, which is not planned")
            elif stop.start_seconds < earlier.end_seconds - TOLERANCE_SECONDS:
                detail = f"starts at {stop.start_seconds}, {earlier_id} ends at {earlier.end_seconds}"
                yield Violation("order", visit.id, None, detail)


def _check_points(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """What is picked up is stocked there, in that number over all routes, and has arrived."""
    points = {point.id: point for point in problem.pick_up_points}
    taken: Counter[tuple[str, str]] = Counter()
    for route in plan.routes:
        for pick_up in route.pick_ups:
            point = points.get(pick_up.pick_up_point_id)
            if point is None:
                yield Violation("pick_up", None, route.shift_id, f"no pick-up point {pick_up.pick_up_point_id}")
                continue
            taken.update({(point.id, part): count for part, count in pick_up.parts.items()})
            yield from _check_pick_up(point, pick_up, route.shift_id)
    for (point_id, part), count in taken.items():
        stocked = points[point_id].parts
        if stocked is not None and count > stocked.get(part, 0):
            yield Violation("pick_up", None, None, f"{count} {part} taken at {point_id}, {stocked.get(part, 0)} there")


def _check_pick_up(point: PickUpPoint, pick_up: PickUp, shift_id: str) -> Iterator[Violation]:
    begins = pick_up.leave_seconds - pick_up.service_seconds
    if begins < pick_up.arrive_seconds - TOLERANCE_SECONDS:
        yield Violation("pick_up", None, shift_id, f"starts at {begins}, arrives at {pick_up.arrive_seconds}")
    if abs(pick_up.service_seconds - point.duration_seconds) > TOLERANCE_SECONDS:
        yield Violation("pick_up", None, shift_id, f"takes {pick_up.service_seconds} s, not {point.duration_seconds}")
    if point.tools is not None and not pick_up.tools <= point.tools:
        yield Violation("pick_up", None, shift_id, f"{point.id} has no {sorted(pick_up.tools - point.tools)}")
    for part in pick_up.parts:
        if begins < point.part_arrivals_seconds.get(part, begins) - TOLERANCE_SECONDS:
            arrives = point.part_arrivals_seconds[part]
            yield Violation("pick_up", None, shift_id, f"{part} is at {point.id} from {arrives}, fetched at {begins}")


def _check_supplies(problem: Problem, route: Route, pinned_to: Pinned) -> Iterator[Violation]:
    """Before each stop the van holds what is needed: its own, and what was loaded earlier in the route."""
    visits = {visit.id: visit for visit in problem.visits}
    shift: Shift = next(shift for shift in problem.shifts if shift.id == route.shift_id)
    tools, stock = set(shift.tools), Counter(shift.parts)
    for index, stop in enumerate(route.stops):
        for pick_up in route.pick_ups:
            if pick_up.position == index:
                tools |= pick_up.tools
                stock.update(pick_up.parts)
        visit = visits[stop.visit_id]
        if stop.helps:
            continue
        is_given = pinned_to(problem, visit) is not None
        missing = sorted(visit.tools - tools)
        if missing and not is_given:
            yield Violation("tool", visit.id, shift.id, f"missing {missing}")
        for part, count in visit.parts.items():
            if count and count > stock[part] and not is_given:
                yield Violation("part", visit.id, shift.id, f"{part}: needs {count}, has {stock[part]}")
            stock[part] = max(0, stock[part] - count)
