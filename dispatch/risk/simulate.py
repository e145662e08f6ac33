"""The probability of a broken promise or commitment per visit: the plan played many times with varying times (D13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, sqrt

import numpy as np

from dispatch.facts import Facts, latest_return, needed_breaks
from dispatch.plan import Plan, Route
from dispatch.problem import Break, Problem, Visit
from dispatch.quoting.wide_roads import WideRoads
from dispatch.risk.draws import Draws, Floats
from dispatch.risk.spreads import Spreads
from dispatch.roads import EPSILON_SECONDS
from dispatch.slack import standing_windows
from dispatch.timetable import leg_to

SAMPLES = 1000
TOLERANCE_SECONDS = 1e-3


@dataclass(frozen=True, slots=True)
class VisitRisk:
    """Probabilities over all runs, each off by `standard_error` at most (one standard deviation).

    `broken` is either of the two. The start of service lies between `early_seconds` and `late_seconds` in eight of ten
    runs.
    """

    visit_id: str
    shift_id: str
    broken_promise: float
    broken_commitment: float
    broken: float
    standard_error: float
    early_seconds: float
    median_seconds: float
    late_seconds: float


@dataclass(frozen=True, slots=True)
class PlanRisk:
    """The risk of every placed visit, the likeliest to break first, and of every shift to end beyond its overtime."""

    visits: tuple[VisitRisk, ...]
    too_late_home: dict[str, float]
    expected_broken: float
    samples: int

    def of(self, visit_id: str) -> VisitRisk | None:
        """One visit's risk; None when the plan does not place it."""
        return next((risk for risk in self.visits if risk.visit_id == visit_id), None)


def assess(
    problem: Problem, plan: Plan, *, spreads: Spreads | None = None, samples: int = SAMPLES, seed: int = 1
) -> PlanRisk:
    """Play the plan `samples` times and count what breaks.

    Technicians leave when planned, drive and work as long as drawn, take each break where the plan has it (never before
    its window, late rather than not at all), and wait at the door until the visit's window opens. Nobody is sent
    elsewhere on the way: this is the risk if nobody acts. The same seed gives the same luck to every plan of the day.
    """
    facts, roads = Facts(problem), WideRoads(problem.travel)
    draws = Draws(spreads or Spreads(), samples=samples, seed=seed)
    found: list[VisitRisk] = []
    too_late: dict[str, float] = {}
    for route in plan.routes:
        if route.stops:
            starts, home = play_route(facts, roads, route, draws)
            limit = latest_return(facts.shifts[route.shift_id])
            too_late[route.shift_id] = float(np.mean(home > limit + TOLERANCE_SECONDS))
            found += [
                _judge(facts.visits[stop.visit_id], route.shift_id, start, samples)
                for stop, start in zip(route.stops, starts, strict=True)
            ]
    found.sort(key=lambda risk: (-risk.broken, risk.visit_id))
    return PlanRisk(tuple(found), too_late, sum(risk.broken for risk in found), samples)


def play_route(facts: Facts, roads: WideRoads, route: Route, draws: Draws) -> tuple[list[Floats], Floats]:
    """The starts of service of every stop, run by run, and the times back home."""
    shift = facts.shifts[route.shift_id]
    at = np.full(draws.samples, route.leave_seconds)
    here = shift.start_location
    rests = _rests_per_gap(route, needed_breaks(shift))
    starts: list[Floats] = []
    for stop, gap in zip(route.stops, rests, strict=False):
        visit = facts.visits[stop.visit_id]
        base = leg_to(facts, shift, here, visit.location)[0] * draws.travel(shift.id, visit.id)
        ready = _drive(roads, at, base, gap)
        start = np.maximum(ready, _opens(facts, visit, stop.start_seconds))
        starts.append(start)
        at = start + (stop.end_seconds - stop.start_seconds) * draws.duration(visit.id)
        here = visit.location
    base_home = 0.0 if shift.end_location is None else leg_to(facts, shift, here, shift.end_location)[0]
    return starts, _drive(roads, at, base_home * draws.travel(shift.id, ""), rests[-1])


def _rests_per_gap(route: Route, rests: Sequence[Break]) -> list[list[Break]]:
    """The breaks planned before each stop and before the return; those before leaving or after it cost nothing."""
    marks = [route.leave_seconds, *(stop.start_seconds for stop in route.stops), route.return_seconds]
    planned = list(zip(route.break_starts_seconds, rests, strict=False))
    return [
        [rest for begin, rest in planned if since - EPSILON_SECONDS <= begin < until - EPSILON_SECONDS]
        for since, until in pairwise(marks)
    ]


def _drive(roads: WideRoads, at: Floats, base: Floats, rests: Sequence[Break]) -> Floats:
    """When each run is there and rested; a break that has become late is taken late."""
    base = np.broadcast_to(base, at.shape)
    columns = [
        (
            np.full(at.shape, rest.window.from_seconds),
            np.full(at.shape, inf),
            np.full(at.shape, rest.duration_seconds),
        )
        for rest in rests
    ]
    return roads.drive(at, base, columns)


def _opens(facts: Facts, visit: Visit, planned: float) -> float:
    """Before this time nobody is let in: the start of the window the planned start lies in."""
    windows = standing_windows(facts, visit, planned)
    return next(
        (since for since, until in windows if since - TOLERANCE_SECONDS <= planned <= until + TOLERANCE_SECONDS), -inf
    )


def _judge(visit: Visit, shift_id: str, starts: Floats, samples: int) -> VisitRisk:
    promise = commitment = np.zeros(samples, dtype=bool)
    if visit.promised_window is not None:
        late = starts > visit.promised_window.until_seconds + TOLERANCE_SECONDS
        promise = late | (starts < visit.promised_window.from_seconds - TOLERANCE_SECONDS)
    if visit.deadline_seconds is not None:
        commitment = starts > visit.deadline_seconds + TOLERANCE_SECONDS
    broken = float(np.mean(promise | commitment))
    early, median, last = np.quantile(starts, [0.1, 0.5, 0.9]).tolist()
    return VisitRisk(
        visit.id,
        shift_id,
        float(np.mean(promise)),
        float(np.mean(commitment)),
        broken,
        sqrt(broken * (1.0 - broken) / samples),
        early,
        median,
        last,
    )
