"""Whether a plan keeps every rule of its problem, by code that did not make it (D7).

Nothing here is shared with the search: rules, driving and score are stated again, from the problem and the plan alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import floor, isfinite

from dispatch.check_score import score_again
from dispatch.check_ties import check_ties
from dispatch.plan import Plan, Route, Score, Stop, Violation
from dispatch.problem import Assignment, Break, LockKind, ObjectiveKind, Problem, Shift, TimeWindow, Visit, VisitKind

TOLERANCE_SECONDS = 0.01
TOLERANCE_COST = 0.05
NEGLIGIBLE_SECONDS = 1e-5
DONE_SECONDS = 1e-9


def check(problem: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Every rule the plan breaks, with who, where and the numbers; empty when it keeps them all.

    Broken deadlines and promised windows are levels of the score (D4), not violations; the score itself is worked out
    again and a wrong one is a violation. Deterministic, no time limit.
    """
    found = list(_check_shape(problem, plan))
    if found:
        return tuple(found)
    visits = {visit.id: visit for visit in problem.visits}
    shifts = {shift.id: shift for shift in problem.shifts}
    for route in plan.routes:
        if route.stops:
            found.extend(_check_route(problem, shifts[route.shift_id], route, visits))
    found.extend(check_ties(problem, plan, _pinned_to))
    found.extend(_check_pinned(problem, plan, visits, shifts))
    if not found:
        found.extend(_check_score(problem, plan))
    return tuple(found)


def _check_shape(problem: Problem, plan: Plan) -> Iterator[Violation]:
    """Each visit exactly once, in a route or unplaced; each shift at most once; nothing unknown."""
    shift_ids = {shift.id for shift in problem.shifts}
    seen_shifts: set[str] = set()
    times: dict[str, int] = {visit.id: 0 for visit in problem.visits}
    for route in plan.routes:
        if route.shift_id not in shift_ids:
            yield Violation("shift_unknown", None, route.shift_id, "the problem has no such shift")
        if route.shift_id in seen_shifts:
            yield Violation("shift_twice", None, route.shift_id, "two routes for one shift")
        seen_shifts.add(route.shift_id)
    placed = [(stop.visit_id, route.shift_id) for route in plan.routes for stop in route.stops]
    for visit_id, shift_id in [*placed, *((visit.visit_id, None) for visit in plan.unplaced)]:
        if visit_id not in times:
            yield Violation("visit_unknown", visit_id, shift_id, "the problem has no such visit")
        else:
            times[visit_id] += 1
    crews = {visit.id: visit.crew_size for visit in problem.visits}
    left_out = {visit.visit_id for visit in plan.unplaced}
    for visit_id, count in times.items():
        wanted = 1 if visit_id in left_out else crews[visit_id]
        if count != wanted:
            yield Violation("visit_count", visit_id, None, f"in the plan {count} times, not {wanted}")


def _check_route(problem: Problem, shift: Shift, route: Route, visits: dict[str, Visit]) -> Iterator[Violation]:
    for index, stop in enumerate(route.stops):
        visit = visits[stop.visit_id]
        if _pinned_to(problem, visit) is None:
            if stop.helps:
                yield from _check_helper(problem, visit, shift)
            else:
                yield from _check_assignment(problem, visit, shift)
            if index < _first_supplied(problem, route) and not stop.helps:
                yield from _check_tools(visit, shift)
            yield from _check_start(problem, visit, stop, shift)
        worked = stop.end_seconds - stop.start_seconds
        needed = visit.duration_seconds
        if shift.grade is not None and shift.grade in visit.duration_seconds_by_grade:
            needed = visit.duration_seconds_by_grade[shift.grade]
        if abs(worked - needed) > TOLERANCE_SECONDS:
            yield Violation("duration", visit.id, shift.id, f"works {worked} s, needs {needed} s")
    yield from _check_load(problem, shift, route, visits)
    yield from _check_hours(shift, route)
    yield from _check_times(problem, shift, route, visits)


