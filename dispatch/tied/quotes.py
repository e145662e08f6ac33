"""Quoting, booking, freeing and timing visits in plans with ties, in the same terms as `dispatch.quote`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf

from dispatch.costs import assemble, breaks_commitment
from dispatch.facts import Facts
from dispatch.plan import Plan, QuotedWindow
from dispatch.problem import Assignment, Problem, TimeWindow, Visit
from dispatch.rules import ANY_TIME, Windows, hard_windows, intersect
from dispatch.tied.day import TiedDay
from dispatch.tied.found import Found
from dispatch.tied.untied import adopt, carry_tied


def joined(problem: Problem, visit: Visit) -> Problem:
    """The problem with one more visit."""
    return replace(problem, visits=(*problem.visits, visit))


def quote_tied(problem: Problem, plan: Plan, visit: Visit, windows: Sequence[TimeWindow]) -> tuple[QuotedWindow, ...]:
    """For each window the cheapest way to serve the visit, crew and pick-ups included; see `dispatch.quote`."""
    day = carry_tied(joined(problem, visit), plan)
    deadline = ANY_TIME if visit.deadline_seconds is None else ((-inf, visit.deadline_seconds),)
    quoted = []
    for window in windows:
        starts = intersect(hard_windows(problem, visit), ((window.from_seconds, window.until_seconds),))
        found = day.find_in(visit, intersect(starts, deadline)) or day.find_in(visit, starts)
        if found is not None:
            quoted.append(_quoted(day, visit, window, found))
    return tuple(quoted)


def _quoted(day: TiedDay, visit: Visit, window: TimeWindow, found: Found) -> QuotedWindow:
    lead = found.routes[0]
    position = sum(
        stop.start_seconds < found.start_seconds and stop.visit_id not in day.errands for stop in lead.stops
    ) - len(found.errands)
    helpers = () if found.crew is None else found.crew.shift_ids[1:]
    is_inside = not breaks_commitment(visit, found.start_seconds)
    return QuotedWindow(
        window, lead.shift_id, max(0, position), found.start_seconds, found.extra_cents, is_inside, helpers
    )


def book_tied(
    problem: Problem, plan: Plan, visit: Visit, quoted: QuotedWindow, starts: Windows
) -> tuple[Problem, Plan] | None:
    """The problem and the plan with the visit booked as it was quoted, or None when it does not fit any more."""
    day = carry_tied(joined(problem, visit), plan)
    wanted = (quoted.shift_id, *quoted.helper_shift_ids)
    found = day.find_in(visit, starts, frozenset(wanted))
    if found is None or {route.shift_id for route in found.routes} != set(wanted):
        return None
    day.commit(visit, found)
    day.missing = [missing for missing in day.missing if missing.id != visit.id]
    shift_ids = tuple(route.shift_id for route in found.routes)
    current = Assignment(shift_ids[0], found.start_seconds, other_shift_ids=shift_ids[1:])
    after = joined(problem, replace(visit, promised_window=quoted.window, current=current))
    reasons = {unplaced.visit_id: unplaced.reason for unplaced in plan.unplaced}
    return after, assemble(Facts(after), day.plan({}).routes, reasons, {"came_from": "insert"})


def remove_tied(problem: Problem, plan: Plan, visit_id: str) -> tuple[Problem, Plan] | None:
    """The problem and the plan without one visit, followed by nothing any more; None where a route cannot close up."""
    visits = tuple(
        replace(visit, must_follow_ids=tuple(other for other in visit.must_follow_ids if other != visit_id))
        for visit in problem.visits
        if visit.id != visit_id
    )
    after = replace(problem, visits=visits)
    shorter = carry_tied(after, plan).plan({"came_from": "remove"})
    known = {unplaced.visit_id: unplaced.reason for unplaced in plan.unplaced}
    if any(unplaced.visit_id not in known for unplaced in shorter.unplaced):
        return None
    return after, assemble(Facts(after), shorter.routes, known, {"came_from": "remove"})


def time_tied(problem: Problem, sequences: Mapping[str, Sequence[str]], singles: Plan) -> Plan:
    """The plan of visits kept in these shifts: untied ones in the order given (`singles`), tied ones where they fit."""
    day = TiedDay(problem)
    adopt(day, singles)
    held: dict[str, set[str]] = {}
    for shift_id, visit_ids in sequences.items():
        for visit_id in visit_ids:
            held.setdefault(visit_id, set()).add(shift_id)
    is_moving = True
    while is_moving:
        is_moving = False
        for visit in list(day.missing):
            found = day.find(visit, frozenset(held.get(visit.id, ())))
            if found is not None:
                day.commit(visit, found)
                day.missing = [missing for missing in day.missing if missing.id != visit.id]
                is_moving = True
    return day.plan({"came_from": "sequences"})
