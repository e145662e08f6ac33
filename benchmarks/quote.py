"""Windows for one more visit: how long `quote` takes, and OR-Tools solving the same question anew in the same run.

`make bench ARGS="quote"`: for 14, 40, 100 and 200 technicians × 3 days with lunch and promised windows, milliseconds
per question about 18 windows (p50 and p99 of wall time; p99 of processor time too, for busy machines), to build the
columns (`PlanSlack`), and to take one booking over. The peer answers one window of the 14 × 3 question per solve (first
solution only, no improvement). It may move every visit inside its promised window, so it finds windows that exist only
if others change technicians.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import numpy as np

from benchmarks.booked_days import book_days, one_more_visit, windows_of_three_days
from benchmarks.routing_model import answer_by_routing_model
from dispatch import Plan, PlanSlack, Problem, check, insert, quote

SIZES = (14, 40, 100, 200)
QUESTIONS = 300
PEER_SIZE = 14
PEER_QUESTIONS = 3


def main() -> int:
    """Measure every size and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks quote", description=__doc__)
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    parser.add_argument("--sizes", type=int, nargs="*", default=list(SIZES))
    parser.add_argument("--without-peer", action="store_true")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parsed = parser.parse_args()
    rows = [_measure(size, parsed.questions) for size in parsed.sizes]
    if not parsed.without_peer:
        rows.append(_compare())
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    if parsed.json:
        parsed.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def _measure(technicians: int, questions: int) -> dict[str, float]:
    problem, plan = book_days(technicians)
    windows = windows_of_three_days()
    building = _milliseconds([lambda: PlanSlack(problem, plan)] * 11)
    slack = PlanSlack(problem, plan)
    visits = [one_more_visit(problem, seed=seed) for seed in range(questions)]
    calls = [partial(quote, problem, plan, visit, windows, slack=slack) for visit in visits]
    asking, working = _milliseconds(calls), _milliseconds(calls, process_time)
    answered = [len(quote(problem, plan, visit, windows, slack=slack)) for visit in visits[:50]]
    return {
        "technicians": technicians,
        "routes": len(problem.shifts),
        "visits": len(problem.visits),
        "windows_found": round(float(np.mean(answered)), 1),
        "quote_p50_ms": round(median(asking), 2),
        "quote_p99_ms": round(float(np.percentile(asking, 99)), 2),
        "quote_p99_processor_ms": round(float(np.percentile(working, 99)), 2),
        "build_ms": round(median(building), 2),
        "take_over_ms": round(_take_over(problem, plan, slack), 2),
        "load": round(os.getloadavg()[0], 1),
    }


def _take_over(problem: Problem, plan: Plan, slack: PlanSlack) -> float:
    """Milliseconds to take one booking over into the columns."""
    visit = one_more_visit(problem, seed=1)
    quoted = quote(problem, plan, visit, windows_of_three_days(), slack=slack)[0]
    booked = insert(problem, plan, visit, quoted)
    if check(*booked):
        raise AssertionError("the booked plan breaks a rule")
    return median(_milliseconds([lambda: PlanSlack(*booked, earlier=slack)] * 11))


def _compare() -> dict[str, float]:
    """The same questions, each window answered by our columns and by a routing model built and solved anew."""
    problem, plan = book_days(PEER_SIZE)
    windows = windows_of_three_days()
    slack = PlanSlack(problem, plan)
    ours: list[float] = []
    theirs: list[float] = []
    found = [0, 0]
    for seed in range(PEER_QUESTIONS):
        visit = one_more_visit(problem, seed=seed)
        began = perf_counter()
        found[0] += len(quote(problem, plan, visit, windows, slack=slack))
        ours.append(perf_counter() - began)
        began = perf_counter()
        found[1] += sum(answer_by_routing_model(problem, visit, window) for window in windows)
        theirs.append(perf_counter() - began)
    return {
        "technicians": PEER_SIZE,
        "ours_ms": round(median(ours) * 1000.0, 2),
        "routing_model_ms": round(median(theirs) * 1000.0, 1),
        "ratio": round(median(theirs) / median(ours), 1),
        "windows_ours": found[0],
        "windows_routing_model": found[1],
    }


def _milliseconds(calls: Sequence[Callable[[], object]], clock: Callable[[], float] = perf_counter) -> list[float]:
    taken = []
    for call in calls:
        began = clock()
        call()
        taken.append((clock() - began) * 1000.0)
    return taken


if __name__ == "__main__":
    raise SystemExit(main())
