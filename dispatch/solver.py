"""From a problem to a checked plan (D4, D7)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic

from dispatch.baseline import nearest_technician_plan
from dispatch.carry import carry_over
from dispatch.check import check
from dispatch.facts import Facts
from dispatch.improve import improve
from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.validate import validate

NO_LIMIT_ITERATIONS = 10**12


@dataclass(frozen=True, slots=True)
class Limits:
    """When to stop: whichever comes first. With `iterations` alone the same seed and threads give the same plan."""

    seconds: float | None = 10.0
    iterations: int | None = None
    seed: int = 1
    threads: int = 1


class NoPlanError(Exception):
    """No plan that passes the check was found; this is a defect of the planner, and the message says what it broke."""


def solve(problem: Problem, *, limits: Limits, warm_start: Plan | None = None) -> Plan:
    """The best plan found within the limits, never worse than the nearest-technician plan nor than the warm start.

    The warm start may come from an earlier state of the problem: what still fits is taken over. Raises `ProblemError`
    for a problem that contradicts itself. Every plan returned has passed `check`.
    """
    validate(problem)
    started = monotonic()
    facts = Facts(problem)
    candidates = [nearest_technician_plan(problem)]
    if warm_start is not None:
        candidates.append(carry_over(facts, warm_start))
    begin = candidates[-1]
    seconds = limits.seconds
    found = improve(
        facts,
        begin,
        seed=limits.seed,
        iterations=NO_LIMIT_ITERATIONS if limits.iterations is None else limits.iterations,
        is_over=lambda: seconds is not None and monotonic() - started >= seconds,
    )
    return best_checked(problem, [found, *candidates], warm_start)


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
