"""How many days the replay engine plays in a minute: `python -m benchmarks replay [SCENARIO] [--runs N] [--workers N]`.

Without a scenario it is a city day of sixty calls and fourteen technicians with the usual spreads. The search is loaded
before the clock starts; wall time and processor time are printed, as on a busy machine only the second says much.
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from multiprocessing import get_context
from pathlib import Path
from random import Random
from time import perf_counter, process_time

from dispatch import Break, Shift, TimeWindow
from dispatch.replay import Chances, Request, Scenario, replay, simulate
from dispatch.replay.files import read_scenario

HOUR = 3600.0
CALLS, TECHNICIANS, DAYS = 60, 14, 3
SKILLS = ("power", "panel", "optics")


def main() -> int:
    """Play and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks replay", description=__doc__)
    parser.add_argument("scenario", type=Path, nargs="?")
    parser.add_argument("--runs", type=int, default=8)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parsed = parser.parse_args()
    scenario = a_city_day() if parsed.scenario is None else read_scenario(parsed.scenario)
    simulate(scenario, seed=parsed.seed)
    with _workers(parsed.workers) as executor:
        if executor is not None:
            replay([scenario], runs=parsed.workers, seed=parsed.seed, executor=executor)
        wall, used = perf_counter(), process_time()
        results = replay([scenario], runs=parsed.runs, seed=parsed.seed, executor=executor)
        wall, used = perf_counter() - wall, process_time() - used
    days = parsed.runs * scenario.until_seconds / (24 * HOUR)
    requests = results.replayed[0].estimates()["requests"].mean
    print(f"{days:g} simulated days of {requests:g} requests in {wall:.1f} s: {60 * days / wall:.1f} a minute")
    if executor is None:
        print(f"processor time: {used / days:.2f} s a day")
    return 0


def a_city_day() -> Scenario:
    """Sixty calls over a day, fourteen technicians of mixed skills for three days, and the usual mishaps."""
    random = Random(1)
    points = tuple((31.2 + random.uniform(-0.15, 0.15), 121.45 + random.uniform(-0.2, 0.2)) for _ in range(CALLS))
    homes = tuple((31.2 + random.uniform(-0.15, 0.15), 121.45 + random.uniform(-0.2, 0.2)) for _ in range(TECHNICIANS))
    calls = tuple(
        Request(
            id=f"r{number}",
            called_seconds=random.uniform(0, 22) * HOUR,
            location=number,
            duration_seconds=random.choice([1800.0, 2400.0, 2700.0]),
            skills={random.choice(SKILLS): 1},
        )
        for number in range(CALLS)
    )
    shifts = tuple(_a_shift(day, number) for day in range(DAYS) for number in range(TECHNICIANS))
    return Scenario("city day", 24 * HOUR, points + homes, shifts, calls, chances=Chances(0.03, 0.05, 0.03))


def _a_shift(day: int, number: int) -> Shift:
    midnight = 24 * day * HOUR
    return Shift(
        id=f"s{day}-{number}",
        technician_id=f"t{number}",
        from_seconds=midnight + 8 * HOUR,
        until_seconds=midnight + 18 * HOUR,
        start_location=CALLS + number,
        end_location=CALLS + number,
        skills={SKILLS[number % 3]: 1, SKILLS[(number + 1) % 3]: 1},
        breaks=(Break(2700.0, TimeWindow(midnight + 11.5 * HOUR, midnight + 13.5 * HOUR)),),
        overtime_limit_seconds=HOUR,
    )


def _workers(count: int) -> AbstractContextManager[Executor | None]:
    return nullcontext() if count <= 1 else ProcessPoolExecutor(count, mp_context=get_context("spawn"))


if __name__ == "__main__":
    sys.exit(main())
