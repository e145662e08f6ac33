"""The code of the reason a visit is unplaced: quick enough for every visit a solve leaves over."""

from __future__ import annotations

from dataclasses import replace

from dispatch.facts import Entry, Facts
from dispatch.plan import Plan, UnplacedVisit
from dispatch.problem import Problem, Shift, Visit
from dispatch.rules import GIVEN_BY_PICK_UP, blocking_rules
from dispatch.timetable import build_route

NO_SHIFT = "no_shift"
NO_TIME = "no_time"
NO_ROOM = "no_room"
LOCK = "lock"


def with_reasons(problem: Problem, plan: Plan) -> Plan:
    """The plan with the reason of every unplaced visit; see `name_reason` for the codes."""
    facts = Facts(problem)
    unplaced = tuple(
        UnplacedVisit(visit.visit_id, name_reason(facts, facts.visits[visit.visit_id])) for visit in plan.unplaced
    )
    return replace(plan, unplaced=unplaced)


def name_reason(facts: Facts, visit: Visit) -> str:
    """Why nobody takes the visit.

    `no_shift`: nobody works. A rule's name, or several joined by `+`: what keeps the nearest thing to a technician
    from it (`skill`, `territory`, `tool`, …). `no_time`: those who may take it could not even with an empty day
    (windows, working time, breaks). `no_room`: somebody could, but other visits fill the day.
    """
    if not facts.shifts:
        return NO_SHIFT
    able = facts.able_shifts(visit)
    if not able:
        blocked = min((_blocked_by(facts, visit, shift) for shift in facts.shifts.values()), key=lambda b: (len(b), b))
        return "+".join(blocked) or LOCK
    if facts.problem.pick_up_points:
        return NO_ROOM  # what fits alone depends on a stop for parts
    entries = [Entry(visit, tier.windows) for tier in facts.tiers(visit)]
    fits = any(build_route(facts, shift, (entry,)) is not None for entry in entries for shift in able)
    return NO_ROOM if fits else NO_TIME


def _blocked_by(facts: Facts, visit: Visit, shift: Shift) -> tuple[str, ...]:
    given = GIVEN_BY_PICK_UP if facts.problem.pick_up_points else frozenset()
    return tuple(name for name in blocking_rules(visit, shift) if name not in given)