def _check_assignment(problem: Problem, visit: Visit, shift: Shift) -> Iterator[Violation]:
    """Skills, territory, technicians asked for and refused, tools, and a locked technician."""
    yield from _check_member(visit, shift)
    for skill, level in visit.skills.items():
        held = shift.skills.get(skill)
        if held is None or held < level:
            yield Violation("skill", visit.id, shift.id, f"{skill}: needs {level}, has {held}")
    technician = shift.technician_id
    if visit.required_technician_ids and technician not in visit.required_technician_ids:
        yield Violation("required_technician", visit.id, shift.id, technician)
    if visit.languages and not any(language in shift.languages for language in visit.languages):
        yield Violation(
            "language", visit.id, shift.id, f"speaks {sorted(shift.languages)}, not {sorted(visit.languages)}"
        )
    if visit.lock is not None and visit.current is not None and visit.lock.kind is LockKind.TECHNICIAN:
        owners = [known.technician_id for known in problem.shifts if known.id == visit.current.shift_id]
        if owners != [technician]:
            yield Violation("lock", visit.id, shift.id, f"locked to {owners}, planned for {technician}")


def _check_member(visit: Visit, shift: Shift) -> Iterator[Violation]:
    """What everybody who goes has to keep, leading or helping."""
    if visit.territory is not None and shift.territories and visit.territory not in shift.territories:
        yield Violation("territory", visit.id, shift.id, f"{visit.territory} not in {sorted(shift.territories)}")
    if shift.technician_id in visit.refused_technician_ids:
        yield Violation("refused_technician", visit.id, shift.id, shift.technician_id)


def _check_helper(problem: Problem, visit: Visit, shift: Shift) -> Iterator[Violation]:
    yield from _check_member(visit, shift)
    if visit.lock is not None and visit.current is not None and visit.lock.kind is LockKind.TECHNICIAN:
        others = [known.technician_id for known in problem.shifts if known.id in visit.current.other_shift_ids]
        if shift.technician_id not in others:
            yield Violation("lock", visit.id, shift.id, f"locked to {others}, helped by {shift.technician_id}")


def _first_supplied(problem: Problem, route: Route) -> int:
    """The number of the first stop whose tools and parts are not looked at here; beyond the last if there is none.

    With the total duration one stop at the pick-up point gives everything; else `check_ties` counts what is loaded.
    """
    if problem.objective is not ObjectiveKind.TOTAL_DURATION:
        return 0 if route.pick_ups else len(route.stops)
    return min([len(route.stops), *(pick_up.position for pick_up in route.pick_ups)])


def _check_tools(visit: Visit, shift: Shift) -> Iterator[Violation]:
    missing = sorted(tool for tool in visit.tools if tool not in shift.tools)
    if missing:
        yield Violation("tool", visit.id, shift.id, f"missing {missing}")


def _check_start(problem: Problem, visit: Visit, stop: Stop, shift: Shift) -> Iterator[Violation]:
    """Windows, release, freeze and locked times for the start of service."""
    at = stop.start_seconds
    if visit.lock is not None and visit.lock.kind is LockKind.TIME and visit.current is not None:
        if abs(at - visit.current.start_seconds) > TOLERANCE_SECONDS:
            yield Violation("lock", visit.id, shift.id, f"locked at {visit.current.start_seconds}, starts {at}")
        return
    if visit.time_windows and not any(_is_in(window, at) for window in visit.time_windows):
        yield Violation("time_window", visit.id, shift.id, f"starts at {at}")
    if visit.release_seconds is not None and at < visit.release_seconds - TOLERANCE_SECONDS:
        yield Violation("release", visit.id, shift.id, f"starts at {at}, released at {visit.release_seconds}")
    if problem.freeze_until_seconds is not None and at < problem.freeze_until_seconds - TOLERANCE_SECONDS:
        yield Violation("freeze", visit.id, shift.id, f"starts at {at}, frozen until {problem.freeze_until_seconds}")
    locked = visit.lock.range if visit.lock is not None and visit.lock.kind is LockKind.TIME_RANGE else None
    if locked is not None and not _is_in(locked, at):
        yield Violation("lock", visit.id, shift.id, f"starts at {at}, locked to {locked}")


