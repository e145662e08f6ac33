"""The score of a plan, worked out a second time for `check` (D4): from the problem and the plan alone."""

from __future__ import annotations

from itertools import pairwise

from dispatch.plan import Plan, Route, Score
from dispatch.problem import ObjectiveKind, Problem, Shift, Visit

SLACK_SECONDS = 0.001
TOLD_AGAIN_SECONDS = 15 * 60


def score_again(problem: Problem, plan: Plan) -> Score:
    """What the plan is worth in its problem's objective."""
    visits = {visit.id: visit for visit in problem.visits}
    shifts = {shift.id: shift for shift in problem.shifts}
    left_out = [visits[unplaced.visit_id] for unplaced in plan.unplaced]
    used = [(route, shifts[route.shift_id]) for route in plan.routes if route.stops]
    match problem.objective:
        case ObjectiveKind.TOTAL_DURATION:
            total = sum(route.return_seconds - route.leave_seconds for route, _ in used)
            return Score(0, 0, len(left_out), total, 0.0)
        case ObjectiveKind.TOTAL_DISTANCE:
            total = sum(_metres(problem, route, shift, visits) for route, shift in used)
            return Score(0, 0, len(left_out), total, 0.0)
        case ObjectiveKind.CITY_DAY:
            minutes = sum(_wheel(route) + 2.0 * _late_home(route, shift) for route, shift in used) / 60.0
            return Score(0, 0, 0, minutes + sum(10.0 * visit.priority for visit in left_out), 0.0)
        case ObjectiveKind.PRODUCT:
            return _product_score(problem, used, left_out, visits)


def _product_score(
    problem: Problem, used: list[tuple[Route, Shift]], left_out: list[Visit], visits: dict[str, Visit]
) -> Score:
    late = sum(visit.deadline_seconds is not None for visit in left_out)
    outside = sum(visit.promised_window is not None for visit in left_out)
    changed = sum(visit.current is not None and visit.current.is_told for visit in left_out)
    cost = 0.0
    for route, shift in used:
        cost += _hours_cost(problem, route, shift)
        for stop in route.stops:
            visit = visits[stop.visit_id]
            if stop.helps:
                changed += _is_new_helper(visit, shift)
                continue
            cost += _who_cost(problem, visit, shift)
            if visit.deadline_seconds is not None and stop.start_seconds > visit.deadline_seconds:
                cost += (stop.start_seconds - visit.deadline_seconds) / 60.0 * visit.lateness_cents_per_minute
                late += stop.start_seconds > visit.deadline_seconds + SLACK_SECONDS
            window = visit.promised_window
            if window is not None:
                early = stop.start_seconds < window.from_seconds - SLACK_SECONDS
                outside += early or stop.start_seconds > window.until_seconds + SLACK_SECONDS
            changed += _has_changed(visit, shift, stop.start_seconds)
    cost += changed * problem.prices.change_cents_per_person_told
    return Score(int(late), int(outside), sum(visit.priority for visit in left_out), cost, float(changed))


def _has_changed(visit: Visit, shift: Shift, start: float) -> bool:
    if visit.current is None or not visit.current.is_told:
        return False
    return visit.current.shift_id != shift.id or abs(start - visit.current.start_seconds) > TOLD_AGAIN_SECONDS


def _is_new_helper(visit: Visit, shift: Shift) -> bool:
    if visit.current is None or not visit.current.is_told:
        return False
    return shift.id != visit.current.shift_id and shift.id not in visit.current.other_shift_ids


def _hours_cost(problem: Problem, route: Route, shift: Shift) -> float:
    prices = problem.prices
    working = sum(stop.end_seconds - stop.start_seconds for stop in route.stops)
    begins = max(shift.from_seconds, shift.available_from_seconds or shift.from_seconds)
    due = sorted(
        (rest for rest in shift.breaks if rest.window.until_seconds >= begins),
        key=lambda rest: (rest.window.from_seconds, rest.window.until_seconds),
    )
    resting = sum(
        rest.duration_seconds
        for at, rest in zip(route.break_starts_seconds, due, strict=False)
        if route.leave_seconds - SLACK_SECONDS <= at < route.return_seconds - SLACK_SECONDS
    )
    wheel, due_work = _wheel(route), shift.target_work_seconds
    loading = sum(pick_up.service_seconds for pick_up in route.pick_ups)
    idle = max(0.0, route.return_seconds - route.leave_seconds - working - wheel - resting - loading)
    return (
        wheel / 60.0 * prices.travel_cents_per_minute
        + idle / 60.0 * prices.waiting_cents_per_minute
        + _late_home(route, shift) / 60.0 * prices.overtime_cents_per_minute
        + prices.shift_use_cents
        + (0.0 if due_work is None else max(0.0, working - due_work) / 60.0 * prices.unfair_cents_per_minute)
    )


def _who_cost(problem: Problem, visit: Visit, shift: Shift) -> float:
    cost = 0.0
    if visit.preferred_technician_ids and shift.technician_id not in visit.preferred_technician_ids:
        cost += problem.prices.refused_preference_cents
    if visit.preferred_language is not None and visit.preferred_language not in shift.languages:
        cost += problem.prices.other_language_cents
    for skill, level in visit.skills.items():
        if skill in shift.skills:
            cost += (shift.skills[skill] - level) * problem.prices.over_qualified_cents
    return cost


def _wheel(route: Route) -> float:
    to_points = sum(pick_up.travel_seconds for pick_up in route.pick_ups)
    return route.return_travel_seconds + to_points + sum(stop.travel_seconds for stop in route.stops)


def _late_home(route: Route, shift: Shift) -> float:
    return max(0.0, route.return_seconds - shift.until_seconds)


def _metres(problem: Problem, route: Route, shift: Shift, visits: dict[str, Visit]) -> float:
    places = [shift.start_location, *(visits[stop.visit_id].location for stop in route.stops)]
    if shift.end_location is not None:
        places.append(shift.end_location)
    return sum(float(problem.travel.metres[a, b]) for a, b in pairwise(places))
