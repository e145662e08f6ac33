"""After an event: the smallest good change to the plan people know (D6)."""

from __future__ import annotations

from dataclasses import replace

from dispatch.carry import carry_over
from dispatch.check import check
from dispatch.explain.reasons import with_reasons
from dispatch.facts import Facts, available_from
from dispatch.improve import Day
from dispatch.plan import Plan
from dispatch.problem import Problem, Shift, Visit
from dispatch.rules import service_seconds
from dispatch.solver import Limits, best_checked, solve
from dispatch.tied.relations import is_tied
from dispatch.tied.search import insert_tied
from dispatch.timetable import leg_to
from dispatch.validate import validate


def replan(problem: Problem, plan: Plan, *, limits: Limits, is_mending: bool = False) -> Plan:
    """A plan for the problem as it is now, changed as little as possible from `plan`.

    The problem already contains the event: a visit more or fewer, a shift gone or available later, a longer duration.
    First everything stays where it is and what is new is inserted; only when something is then still unplaced, or a
    commitment or promise more is broken than before, may other visits move, each at the price of the people told.
    `is_mending` says that `plan` is timed with the event already: whatever is broken in it is reason to move others.
    """
    validate(problem)
    small = _inserted(problem, plan)
    if plan.score <= small.score and not check(problem, plan):
        small = plan
    tolerated = (0, 0) if is_mending else _trouble(plan)
    is_enough = not small.unplaced and _trouble(small) <= tolerated
    if is_enough and not check(problem, small):
        return small
    found = best_checked(problem, [small, solve(problem, limits=limits, warm_start=small)], None)
    return with_reasons(problem, found)


def _inserted(problem: Problem, plan: Plan) -> Plan:
    if is_tied(problem):
        return insert_tied(problem, plan).plan({"came_from": "insert"})
    facts = Facts(problem)
    day = Day(facts, carry_over(facts, plan))
    day.put_in(lambda visit: (visit.deadline_seconds is None, visit.promised_window is None, -visit.priority))
    return day.plan({"came_from": "insert"})


def _trouble(plan: Plan) -> tuple[int, int]:
    return plan.score.broken_commitments, plan.score.broken_promises


def let_pinned_slip(problem: Problem) -> Problem:
    """The problem with pinned visits started as early as their shift still can, where they stand too early now.

    Call it before `replan` when a technician is late: what is pinned keeps technician and order, and its time gives
    way to the facts. Visits locked in time by a person slip too, because nobody can be earlier than he is, and a crew
    starts when the last of its members is there.
    """
    facts = Facts(problem)
    pinned: dict[str, list[Visit]] = {}
    for visit in problem.visits:
        for shift_id, _ in facts.pinned_members(visit):
            pinned.setdefault(shift_id, []).append(visit)
    starts = {visit.id: _standing_start(visit) for visits in pinned.values() for visit in visits}
    # A crew waits for the last of its members, who may thereby be late elsewhere: once more for each crew is enough.
    for _ in range(1 + sum(visit.crew_size > 1 for visit in problem.visits)):
        before = dict(starts)
        for shift_id, visits in pinned.items():
            _slip(facts, facts.shifts[shift_id], visits, starts)
        if starts == before:
            break
    return replace(problem, visits=tuple(_started(visit, starts.get(visit.id)) for visit in problem.visits))


def _slip(facts: Facts, shift: Shift, visits: list[Visit], starts: dict[str, float]) -> None:
    here, at = shift.start_location, available_from(shift)
    for visit in sorted(visits, key=_standing_start):
        at = max(facts.roads.drive(at, leg_to(facts, shift, here, visit.location)[0]), starts[visit.id])
        starts[visit.id] = at
        here, at = visit.location, at + service_seconds(visit, shift)


def _started(visit: Visit, at: float | None) -> Visit:
    if at is None or visit.current is None or at <= visit.current.start_seconds:
        return visit
    return replace(visit, current=replace(visit.current, start_seconds=at))


def _standing_start(visit: Visit) -> float:
    return visit.current.start_seconds if visit.current is not None else 0.0