def _is_in(window: TimeWindow, at: float) -> bool:
    return window.from_seconds - TOLERANCE_SECONDS <= at <= window.until_seconds + TOLERANCE_SECONDS


def _check_load(problem: Problem, shift: Shift, route: Route, visits: dict[str, Visit]) -> Iterator[Violation]:
    """Parts on the van and the number of visits; what is pinned is given, only what could go elsewhere is at fault."""
    route_visits = [visits[stop.visit_id] for stop in route.stops]
    here = [visits[stop.visit_id] for stop in route.stops[: _first_supplied(problem, route)] if not stop.helps]
    movable = [visit for visit in here if _pinned_to(problem, visit) is None]
    for part in sorted({part for visit in movable for part, count in visit.parts.items() if count}):
        needed, held = sum(visit.parts.get(part, 0) for visit in here), shift.parts.get(part, 0)
        if needed > held:
            yield Violation("part", None, shift.id, f"{part}: needs {needed}, has {held}")
    others = [visit for visit in route_visits if visit.kind is not VisitKind.REPAIR and visit.duration_seconds > 0]
    if any(_pinned_to(problem, visit) is None for visit in others):
        taken = sum(visit.duration_seconds for visit in others)
        allowed = max(0.0, shift.until_seconds - shift.from_seconds - shift.reserved_seconds)
        if shift.reserved_seconds and taken > allowed + TOLERANCE_SECONDS:
            yield Violation("reserved", None, shift.id, f"{taken} s for others than repairs, at most {allowed} s")
    is_full = any(_pinned_to(problem, visit) is None for visit in route_visits)
    if is_full and shift.max_visits is not None and len(route.stops) > shift.max_visits:
        yield Violation("max_visits", None, shift.id, f"{len(route.stops)} of at most {shift.max_visits}")


def _check_hours(shift: Shift, route: Route) -> Iterator[Violation]:
    """Leaving not before the technician is there, back within the shift and its overtime."""
    begins = shift.from_seconds
    if shift.available_from_seconds is not None and shift.available_from_seconds > begins:
        begins = shift.available_from_seconds
    if route.leave_seconds < begins - TOLERANCE_SECONDS:
        yield Violation("shift_start", None, shift.id, f"leaves at {route.leave_seconds}, not there before {begins}")
    ends = shift.until_seconds + shift.overtime_limit_seconds
    if route.return_seconds > ends + TOLERANCE_SECONDS:
        yield Violation("shift_end", None, shift.id, f"returns at {route.return_seconds}, at the latest {ends}")


