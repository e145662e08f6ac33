"""A country's morning: `python -m benchmarks country --share 0.04`, solved with one worker and with two.

25 areas with 200 technicians and 1,000 visits each in the product's terms: promised windows, deadlines, skills, breaks,
overtime, and for half of the visits a technician who has been told. Limits are iterations, so one worker and two do
the same work and find the same plans. Every plan is checked here. Prints seconds and memory per area, and the
speed-up. `--share` makes every area, and the number of areas, smaller: 1 takes an hour or more.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from math import exp, sqrt
from multiprocessing.synchronize import Barrier
from pathlib import Path
from random import Random
from time import monotonic, process_time

import dispatch
from dispatch.area_task import AreaLimits, AreaTask, pack_problem, run_area_task

HOUR = 3600.0
AREAS, TECHNICIANS, VISITS = 25, 200, 1000
SKILLS = ("laser", "ink", "scanner", "network", "large", "medical")
SKILL_SHARES = (30, 24, 18, 13, 9, 6)
MINUTES = (30, 40, 45, 60, 75, 90, 120)
SHIFT_STARTS = (8.0, 8.5, 9.0)
PROMISED_SHARE, TOLD_SHARE, URGENT_SHARE = 0.5, 0.5, 0.12
CITY_DEGREES = 0.25
QUARTERS = 9
ITERATIONS_PER_VISIT = 40
TRAFFIC = (*(1.0,) * 7, 1.4, 1.5, 1.2, *(1.0,) * 6, 1.2, 1.5, 1.5, 1.2, *(1.0,) * 4)
STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Measured:
    """One area solved: its plan, seconds of wall and processor, and the worker's peak of memory while solving it."""

    plan: dispatch.Plan
    seconds: float
    processor_seconds: float
    peak_mb: int


