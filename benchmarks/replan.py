"""After one event: how long the smallest good change takes and whom it touches, beside solving the days anew.

`make bench ARGS="replan"`: 60 technicians × 3 days, everybody told. Ten days of other seeds each meet an urgent visit,
a cancellation, a technician who is ill and a technician who is 35 minutes late. Printed per event: processor seconds
(median and worst), how many visits are left without a place, and the share of the visits told that keep technician and
window.
The peer is `solve` from the same plan with the same limit and the event in it, not told that people know the plan.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import process_time

from benchmarks.booked_days import HOUR, book_days, one_more_visit
from dispatch import Assignment, Limits, Plan, Problem, check, let_pinned_slip, replan, solve

TECHNICIANS = 60
SEEDS = 10
LATE_SECONDS = 35 * 60.0
Event = Callable[[Problem, int], Problem]


def main() -> int:
    """Measure every event and print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks replan", description=__doc__)
    parser.add_argument("--technicians", type=int, default=TECHNICIANS)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--seconds", type=float, default=0.5, help="of search, where inserting alone is not enough")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parsed = parser.parse_args()
    limits = Limits(seconds=parsed.seconds)
    rows = [_measure(name, event, parsed.technicians, range(1, parsed.seeds + 1), limits) for name, event in EVENTS]
    for row in rows:
        print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    if parsed.json:
        parsed.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def _measure(name: str, event: Event, technicians: int, seeds: Iterable[int], limits: Limits) -> dict[str, object]:
    took, kept, anew, unplaced, visits = [], [], [], 0, 0
    for seed in seeds:
        problem, plan = book_days(technicians, seed=seed)
        after = event(_told(problem, plan), seed)
        began = process_time()
        changed = replan(after, plan, limits=limits)
        took.append(process_time() - began)
        if check(after, changed):
            raise AssertionError(f"{name}, seed {seed}: the changed plan breaks a rule")
        unplaced += len(changed.unplaced)
        visits = max(visits, len(problem.visits))
        kept.append(_share_kept(plan, changed, after))
        anew.append(_share_kept(plan, solve(_untold(after), limits=limits), after))
    return {
        "event": name,
        "visits": visits,
        "processor_p50": round(median(took), 2),
        "processor_worst": round(max(took), 2),
        "unplaced": unplaced,
        "kept_percent": round(100 * median(kept), 1),
        "kept_percent_worst": round(100 * min(kept), 1),
        "kept_percent_solved_anew": round(100 * median(anew), 1),
    }


def _told(problem: Problem, plan: Plan) -> Problem:
    where = {stop.visit_id: (route.shift_id, stop.start_seconds) for route in plan.routes for stop in route.stops}
    visits = (replace(visit, current=Assignment(*where[visit.id], is_told=True)) for visit in problem.visits)
    return replace(problem, visits=tuple(visits))


def _untold(problem: Problem) -> Problem:
    return replace(problem, visits=tuple(replace(visit, current=None) for visit in problem.visits))


def _share_kept(before: Plan, after: Plan, problem: Problem) -> float:
    """Return the share of the visits told that keep the technician and begin inside the promised window."""
    owner = {stop.visit_id: route.shift_id for route in before.routes for stop in route.stops}
    windows = {visit.id: visit.promised_window for visit in problem.visits if visit.id in owner}
    kept = 0
    for route in after.routes:
        for stop in route.stops:
            window = windows.get(stop.visit_id)
            if window and owner[stop.visit_id] == route.shift_id and stop.start_seconds <= window.until_seconds:
                kept += 1
    return kept / len(windows)


def _urgent(problem: Problem, seed: int) -> Problem:
    return replace(problem, visits=(*problem.visits, replace(one_more_visit(problem, seed=seed), priority=100)))


def _cancelled(problem: Problem, seed: int) -> Problem:
    gone = seed * 37 % len(problem.visits)
    return replace(problem, visits=(*problem.visits[:gone], *problem.visits[gone + 1 :]))


def _ill(problem: Problem, seed: int) -> Problem:
    """Somebody does not come today; the other days are his still."""
    ill = f"s{seed * 7 % (len(problem.shifts) // 3)}-0"
    return replace(problem, shifts=tuple(shift for shift in problem.shifts if shift.id != ill))


def _late(problem: Problem, seed: int) -> Problem:
    late = f"s{seed * 7 % (len(problem.shifts) // 3)}-0"
    shifts = (
        replace(shift, available_from_seconds=shift.from_seconds + HOUR + LATE_SECONDS) if shift.id == late else shift
        for shift in problem.shifts
    )
    return let_pinned_slip(replace(problem, shifts=tuple(shifts)))


EVENTS: tuple[tuple[str, Event], ...] = (
    ("an urgent visit", _urgent),
    ("a visit cancelled", _cancelled),
    ("a technician ill", _ill),
    ("a technician late", _late),
)

if __name__ == "__main__":
    raise SystemExit(main())
