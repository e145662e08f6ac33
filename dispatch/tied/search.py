"""Searching when visits are tied: rounds of the search for single visits, and of taking ties apart and tying them anew.

Deterministic for a seed and a number of iterations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from random import Random

from dispatch.baseline import nearest_technician_plan
from dispatch.facts import Facts
from dispatch.plan import Plan, Score
from dispatch.problem import Problem, Visit
from dispatch.tied.day import Order, TiedDay
from dispatch.tied.untied import adopt, carry_tied, core_of

LARGEST_RUIN = 8
ROUNDS = 4

SearchCore = Callable[[Facts, Plan, int], Plan]
"""Searches a problem without ties from a plan, in the round numbered so."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How much tying anew there may be: iterations in all, and whether the time is over (asked per round's share)."""

    iterations: int
    is_over: Callable[[float], bool]


def insert_tied(problem: Problem, plan: Plan) -> TiedDay:
    """A plan taken over, with what is missing from it inserted where it costs least."""
    day = carry_tied(problem, plan)
    day.put_in(by_importance({}))
    return day


def simple_day(problem: Problem) -> TiedDay:
    """The nearest technician's plan with the tied visits inserted."""
    return insert_tied(problem, nearest_technician_plan(problem))


def search_tied(day: TiedDay, budget: Budget, seed: int, search_core: SearchCore | None) -> Plan:
    """The best plan found from this day on. Without `search_core` (small problems) everything is tried here."""
    random = Random(seed)
    if search_core is None:
        best, _ = improve_ties(day, budget.iterations, random, lambda: budget.is_over(1.0), tied_only=False)
        return best.plan({"came_from": "improve"})
    best, best_score = day, day.plan({}).score
    for turn in range(ROUNDS):
        if turn and budget.is_over(1.0):
            break
        core, begin = core_of(best, random)
        trial = best.copy()
        adopt(trial, search_core(Facts(core), begin, turn))
        trial.put_in(by_importance({}))
        is_over = partial(budget.is_over, (turn + 1) / ROUNDS)
        trial, score = improve_ties(trial, budget.iterations // ROUNDS, random, is_over, tied_only=True)
        if score <= best_score:
            best, best_score = trial, score
    return best.plan({"came_from": "search"})


def improve_ties(
    day: TiedDay, iterations: int, random: Random, is_over: Callable[[], bool], *, tied_only: bool
) -> tuple[TiedDay, Score]:
    """Take visits near a random one out and put them back, kept when the score is no worse."""
    best, best_score = day, day.plan({}).score
    free = [visit for visit in day.problem.visits if day.is_free(visit)]
    for done in range(iterations if free else 0):
        centres = [visit for visit in free if is_tied_now(best, visit)] if tied_only else free
        if not centres or is_over():
            break
        trial = best.copy()
        trial.take_out(_chosen(trial, random.choice(centres), free, random))
        noise = {visit.id: random.random() for visit in trial.missing}
        trial.put_in(by_importance(noise) if done % 2 == 0 else partial(_drawn, noise))
        score = trial.plan({}).score
        if score <= best_score:
            best, best_score = trial, score
    return best, best_score


def _chosen(day: TiedDay, centre: Visit, free: list[Visit], random: Random) -> list[Visit]:
    seconds = day.facts.roads.seconds
    near = sorted(free, key=lambda visit: seconds(centre.location, visit.location))
    size = random.randint(1, min(LARGEST_RUIN, len(near)))
    return [centre, *(visit for visit in near[: 2 * size] if random.random() < 2 / 3)][:size]


def _drawn(noise: Mapping[str, float], visit: Visit) -> tuple[float, ...]:
    return (noise[visit.id],)


def is_tied_now(day: TiedDay, visit: Visit) -> bool:
    """Whether the visit has a tie in these routes: a crew, an order, a pick-up; or is missing."""
    if visit.crew_size > 1 or visit.id in day.picked or not day.is_placed(visit.id):
        return True
    return visit.id in day.relations.before or visit.id in day.relations.after


def by_importance(noise: dict[str, float]) -> Order:
    """Commitments, then promises, then priorities; large crews before small; what is left is decided by `noise`."""

    def key(visit: Visit) -> tuple[float, ...]:
        has_time = visit.deadline_seconds is None, visit.promised_window is None
        return (*has_time, -visit.priority, -visit.crew_size, noise.get(visit.id, 0.0))

    return key