def main() -> int:
    """Solve the country with one worker and with two; return 1 when a plan is refused or differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks country", description=__doc__)
    parser.add_argument("--share", type=float, default=0.04, help="of the areas and of their size; 1 is the country")
    parser.add_argument("--areas", type=int, help="number of areas, instead of the share")
    parser.add_argument("--visits", type=int, help="visits of an area, instead of the share")
    parser.add_argument("--iterations", type=int, help="of each area; by default 40 for each visit")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--json", type=Path, help="write the figures here")
    parsed = parser.parse_args()
    areas = parsed.areas or max(2, round(AREAS * sqrt(parsed.share)))
    visits = parsed.visits or max(20, round(VISITS * sqrt(parsed.share)))
    technicians = max(2, round(visits * TECHNICIANS / VISITS))
    problems = [area_day(visits, technicians, seed=parsed.seed * 1000 + number) for number in range(areas)]
    limits = AreaLimits(None, parsed.iterations or ITERATIONS_PER_VISIT * visits, seed=parsed.seed)
    tasks = [AreaTask(pack_problem(problem), None, limits) for problem in problems]
    largest = max(len(task.problem) for task in tasks) / 1e6
    print(f"{areas} areas, {technicians} technicians and {visits} visits each, {limits.iterations} iterations each")
    print(f"largest task {largest:.2f} MB; load of the machine {os.getloadavg()[0]:.1f}", flush=True)
    runs = {workers: _run(tasks, workers) for workers in parsed.workers}
    if parsed.json:
        figures = {workers: _figures(wall, found) for workers, (wall, found) in runs.items()}
        parsed.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    return _report(problems, runs)


def area_day(visits: int, technicians: int, *, seed: int) -> dispatch.Problem:
    """Return one area's day in the product's terms; the same for the same arguments."""
    draws = Random(seed)
    quarters = [(draws.uniform(-1, 1), draws.uniform(-1, 1), draws.uniform(0.05, 0.25)) for _ in range(QUARTERS)]
    points = [_point(draws, quarters) for _ in range(technicians + visits)]
    shifts = tuple(_shift(draws, number) for number in range(technicians))
    travel = dispatch.straight_line_travel(
        points, circuity=1.35, speed_km_per_hour=28, buffer_seconds=300, hour_factors=TRAFFIC, origin_hour=6.5
    )
    day = tuple(_visit(draws, number, technicians + number) for number in range(visits))
    return _tell_some(draws, dispatch.Problem(visits=day, shifts=shifts, travel=travel))


def _point(draws: Random, quarters: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    north, east, width = draws.choice(quarters)
    return (
        31.2 + CITY_DEGREES * (north + width * draws.gauss(0, 1)) / 2,
        121.5 + CITY_DEGREES * (east + width * draws.gauss(0, 1)) / 2,
    )


def _shift(draws: Random, number: int) -> dispatch.Shift:
    start = (draws.choice(SHIFT_STARTS) - 6.5) * HOUR
    held = {skill for skill in SKILLS if draws.random() < exp(-SKILLS.index(skill) / 4)} | {draws.choice(SKILLS)}
    return dispatch.Shift(
        id=f"shift:{number}",
        technician_id=f"technician:{number}",
        from_seconds=start,
        until_seconds=start + 9 * HOUR,
        start_location=number,
        end_location=number,
        skills={skill: draws.randint(1, 3) for skill in sorted(held)},
        breaks=(dispatch.Break(45 * 60.0, dispatch.TimeWindow(start + 3 * HOUR, start + 5 * HOUR)),),
        overtime_limit_seconds=HOUR,
    )


def _visit(draws: Random, number: int, location: int) -> dispatch.Visit:
    is_urgent = draws.random() < URGENT_SHARE
    window = None
    if draws.random() < PROMISED_SHARE:
        begin = (draws.randint(3, 20) / 2 + 0.5) * HOUR
        window = dispatch.TimeWindow(begin, begin + 2 * HOUR)
    deadline = draws.uniform(6, 11) * HOUR if is_urgent else 24 * HOUR
    return dispatch.Visit(
        id=f"visit:{number}",
        location=location,
        duration_seconds=draws.choice(MINUTES) * 60.0,
        deadline_seconds=max(deadline, window.until_seconds) if window else deadline,
        promised_window=window,
        priority=90 if is_urgent else draws.choice((40, 50)),
        skills={draws.choices(SKILLS, SKILL_SHARES)[0]: 1},
    )


def _tell_some(draws: Random, problem: dispatch.Problem) -> dispatch.Problem:
    """Let half of what the simple plan places be known to its people: what a morning begins with."""
    plan = dispatch.nearest_technician_plan(problem)
    told = {
        stop.visit_id: dispatch.Assignment(route.shift_id, stop.start_seconds, is_told=True)
        for route in plan.routes
        for stop in route.stops
        if draws.random() < TOLD_SHARE
    }
    return replace(problem, visits=tuple(replace(visit, current=told.get(visit.id)) for visit in problem.visits))


def _run(tasks: Sequence[AreaTask], workers: int) -> tuple[float, list[Measured]]:
    """Solve all areas and return the seconds it took, the workers being up and their search loaded."""
    context = multiprocessing.get_context("spawn")
    # Each worker loads the compiled search before the clock runs: it is paid once, not per morning.
    ready = (context.Barrier(workers),)
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_load, initargs=ready) as executor:
        list(executor.map(abs, range(workers)))
        began = monotonic()
        found = list(executor.map(_solve, tasks))
        return monotonic() - began, found


def _load(ready: Barrier) -> None:
    """Load the search, and wait until all have."""
    from dispatch.engine.warm import warm_up  # noqa: PLC0415 - in the worker

    warm_up()
    ready.wait()


def _solve(task: AreaTask) -> Measured:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak begins anew
    began, worked = monotonic(), process_time()
    plan = run_area_task(task)
    peak = next(line for line in STATUS.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
    return Measured(plan, monotonic() - began, process_time() - worked, int(peak.split()[1]) // 1024)


def _report(problems: Sequence[dispatch.Problem], runs: dict[int, tuple[float, list[Measured]]]) -> int:
    first = next(iter(runs.values()))[1]
    refused = 0
    for number, problem in enumerate(problems):
        measured = [found[number] for _, found in runs.values()]
        violations = [violation for one in measured for violation in dispatch.check(problem, one.plan)]
        is_same = all(one.plan.routes == first[number].plan.routes for one in measured)
        refused += bool(violations) + (not is_same)
        seconds = " ".join(f"{one.seconds:7.1f}" for one in measured)
        peaks = " ".join(f"{one.peak_mb:5}" for one in measured)
        score = measured[0].plan.score
        print(
            f"area {number + 1:2}: seconds {seconds}  MB {peaks}  broken {score.broken_commitments}"
            f"+{score.broken_promises}  unplaced {len(measured[0].plan.unplaced):3}"
            f"  {'checked' if not violations else violations[0]}{'' if is_same else '  DIFFERENT PLANS'}"
        )
    walls = {workers: wall for workers, (wall, _) in runs.items()}
    for workers, wall in walls.items():
        processor = sum(one.processor_seconds for one in runs[workers][1])
        print(f"{workers} worker(s): {wall:.1f} s, {processor:.1f} s of processor")
    if len(walls) > 1:
        slow, *_, fast = walls.values()
        print(f"speed-up {slow / fast:.2f}; all plans checked and the same" if not refused else f"{refused} refused")
    return 1 if refused else 0


def _figures(wall: float, found: Sequence[Measured]) -> dict[str, object]:
    return {
        "seconds": round(wall, 1),
        "areas": [{"seconds": round(one.seconds, 1), "mb": one.peak_mb} for one in found],
    }


if __name__ == "__main__":
    sys.exit(main())