def _check_times(  # noqa: C901 - one drive from start to return
    problem: Problem, shift: Shift, route: Route, visits: dict[str, Visit]
) -> Iterator[Violation]:
    """Drive the route again, with its breaks, and compare every arrival, start and the return."""
    rests, trouble = _breaks_of(shift, route)
    if trouble is not None:
        yield trouble
        return
    here, at, driven = shift.start_location, route.leave_seconds, 0.0
    places = {point.id: point for point in problem.pick_up_points}
    for index, stop in enumerate(route.stops):
        visit = visits[stop.visit_id]
        for pick_up in (known for known in route.pick_ups if known.position == index):
            point = places.get(pick_up.pick_up_point_id)
            if point is None:
                yield Violation("pick_up", None, shift.id, f"no pick-up point {pick_up.pick_up_point_id}")
                return
            base = float(problem.travel.seconds[here, point.location]) / shift.speed_factor
            driven += base
            begins = pick_up.leave_seconds - point.duration_seconds
            ready, arrive, wheel = _drive_again(problem, at, base, _between(rests, at, begins))
            is_late = ready > begins + TOLERANCE_SECONDS
            is_wrong = abs(arrive - pick_up.arrive_seconds) > TOLERANCE_SECONDS
            if is_late or is_wrong or abs(wheel - pick_up.travel_seconds) > 1.0:
                yield Violation("pick_up", None, shift.id, f"arrives {arrive}, not {pick_up}")
            here, at = point.location, pick_up.leave_seconds
        base = float(problem.travel.seconds[here, visit.location]) / shift.speed_factor
        driven += base
        ready, arrive, wheel = _drive_again(problem, at, base, _between(rests, at, stop.start_seconds))
        if ready > stop.start_seconds + TOLERANCE_SECONDS:
            yield Violation("arrival", visit.id, shift.id, f"ready at {ready}, starts at {stop.start_seconds}")
        elif abs(arrive - stop.arrive_seconds) > TOLERANCE_SECONDS or abs(wheel - stop.travel_seconds) > 1.0:
            yield Violation("arrival", visit.id, shift.id, f"arrives {arrive} after {wheel} s, not {stop}")
        metres = float(problem.travel.metres[here, visit.location])
        if abs(metres - stop.travel_metres) > 1.0:
            yield Violation("metres", visit.id, shift.id, f"{metres} m, not {stop.travel_metres}")
        here, at = visit.location, stop.end_seconds
    if shift.end_location is None:
        base = 0.0
    else:
        base = float(problem.travel.seconds[here, shift.end_location]) / shift.speed_factor
    driven += base
    ready, _, wheel = _drive_again(problem, at, base, _between(rests, at, route.return_seconds))
    if abs(ready - route.return_seconds) > TOLERANCE_SECONDS or abs(wheel - route.return_travel_seconds) > 1.0:
        yield Violation("return", None, shift.id, f"returns at {ready} after {wheel} s, not {route.return_seconds}")
    if shift.max_travel_seconds is not None and driven > shift.max_travel_seconds + TOLERANCE_SECONDS:
        yield Violation("max_travel", None, shift.id, f"{driven} s of at most {shift.max_travel_seconds}")


def _breaks_of(shift: Shift, route: Route) -> tuple[list[tuple[float, Break]], Violation | None]:
    """The breaks with their starts: each in its window, one after the other, none across leaving or service."""
    begins = max(shift.from_seconds, shift.available_from_seconds or shift.from_seconds)
    due = [rest for rest in shift.breaks if rest.window.until_seconds >= begins]
    due.sort(key=lambda rest: (rest.window.from_seconds, rest.window.until_seconds))
    starts = route.break_starts_seconds
    if len(starts) != len(due):
        return [], Violation("break", None, shift.id, f"{len(starts)} breaks planned, {len(due)} due")
    busy = [(stop.start_seconds, stop.end_seconds) for stop in route.stops]
    busy.extend((pick_up.leave_seconds - pick_up.service_seconds, pick_up.leave_seconds) for pick_up in route.pick_ups)
    busy.extend([(route.leave_seconds, route.leave_seconds), (route.return_seconds, route.return_seconds)])
    last = begins
    for at, rest in zip(starts, due, strict=True):
        end = at + rest.duration_seconds
        if not isfinite(at) or at < last - TOLERANCE_SECONDS or not _is_in(rest.window, at):
            return [], Violation("break", None, shift.id, f"starts at {at}, window {rest.window}, free from {last}")
        if any(at < stop - TOLERANCE_SECONDS and start + TOLERANCE_SECONDS < end for start, stop in busy):
            return [], Violation("break", None, shift.id, f"from {at} until {end} runs into work")
        last = end
    return list(zip(starts, due, strict=True)), None


def _between(rests: list[tuple[float, Break]], since: float, until: float) -> list[tuple[float, float]]:
    """Start and end of the breaks that lie between two times."""
    return [
        (at, at + rest.duration_seconds)
        for at, rest in rests
        if at >= since - TOLERANCE_SECONDS and at + rest.duration_seconds <= until + TOLERANCE_SECONDS
    ]


def _drive_again(
    problem: Problem, leave: float, base: float, rests: list[tuple[float, float]]
) -> tuple[float, float, float]:
    """When one is free to work, when one arrived, and the seconds at the wheel; driving stops for the breaks."""
    at, left, wheel = leave, base, 0.0
    arrive = leave if base <= 0.0 else None
    for begin, end in rests:
        if arrive is None:
            reached, left = _drive_until(problem, at, left, begin)
            wheel += reached - at
            if left <= NEGLIGIBLE_SECONDS:
                arrive = reached
        at = max(at, end)
    if arrive is None:
        arrive, left = _drive_until(problem, at, left, float("inf"))
        wheel += arrive - at
        at = arrive
    return max(at, arrive), arrive, wheel


