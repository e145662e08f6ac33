"""From tied routes to a problem of single visits for the compiled search, and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from math import inf
from random import Random

from dispatch.baseline import pinned_routes
from dispatch.carry import carry_over
from dispatch.costs import assemble
from dispatch.facts import Facts
from dispatch.plan import PickUp, Plan, Route, Stop
from dispatch.problem import Problem, Shift, Visit
from dispatch.rules import within
from dispatch.tied.day import TiedDay
from dispatch.tied.forms import CrewPlace, Errand, Picked, lead_form, member_id, narrowed
from dispatch.tied.relations import longest_seconds


def core_of(day: TiedDay, random: Random) -> tuple[Problem, Plan]:
    """The day as a problem without ties, and its routes as a plan of that.

    Crews and pick-ups are pinned. Between a visit and what follows it a moment is drawn that neither may cross, so that
    the search can move both. What follows a missing visit is left out.
    """
    bounds = _split(day, random)
    visits = [
        replace(day.form(visit, span=bounds.get(visit.id, (-inf, inf))), must_follow_ids=())
        for visit in day.problem.visits
        if visit.crew_size == 1 and (day.is_placed(visit.id) or day.span(visit) is not None)
    ]
    own = {visit.id for visit in day.problem.visits}
    visits += [visit for visit in day.facts.visits.values() if visit.id not in own]
    shifts = tuple(day.facts.shifts[shift.id] for shift in day.problem.shifts)
    problem = replace(day.facts.problem, visits=tuple(visits), shifts=shifts)
    return problem, assemble(Facts(problem), (slack.route for slack in day.slacks.values()), {}, {})


def _split(day: TiedDay, random: Random) -> dict[str, tuple[float, float]]:
    bounds: dict[str, tuple[float, float]] = {}
    for earlier_id, later_id in day.relations.pairs():
        earlier, later = day.times(earlier_id), day.times(later_id)
        first, second = day.relations.visits[earlier_id], day.relations.visits[later_id]
        if earlier is None or not day.is_free(second):
            continue
        moment = earlier[1]
        if later is not None and _may_move(day, first):
            moment = later[0] if not _may_move(day, second) else earlier[1] + random.random() * (later[0] - earlier[1])
        since, until = bounds.get(later_id, (-inf, inf))
        bounds[later_id] = max(since, moment), until
        since, until = bounds.get(earlier_id, (-inf, inf))
        bounds[earlier_id] = since, min(until, max(moment - longest_seconds(first), earlier[0]))
    return bounds


def _may_move(day: TiedDay, visit: Visit) -> bool:
    return visit.crew_size == 1 and day.is_free(visit)


def adopt(day: TiedDay, found: Plan) -> None:
    """Take over the routes of a plan of the core; visits whose order is broken come out again."""
    for route in found.routes:
        if route != day.slacks[route.shift_id].route:
            day.put(route)
    day.missing = [visit for visit in day.problem.visits if not day.is_placed(visit.id)]
    for visit_id in [visit_id for visit_id in day.picked if not day.is_placed(visit_id)]:
        del day.picked[visit_id]
    day.refresh([visit.id for visit in day.problem.visits])
    day.take_out(_broken(day))


def _broken(day: TiedDay) -> list[Visit]:
    """What starts before the end of a visit it has to follow, or is no longer where its pick-up is."""
    broken = [
        day.relations.visits[visit_id]
        for visit_id, picked in day.picked.items()
        if day.where.get(visit_id) != day.errands[picked[0].errand_id].shift_id
    ]
    for later_id in day.relations.before:
        visit, at = day.relations.visits[later_id], day.times(later_id)
        if at is None:
            continue
        ends = [day.times(earlier_id) for earlier_id in visit.must_follow_ids]
        if any(end is None or end[1] > at[0] + 1e-6 for end in ends):
            broken.append(visit)
    return broken


def carry_tied(problem: Problem, plan: Plan) -> TiedDay:
    """An earlier plan in the problem as it is now: crews, pick-ups and the rest as far as they still fit."""
    day = TiedDay(problem)
    names: dict[tuple[str, str], str] = {}
    for visit in problem.visits:
        place = _crew_place(day, visit, plan)
        if place is not None and _try_crew(day, visit, place):
            names.update({(visit.id, shift_id): member_id(visit.id, n) for n, shift_id in enumerate(place.shift_ids)})
    routes = [_core_route(day, route, names) for route in plan.routes if route.shift_id in day.slacks]
    day.refresh([visit.id for visit in problem.visits])
    core = Plan(tuple(routes), (), plan.score)
    adopt(day, carry_over(_facts_as_planned(day, plan), core))
    return day


def _facts_as_planned(day: TiedDay, plan: Plan) -> Facts:
    """The day's visits with their supplies, and none before the end of what it follows in the earlier plan."""
    facts = day.facts.copy()
    stops = {stop.visit_id: stop for route in plan.routes for stop in route.stops}
    for visit_id, picked in day.picked.items():
        shift_id = day.errands[picked[0].errand_id].shift_id
        facts.learn(day.supplied(day.relations.visits[visit_id], shift_id))
    for later_id, earlier_ids in day.relations.before.items():
        ends = [stops[earlier_id].end_seconds for earlier_id in earlier_ids if earlier_id in stops]
        if later_id in stops and later_id in facts.visits and ends and day.is_free(day.relations.visits[later_id]):
            since = min(max(ends), stops[later_id].start_seconds)
            facts.learn(narrowed(facts.visits[later_id], since, inf))
    return facts


