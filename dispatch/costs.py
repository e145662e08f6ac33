"""What a plan costs and how it scores: one function per cost, listed in the table below (D4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import inf

from dispatch.facts import Facts, needed_breaks
from dispatch.plan import Plan, Route, Score, UnplacedVisit
from dispatch.problem import ObjectiveKind, Problem, Shift, Visit
from dispatch.roads import EPSILON_SECONDS
from dispatch.rules import surplus_levels

MINUTE_SECONDS = 60.0
RETIMED_SECONDS = 900.0
"""A person told another start than this much earlier or later has been told something new."""
CITY_COST_PER_PRIORITY = 10.0
CITY_OVERTIME_FACTOR = 2.0


def travel_seconds(route: Route) -> float:
    """Seconds at the wheel, the way home included."""
    to_points = sum(pick_up.travel_seconds for pick_up in route.pick_ups)
    return sum(stop.travel_seconds for stop in route.stops) + to_points + route.return_travel_seconds


def overtime_seconds(route: Route, shift: Shift) -> float:
    """Seconds after the shift's end."""
    return max(0.0, route.return_seconds - shift.until_seconds) if route.stops else 0.0


def resting_seconds(route: Route, shift: Shift) -> float:
    """Seconds of break between leaving and returning."""
    return sum(
        rest.duration_seconds
        for begin, rest in zip(route.break_starts_seconds, needed_breaks(shift), strict=False)
        if route.leave_seconds - EPSILON_SECONDS <= begin < route.return_seconds - EPSILON_SECONDS
    )


def waiting_seconds(route: Route, shift: Shift) -> float:
    """Seconds between leaving and returning that are neither driving, nor work, nor loading, nor rest."""
    away = route.return_seconds - route.leave_seconds
    loading = sum(pick_up.service_seconds for pick_up in route.pick_ups)
    return max(0.0, away - working_seconds(route) - loading - travel_seconds(route) - resting_seconds(route, shift))


def working_seconds(route: Route) -> float:
    """Seconds of service."""
    return sum(stop.end_seconds - stop.start_seconds for stop in route.stops)


def travel_cost(problem: Problem, route: Route, _shift: Shift) -> float:
    """Minutes at the wheel at their price."""
    return travel_seconds(route) / MINUTE_SECONDS * problem.prices.travel_cents_per_minute


def waiting_cost(problem: Problem, route: Route, shift: Shift) -> float:
    """Minutes of idle waiting on the road at their price."""
    return waiting_seconds(route, shift) / MINUTE_SECONDS * problem.prices.waiting_cents_per_minute


def overtime_cost(problem: Problem, route: Route, shift: Shift) -> float:
    """Minutes after the shift's end at their price."""
    return overtime_seconds(route, shift) / MINUTE_SECONDS * problem.prices.overtime_cents_per_minute


def shift_use_cost(problem: Problem, _route: Route, _shift: Shift) -> float:
    """What it costs that this shift works at all."""
    return problem.prices.shift_use_cents


def fairness_cost(problem: Problem, route: Route, shift: Shift) -> float:
    """Minutes of work beyond the shift's target at their price (D3).

    As long as the same work is placed, what some do beyond their targets is what others do below theirs, give or take
    a constant: pricing one side shares the load as pricing both would.
    """
    if shift.target_work_seconds is None:
        return 0.0
    beyond = max(0.0, working_seconds(route) - shift.target_work_seconds)
    return beyond / MINUTE_SECONDS * problem.prices.unfair_cents_per_minute


ROUTE_COSTS: Sequence[Callable[[Problem, Route, Shift], float]] = (
    travel_cost,
    waiting_cost,
    overtime_cost,
    shift_use_cost,
    fairness_cost,
)


def preference_cost(problem: Problem, visit: Visit, shift: Shift) -> float:
    """The price of sending somebody the customer did not ask for."""
    is_wished = not visit.preferred_technician_ids or shift.technician_id in visit.preferred_technician_ids
    return 0.0 if is_wished else problem.prices.refused_preference_cents


def over_qualification_cost(problem: Problem, visit: Visit, shift: Shift) -> float:
    """The price of keeping a better technician busy than the visit needs."""
    return surplus_levels(visit, shift) * problem.prices.over_qualified_cents


def language_cost(problem: Problem, visit: Visit, shift: Shift) -> float:
    """The price of sending somebody who does not speak the language the customer prefers (D2)."""
    is_spoken = visit.preferred_language is None or visit.preferred_language in shift.languages
    return 0.0 if is_spoken else problem.prices.other_language_cents


ASSIGNMENT_COSTS: Sequence[Callable[[Problem, Visit, Shift], float]] = (
    preference_cost,
    over_qualification_cost,
    language_cost,
)


def assignment_cost(problem: Problem, visit: Visit, shift: Shift) -> float:
    """What it costs that this technician takes this visit, wherever it is in the route."""
    return sum(price(problem, visit, shift) for price in ASSIGNMENT_COSTS)


def lateness_cost(visit: Visit, start: float) -> float:
    """Minutes after the deadline at the visit's own price."""
    if visit.deadline_seconds is None:
        return 0.0
    return max(0.0, start - visit.deadline_seconds) / MINUTE_SECONDS * visit.lateness_cents_per_minute