def _drive_until(problem: Problem, at: float, left: float, stop: float) -> tuple[float, float]:
    """Drive hour by hour, each at its factor, until there or until `stop`: the time then, and what is left."""
    factors = problem.travel.hour_factors
    if not factors:
        until = min(at + left, max(stop, at))
        return until, (0.0 if until >= at + left else left - (until - at))
    while left > DONE_SECONDS and at < stop:
        hour = floor((at / 3600.0) + problem.travel.origin_hour + 1e-12)
        hour_end = (hour + 1 - problem.travel.origin_hour) * 3600.0
        factor = factors[hour % 24]
        until = min(hour_end, stop, at + left * factor)
        if until <= at:
            until = min(stop, at + 1e-6)
        left -= (until - at) / factor
        at = until
    return at, (0.0 if left <= DONE_SECONDS else left)


def _pinned_to(problem: Problem, visit: Visit) -> str | None:
    """The shift the visit must stay in, at its present start: locked in both, or inside the freeze."""
    if visit.current is None or all(shift.id != visit.current.shift_id for shift in problem.shifts):
        return None
    if visit.crew_size > 1 and not _is_crew_there(problem, visit.current, visit.crew_size):
        return None
    if visit.lock is not None and visit.lock.kind is LockKind.BOTH:
        return visit.current.shift_id
    freeze = problem.freeze_until_seconds
    return visit.current.shift_id if freeze is not None and visit.current.start_seconds < freeze else None


def _is_crew_there(problem: Problem, current: Assignment, size: int) -> bool:
    return len(current.other_shift_ids) == size - 1 and set(current.other_shift_ids) <= {s.id for s in problem.shifts}


def _check_pinned(
    problem: Problem, plan: Plan, visits: dict[str, Visit], _shifts: dict[str, Shift]
) -> Iterator[Violation]:
    """What is pinned is served, by the same shift, at the same time."""
    stops = [(route.shift_id, stop) for route in plan.routes for stop in route.stops]
    where = {stop.visit_id: (shift_id, stop.start_seconds) for shift_id, stop in stops if not stop.helps}
    helpers: dict[str, set[str]] = {}
    for helping_id, stop in stops:
        if stop.helps:
            helpers.setdefault(stop.visit_id, set()).add(helping_id)
    for visit in visits.values():
        pinned = _pinned_to(problem, visit)
        if pinned is None or visit.current is None:
            continue
        shift_id, at = where.get(visit.id, (None, float("nan")))
        if shift_id != pinned or not abs(at - visit.current.start_seconds) <= TOLERANCE_SECONDS:
            detail = f"pinned to {pinned} at {visit.current.start_seconds}, planned for {shift_id} at {at}"
            yield Violation("pinned", visit.id, shift_id, detail)
        if helpers.get(visit.id, set()) != set(visit.current.other_shift_ids):
            detail = f"crew pinned to {visit.current.other_shift_ids}, planned {sorted(helpers.get(visit.id, ()))}"
            yield Violation("pinned", visit.id, shift_id, detail)


def _check_score(problem: Problem, plan: Plan) -> Iterator[Violation]:
    again, said = score_again(problem, plan), plan.score
    if not _is_same_score(again, said, problem.objective):
        yield Violation("score", None, None, f"worth {again}, said to be {said}")


def _is_same_score(again: Score, said: Score, _objective: ObjectiveKind) -> bool:
    levels = (
        again.broken_commitments == said.broken_commitments,
        again.broken_promises == said.broken_promises,
        again.unplaced_priority == said.unplaced_priority,
        again.changes_told == said.changes_told,
    )
    return all(levels) and abs(again.cost_cents - said.cost_cents) <= TOLERANCE_COST + 1e-6 * abs(said.cost_cents)