def _crew_place(day: TiedDay, visit: Visit, plan: Plan) -> CrewPlace | None:
    """The crew an earlier plan has for the visit, pinned crews aside, if it may still be this one."""
    if visit.crew_size == 1:
        return None
    if visit.id in day.crews:
        return day.crews[visit.id]
    stops = [(stop.helps, route.shift_id, stop) for route in plan.routes for stop in route.stops]
    crew = sorted((item for item in stops if item[2].visit_id == visit.id), key=lambda item: item[:2])
    shift_ids = tuple(shift_id for _, shift_id, _ in crew)
    shifts = [day.real.shifts[shift_id] for shift_id in shift_ids if shift_id in day.real.shifts]
    if len({shift.technician_id for shift in shifts}) != visit.crew_size or len(shift_ids) != visit.crew_size:
        return None
    start = crew[0][2].start_seconds
    forms = [lead_form(visit), *(day.real.as_helper(visit, shift) for shift in shifts[1:])]
    may = all(day.real.may_serve(form, shift) for form, shift in zip(forms, shifts, strict=True))
    if not may or not any(within(tier.windows, start) for tier in day.real.tiers(visit)):
        return None
    return CrewPlace(start, shift_ids)


def _try_crew(day: TiedDay, visit: Visit, place: CrewPlace) -> bool:
    """Pin the crew where it stands unless that conflicts with what is pinned already."""
    if visit.id in day.crews:
        return True
    before = day.copy()
    day.set_crew(visit, place)
    return _keep_if_possible(day, before)


def _keep_if_possible(day: TiedDay, before: TiedDay) -> bool:
    routes = pinned_routes(day.facts)
    if len(routes) < len(before.slacks):
        day.become(before)
        return False
    for route, _ in routes.values():
        if route != day.slacks[route.shift_id].route:
            day.put(route)
    return True


def _core_route(day: TiedDay, route: Route, names: Mapping[tuple[str, str], str]) -> Route:
    """A route of the plan in the terms of the core; pick-ups of whose goods somebody is left to use are pinned."""
    errands = _carry_errands(day, route)
    stops: list[Stop] = []
    for index, stop in enumerate(route.stops):
        for number, pick_up in enumerate(route.pick_ups):
            if pick_up.position == index and number in errands:
                begins = errands[number].start_seconds
                end = errands[number].end_seconds
                stops.append(Stop(errands[number].id, pick_up.arrive_seconds, begins, end, 0.0, 0.0))
        stops.append(replace(stop, visit_id=names.get((stop.visit_id, route.shift_id), stop.visit_id), helps=False))
    return replace(route, stops=tuple(stops), pick_ups=())


def _carry_errands(day: TiedDay, route: Route) -> dict[int, Errand]:
    """The pick-ups of a route that can be kept, by their number, and who gets what from them."""
    points = {point.id: point for point in day.problem.pick_up_points}
    shift = day.real.shifts[route.shift_id]
    pools = {
        number: (set(pick_up.tools), Counter(pick_up.parts))
        for number, pick_up in enumerate(route.pick_ups)
        if pick_up.pick_up_point_id in points
    }
    shares = _share_out(day, shift, route, pools)
    errands: dict[int, Errand] = {}
    for number in pools:
        pick_up: PickUp = route.pick_ups[number]
        users = {visit_id: picks[number] for visit_id, picks in shares.items() if number in picks}
        if not users:
            continue
        begins = pick_up.leave_seconds - pick_up.service_seconds
        point = points[pick_up.pick_up_point_id]
        before = day.copy()
        errand = Errand(f"pick-up\n{day.errand_count}.0", point, shift.id, begins)
        day.set_errand(errand)
        if not _is_stocked(day, errand, users) or not _keep_if_possible(day, before):
            day.become(before)
            continue
        errands[number] = errand
        for visit_id, (tools, parts) in users.items():
            mine = Picked(errand.id, frozenset(tools), dict(parts))
            day.picked[visit_id] = (*day.picked.get(visit_id, ()), mine)
    return errands


def _is_stocked(day: TiedDay, errand: Errand, users: Mapping[str, tuple[set[str], Counter[str]]]) -> bool:
    """Whether the point still has all of it, on time."""
    point = errand.point
    wanted: Counter[str] = Counter()
    for tools, parts in users.values():
        wanted.update(parts)
        if point.tools is not None and not tools <= point.tools:
            return False
    for picked in day.picked.values():
        for one in picked:
            if day.errands[one.errand_id].point.id == point.id:
                wanted.update({part: count for part, count in one.parts.items() if part in wanted})
    for part, count in wanted.items():
        if point.parts is not None and count > point.parts.get(part, 0):
            return False
        if point.part_arrivals_seconds.get(part, -inf) > errand.start_seconds + 1e-6:
            return False
    return True


def _share_out(
    day: TiedDay, shift: Shift, route: Route, pools: dict[int, tuple[set[str], Counter[str]]]
) -> dict[str, dict[int, tuple[set[str], Counter[str]]]]:
    """Per visit and pick-up what it gets there: what is on the van goes first, then what was loaded last before it."""
    van, shares = Counter(shift.parts), {}
    for index, stop in enumerate(route.stops):
        visit = day.relations.visits.get(stop.visit_id)
        if visit is None or stop.helps:
            continue
        tools = set(visit.tools - shift.tools)
        parts = Counter({part: count - max(0, van[part]) for part, count in visit.parts.items()})
        van.subtract(visit.parts)
        mine: dict[int, tuple[set[str], Counter[str]]] = {}
        for number in sorted(pools, reverse=True):
            if route.pick_ups[number].position > index or not day.is_free(visit):
                continue
            pool_tools, pool_parts = pools[number]
            got = +(Counter(pool_parts) & +parts)
            if got or tools & pool_tools:
                mine[number] = (tools & pool_tools, got)
                pool_parts.subtract(got)
                parts, tools = parts - got, tools - pool_tools
        if mine:
            shares[visit.id] = mine
    return shares
