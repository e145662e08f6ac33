"""From a problem to a checked plan (D4, D7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic

from dispatch.baseline import nearest_technician_plan, pinned_routes
from dispatch.carry import carry_over
from dispatch.check import check
from dispatch.costs import assemble
from dispatch.explain.reasons import with_reasons
from dispatch.facts import Entry, Facts
from dispatch.improve import improve
from dispatch.plan import Plan, Route
from dispatch.problem import ObjectiveKind, Problem, Shift
from dispatch.rules import within
from dispatch.shortest import shortest_route
from dispatch.tied.relations import is_tied
from dispatch.tied.search import ROUNDS, Budget, insert_tied, search_tied, simple_day
from dispatch.tied.untied import carry_tied
from dispatch.timetable import build_route
from dispatch.validate import validate

NO_LIMIT_ITERATIONS = 10**12
CORE_SHARE = 0.7
"""Of a round of a problem with ties, what the search for single visits gets; the rest goes to tying anew."""
MOST_TIES_ANEW = 200
SMALL_VISITS = 12
"""Up to here loading the compiled search costs more than it finds."""

Stops = Mapping[str, Sequence[tuple[str | None, int]]]
Progress = Callable[[float, float], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: whichever comes first. Iterations are counted per thread.

    With `iterations` and no seconds the same seed and threads give the same plan.
    """

    seconds: float | None = 10.0
    iterations: int | None = None
    seed: int = 1
    threads: int = 1


class NoPlanError(Exception):
    """No plan that passes the check was found; this is a defect of the planner, and the message says what it broke."""


def solve(
    problem: Problem, *, limits: Limits, warm_start: Plan | None = None, on_progress: Progress | None = None
) -> Plan:
    """The best plan found within the limits, never worse than the nearest-technician plan nor than the warm start.

    The warm start may come from an earlier state of the problem: what still fits is taken over. Raises `ProblemError`
    for a problem that contradicts itself. Every plan returned has passed `check` and says of each visit left over why
    (`dispatch.explain.name_reason`). `on_progress` hears the share of
    the work done and the best cost so far.
    """
    validate(problem)
    started = monotonic()
    if is_tied(problem):
        return _solve_tied(problem, limits, warm_start, started, on_progress)
    facts = Facts(problem)
    candidates = [nearest_technician_plan(problem)]
    if warm_start is not None:
        candidates.append(carry_over(facts, warm_start))
    if len(problem.visits) <= SMALL_VISITS and not problem.pick_up_points:
        found = _improve_small(facts, candidates[-1], limits, started)
    else:
        found = _search(facts, candidates[1] if warm_start is not None else None, limits, started, on_progress)
    return with_reasons(problem, best_checked(problem, [found, *candidates], warm_start))


