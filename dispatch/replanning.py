"""After an event: the smallest good change to the plan people know (D6)."""

from __future__ import annotations

from dataclasses import replace

from dispatch.carry import carry_over
from dispatch.check import check
from dispatch.explain.reasons import with_reasons
from dispatch.facts import Facts, available_from
from dispatch.improve import Day
from dispatch.plan import Plan
from dispatch.problem import Assignment, Problem, Visit
from dispatch.rules import service_seconds
from dispatch.solver import Limits, best_checked, solve
from dispatch.timetable import leg_to
from dispatch.validate import validate


def replan(problem: Problem, plan: Plan, *, limits: Limits) -> Plan:
    """A plan for the problem as it is now, changed as little as possible from `plan`.

    The problem already contains the event: a visit more or fewer, a shift gone or available later, a longer duration.
    First everything stays where it is and what is new is inserted; only when something is then still unplaced, or a
    commitment or promise more is broken than before, may other visits move, each at the price of the people told.
    """
    validate(problem)
    facts = Facts(problem)
    day = Day(facts, carry_over(facts, plan))
    day.put_in(lambda visit: (visit.deadline_seconds is None, visit.promised_window is None, -visit.priority))
    small = day.plan({"came_from": "insert"})
    is_enough = not small.unplaced and _trouble(small) <= _trouble(plan)
    if is_enough and not check(problem, small):
        return small
    found = best_checked(problem, [small, solve(problem, limits=limits, warm_start=small)], None)
    return with_reasons(problem, found)


def _trouble(plan: Plan) -> tuple[int, int]:
    return plan.score.broken_commitments, plan.score.broken_promises


def let_pinned_slip(problem: Problem) -> Problem:
    """The problem with pinned visits started as early as their shift still can, where they stand too early now.

    Call it before `replan` when a technician is late: what is pinned keeps technician and order, and its time gives
    way to the facts. Visits locked in time by a person slip too, because nobody can be earlier than he is.
    """
    facts = Facts(problem)
    slipped: dict[str, Visit] = {}
    for shift in problem.shifts:
        here, at = shift.start_location, available_from(shift)
        pinned = [visit for visit in problem.visits if facts.pinned_shift_id(visit) == shift.id]
        for visit in sorted(pinned, key=_standing_start):
            at = max(facts.roads.drive(at, leg_to(facts, shift, here, visit.location)[0]), _standing_start(visit))
            if visit.current is not None and at > visit.current.start_seconds:
                current = Assignment(visit.current.shift_id, at, visit.current.is_told)
                slipped[visit.id] = replace(visit, current=current)
            here, at = visit.location, at + service_seconds(visit, shift)
    return replace(problem, visits=tuple(slipped.get(visit.id, visit) for visit in problem.visits))


def _standing_start(visit: Visit) -> float:
    return visit.current.start_seconds if visit.current is not None else 0.0
