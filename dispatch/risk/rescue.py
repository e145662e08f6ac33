"""What saves a visit at risk most cheaply: plans that passed `check`, with the risk afterwards (D13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch.check import check
from dispatch.costs import assemble, is_change_told
from dispatch.explain.standing import Standing, leave_open
from dispatch.facts import Entry, Facts, available_from, latest_return
from dispatch.places import may_take
from dispatch.plan import Plan, Route
from dispatch.problem import Problem, Shift
from dispatch.quote import RouteCannotCloseUpError
from dispatch.risk.simulate import SAMPLES, assess
from dispatch.risk.spreads import Spreads
from dispatch.slack import StandingRoute, entries_of
from dispatch.timetable import build_route

MOST_TRIED = 12
EARLIER_SECONDS = 1800.0


class RescueKind(StrEnum):
    """What is done: another technician, another order, leaving earlier, a longer day."""

    TECHNICIAN = "technician"
    ORDER = "order"
    EARLIER = "earlier"
    OVERTIME = "overtime"


@dataclass(frozen=True, slots=True)
class Rescue:
    """One option: the visit's and the whole day's risk before and after, what it costs more, and the proof.

    `problem` differs from the one asked about only where the day gets longer (`earlier`, `overtime`: by `seconds`).
    """

    kind: RescueKind
    shift_id: str
    risk_before: float
    risk_after: float
    expected_broken_before: float
    expected_broken_after: float
    extra_cost_cents: float
    told_visit_ids: tuple[str, ...]
    problem: Problem
    plan: Plan
    seconds: float = 0.0


def cheapest_rescue(
    problem: Problem,
    plan: Plan,
    visit_id: str,
    *,
    spreads: Spreads | None = None,
    samples: int = SAMPLES,
    seed: int = 1,
    most_tried: int = MOST_TRIED,
) -> tuple[Rescue, ...]:
    """Options that make the visit safer without more broken promises expected on the whole day, the cheapest first.

    Raises `VisitUnknownError`. Empty when nothing helps, or the visit cannot be taken out of its route.
    """
    try:
        standing = leave_open(problem, plan, visit_id)
    except RouteCannotCloseUpError:
        return ()
    spreads = spreads or Spreads()
    now = assess(problem, plan, spreads=spreads, samples=samples, seed=seed)
    at_risk = now.of(visit_id)
    before = 1.0 if at_risk is None else at_risk.broken
    known = {stop.visit_id: (route.shift_id, stop.start_seconds) for route in plan.routes for stop in route.stops}
    options = sorted(_options(standing, known.get(visit_id)), key=lambda option: option.plan.score)[:most_tried]
    found = []
    for option in options:
        then = assess(option.problem, option.plan, spreads=spreads, samples=samples, seed=seed)
        after = then.of(visit_id)
        if after is None or after.broken >= before or then.expected_broken > now.expected_broken:
            continue
        found.append(
            Rescue(
                option.kind,
                after.shift_id,
                before,
                after.broken,
                now.expected_broken,
                then.expected_broken,
                option.plan.score.cost_cents - plan.score.cost_cents,
                _newly_told(problem, known, option.plan),
                option.problem,
                option.plan,
                option.seconds,
            )
        )
    return tuple(sorted(found, key=lambda rescue: (rescue.extra_cost_cents, rescue.risk_after)))


@dataclass(frozen=True, slots=True)
class _Option:
    kind: RescueKind
    problem: Problem
    plan: Plan
    seconds: float = 0.0


def _options(standing: Standing, place: tuple[str, float] | None) -> Iterator[_Option]:
    """Every shift as it is, with overtime, and an earlier beginning of the visit's own."""
    own = None if place is None else place[0]
    for shift in standing.problem.shifts:
        kind = RescueKind.ORDER if shift.id == own else RescueKind.TECHNICIAN
        yield from _routes_of(standing, shift, kind, 0.0)
        longer = replace(shift, overtime_limit_seconds=shift.overtime_limit_seconds + EARLIER_SECONDS)
        yield from _routes_of(_with_shift(standing, longer), longer, RescueKind.OVERTIME, EARLIER_SECONDS)
        if shift.id == own:
            earlier = _beginning_earlier(shift)
            yield from _routes_of(_with_shift(standing, earlier), earlier, RescueKind.EARLIER, EARLIER_SECONDS)


def _beginning_earlier(shift: Shift) -> Shift:
    begins = available_from(shift) - EARLIER_SECONDS
    return replace(shift, from_seconds=min(shift.from_seconds, begins), available_from_seconds=begins)


def _with_shift(standing: Standing, changed: Shift) -> Standing:
    shifts = tuple(changed if shift.id == changed.id else shift for shift in standing.problem.shifts)
    return replace(standing, problem=replace(standing.problem, shifts=shifts))


def _routes_of(standing: Standing, shift: Shift, kind: RescueKind, seconds: float) -> Iterator[_Option]:
    """The best plan with the visit in this shift; only one that needs the longer day where the day is longer."""
    visit = standing.visit
    facts = Facts(standing.problem).joined_by(visit)
    empty = Route(shift.id, (), shift.from_seconds, shift.from_seconds)
    route = next((known for known in standing.plan.routes if known.shift_id == shift.id), empty)
    if not may_take(facts, visit, StandingRoute(facts, route)):
        return
    entries, tiers = entries_of(facts, route), facts.tiers(visit)
    problem = replace(standing.problem, visits=(*standing.problem.visits, visit))
    others = [known for known in standing.plan.routes if known.shift_id != shift.id]
    plans = []
    for position in range(len(entries) + 1):
        trial = (*entries[:position], Entry(visit, tiers[0].windows), *entries[position:]) if tiers else ()
        built = build_route(facts, shift, trial) if trial else None
        if built is not None and _needs(kind, shift, built, seconds):
            plans.append(assemble(Facts(problem), (built, *others), {}, {"came_from": "rescue"}))
    for plan in sorted(plans, key=lambda plan: plan.score)[: 1 if kind is not RescueKind.ORDER else None]:
        if not check(problem, plan):
            yield _Option(kind, problem, plan, seconds)


def _needs(kind: RescueKind, shift: Shift, route: Route, seconds: float) -> bool:
    """Whether a route makes use of the longer day; without that it is an option of another kind."""
    if kind is RescueKind.OVERTIME:
        return route.return_seconds > latest_return(shift) - seconds
    return kind is not RescueKind.EARLIER or route.leave_seconds < available_from(shift) + seconds


def _newly_told(problem: Problem, before: dict[str, tuple[str, float]], plan: Plan) -> tuple[str, ...]:
    visits = {visit.id: visit for visit in problem.visits}
    return tuple(
        stop.visit_id
        for route in plan.routes
        for stop in route.stops
        if is_change_told(visits[stop.visit_id], route.shift_id, stop.start_seconds)
        and (stop.visit_id not in before or not is_change_told(visits[stop.visit_id], *before[stop.visit_id]))
    )