def _solve_tied(
    problem: Problem, limits: Limits, warm_start: Plan | None, started: float, on_progress: Progress | None
) -> Plan:
    """Visits tied to one another: rounds of the same search around crews, orders and pick-ups decided outside it."""
    candidates = [nearest_technician_plan(problem)]
    day = simple_day(problem)
    candidates.append(day.plan({"came_from": "nearest"}))
    if warm_start is not None:
        candidates.append(carry_tied(problem, warm_start).plan({"came_from": "carry_over"}))
        day = insert_tied(problem, warm_start)

    def is_over(share: float) -> bool:
        return limits.seconds is not None and monotonic() - started >= limits.seconds * share

    def search_core(facts: Facts, begin: Plan, turn: int) -> Plan:
        left = None
        if limits.seconds is not None:
            left = max(0.1, CORE_SHARE * (limits.seconds * (turn + 1) / ROUNDS - (monotonic() - started)))
        iterations = None if limits.iterations is None else max(1, limits.iterations // ROUNDS)
        part = replace(limits, seconds=left, iterations=iterations, seed=limits.seed + turn)
        is_warm = turn > 0 or warm_start is not None
        return _search(facts, begin, part, monotonic(), on_progress, is_warm=is_warm)

    is_small = len(problem.visits) <= SMALL_VISITS
    iterations = NO_LIMIT_ITERATIONS if limits.iterations is None else limits.iterations
    budget = Budget(iterations if is_small or limits.iterations is None else min(iterations, MOST_TIES_ANEW), is_over)
    found = search_tied(day, budget, limits.seed, None if is_small else search_core)
    return best_checked(problem, [found, *candidates], warm_start)


def _improve_small(facts: Facts, begin: Plan, limits: Limits, started: float) -> Plan:
    seconds = limits.seconds
    return improve(
        facts,
        begin,
        seed=limits.seed,
        iterations=NO_LIMIT_ITERATIONS if limits.iterations is None else limits.iterations,
        is_over=lambda: seconds is not None and monotonic() - started >= seconds,
    )


def _search(
    facts: Facts,
    begin: Plan | None,
    limits: Limits,
    started: float,
    on_progress: Progress | None,
    *,
    is_warm: bool = True,
) -> Plan:
    from dispatch.engine.run import search  # noqa: PLC0415 - loads compiled code

    prepared = monotonic() - started
    plan = begin or assemble(facts, (route for route, _ in pinned_routes(facts).values()), {}, {})
    found = search(
        facts,
        _orders_of(facts, plan),
        seconds=None if limits.seconds is None else max(0.1, limits.seconds - prepared),
        iterations=limits.iterations,
        seed=limits.seed,
        threads=limits.threads,
        is_warm=is_warm and begin is not None,
        on_progress=on_progress,
    )
    routes = [timed(facts, shift, found.stops.get(shift.id, ())) for shift in facts.problem.shifts]
    trace = {**found.trace, "came_from": "search", "seconds": round(monotonic() - started, 3)}
    return assemble(facts, [route for route in routes if route is not None], {}, trace)


def _orders_of(facts: Facts, plan: Plan) -> dict[str, list[tuple[str, int]]]:
    """Each route's visits with the number of the tier their present start belongs to."""
    orders: dict[str, list[tuple[str, int]]] = {}
    for route in plan.routes:
        orders[route.shift_id] = []
        for stop in route.stops:
            tiers = facts.tiers(facts.visits[stop.visit_id])
            fitting = [number for number, tier in enumerate(tiers) if within(tier.windows, stop.start_seconds)]
            orders[route.shift_id].append((stop.visit_id, fitting[0] if fitting else max(0, len(tiers) - 1)))
    return orders


def timed(facts: Facts, shift: Shift, stops: Sequence[tuple[str | None, int]]) -> Route | None:
    """A route of the search as a timed one. Where rounding makes it a hair late, it loses its last visits."""
    if facts.problem.objective is ObjectiveKind.TOTAL_DURATION:
        visits = [facts.visits[visit_id] for visit_id, _ in stops if visit_id is not None]
        position = next((index for index, (visit_id, _) in enumerate(stops) if visit_id is None), None)
        return shortest_route(facts, shift, visits, position)
    entries = [
        Entry(facts.visits[visit_id], facts.tiers(facts.visits[visit_id])[tier].windows)
        for visit_id, tier in stops
        if visit_id is not None
    ]
    while entries:
        route = build_route(facts, shift, entries)
        if route is not None:
            return route
        movable = [entry for entry in entries if facts.pinned_shift_id(entry.visit) is None]
        if not movable:
            return None
        entries.remove(movable[-1])
    return build_route(facts, shift, ())


def best_checked(problem: Problem, candidates: list[Plan], warm_start: Plan | None) -> Plan:
    """The best of these that passes the check; a refused one is named in the trace of the one returned."""
    if warm_start is not None and not check(problem, warm_start):
        candidates = [*candidates, warm_start]
    refused: list[str] = []
    for plan in sorted(candidates, key=lambda plan: plan.score):
        violations = check(problem, plan)
        if not violations:
            if not refused:
                return plan
            return replace(plan, trace={**plan.trace, "refused_by_check": "; ".join(refused)})
        first = violations[0]
        refused.append(f"{plan.trace.get('came_from', '?')}: {first.rule}: {first.detail}")
    raise NoPlanError("; ".join(refused))