def is_change_told(visit: Visit, shift_id: str, start: float) -> bool:
    """Whether somebody was told another technician or another time than this."""
    if visit.current is None or not visit.current.is_told:
        return False
    return visit.current.shift_id != shift_id or abs(visit.current.start_seconds - start) > RETIMED_SECONDS


def is_helper_change(visit: Visit, shift_id: str) -> bool:
    """Whether somebody helps who was not in the crew that people were told."""
    told = visit.current
    return told is not None and told.is_told and shift_id not in {told.shift_id, *told.other_shift_ids}


def breaks_commitment(visit: Visit, start: float) -> bool:
    """Whether a start at this time breaks the visit's deadline (D1)."""
    return visit.deadline_seconds is not None and start > visit.deadline_seconds + EPSILON_SECONDS


def breaks_promise(visit: Visit, start: float) -> bool:
    """Whether a start at this time lies outside the window the customer was told (D5)."""
    window = visit.promised_window
    if window is None:
        return False
    return not window.from_seconds - EPSILON_SECONDS <= start <= window.until_seconds + EPSILON_SECONDS


def route_cost(facts: Facts, route: Route) -> float:
    """The cost of one route in the problem's objective."""
    cost = schedule_cost(facts, route)
    if facts.problem.objective is ObjectiveKind.PRODUCT and route.stops:
        shift = facts.shifts[route.shift_id]
        led = [facts.visits[stop.visit_id] for stop in route.stops if not stop.helps]
        cost += sum(assignment_cost(facts.problem, visit, shift) for visit in led)
    return cost


def schedule_cost(facts: Facts, route: Route) -> float:
    """The cost of one route but for what its assignments cost: what order and times decide."""
    if not route.stops:
        return 0.0
    problem, shift = facts.problem, facts.shifts[route.shift_id]
    if problem.objective is ObjectiveKind.TOTAL_DURATION:
        return route.return_seconds - route.leave_seconds
    if problem.objective is ObjectiveKind.TOTAL_DISTANCE:
        return sum(stop.travel_metres for stop in route.stops) + route.return_metres
    if problem.objective is ObjectiveKind.CITY_DAY:
        return (travel_seconds(route) + CITY_OVERTIME_FACTOR * overtime_seconds(route, shift)) / MINUTE_SECONDS
    cost = sum(price(problem, route, shift) for price in ROUTE_COSTS)
    for stop in route.stops:
        visit = facts.visits[stop.visit_id]
        if stop.helps:
            cost += problem.prices.change_cents_per_person_told * is_helper_change(visit, shift.id)
            continue
        cost += lateness_cost(visit, stop.start_seconds)
        if is_change_told(visit, shift.id, stop.start_seconds):
            cost += problem.prices.change_cents_per_person_told
    return cost


def _unplaced_change(visit: Visit) -> int:
    return int(visit.current is not None and visit.current.is_told)


def score_of(facts: Facts, routes: Iterable[Route], unplaced: Iterable[UnplacedVisit]) -> Score:
    """The score of these routes and what they leave out."""
    problem = facts.problem
    missing = [facts.visits[visit.visit_id] for visit in unplaced]
    kept = [route for route in routes if route.stops]
    cost = sum(route_cost(facts, route) for route in kept)
    if problem.objective is ObjectiveKind.CITY_DAY:
        cost += CITY_COST_PER_PRIORITY * sum(visit.priority for visit in missing)
        return Score(0, 0, 0, cost, 0.0)
    if problem.objective is not ObjectiveKind.PRODUCT:
        return Score(0, 0, len(missing), cost, 0.0)
    stops = [(facts.visits[stop.visit_id], route.shift_id, stop) for route in kept for stop in route.stops]
    starts = [(visit, shift_id, stop.start_seconds) for visit, shift_id, stop in stops if not stop.helps]
    changes = sum(is_change_told(*start) for start in starts) + sum(map(_unplaced_change, missing))
    changes += sum(is_helper_change(visit, shift_id) for visit, shift_id, stop in stops if stop.helps)
    return Score(
        broken_commitments=sum(breaks_commitment(visit, at) for visit, _, at in starts)
        + sum(visit.deadline_seconds is not None for visit in missing),
        broken_promises=sum(breaks_promise(visit, at) for visit, _, at in starts)
        + sum(visit.promised_window is not None for visit in missing),
        unplaced_priority=sum(visit.priority for visit in missing),
        cost_cents=cost + problem.prices.change_cents_per_person_told * sum(map(_unplaced_change, missing)),
        changes_told=float(changes),
    )


WORST = Score(10**9, 10**9, 10**9, inf, inf)


def assemble(
    facts: Facts, routes: Iterable[Route], reasons: dict[str, str], trace: dict[str, float | int | str]
) -> Plan:
    """A plan of these routes, one per shift in the problem's order; `reasons` says why a visit is missing."""
    by_shift = {route.shift_id: route for route in routes}
    ordered = tuple(by_shift[shift_id] for shift_id in facts.shifts if shift_id in by_shift)
    placed = {stop.visit_id for route in ordered for stop in route.stops}
    unplaced = tuple(
        UnplacedVisit(visit_id, reasons.get(visit_id, "no_room")) for visit_id in facts.visits if visit_id not in placed
    )
    return Plan(ordered, unplaced, score_of(facts, ordered, unplaced), trace)
