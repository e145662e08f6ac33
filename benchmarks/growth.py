"""How the planner grows: `python -m benchmarks growth` plans city days of 50 to 5,000 visits and draws the curves.

Each size runs in a process of its own, from the file read to the end: seconds to the first plan that has passed
`check` (after reading the file and loading the compiled search), seconds until the search was within one per cent of
its final value, and peak memory. The figures go to `--json`, the curves to `docs/pictures/growth.svg`.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

from benchmarks.city_days import a_city_day
from benchmarks.curve import write_curves
from benchmarks.solvers import PROJECT
from dispatch.engine.warm import warm_up
from dispatch.formats.vroom import read_vroom
from dispatch.solver import Limits, solve

SIZES = (50, 200, 1000, 3000, 5000)
PICTURE = PROJECT / "docs" / "pictures" / "growth.svg"
NEAR = 1.01
AT_ONCE = 0.01
Row = dict[str, float | int]
TITLES = {
    "first_plan_seconds": "seconds to the first checked plan",
    "near_final_seconds": "seconds to within 1 % of the final value",
    "peak_mb": "peak memory, MB",
}


def main() -> int:
    """Measure every size and write figures and picture."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks growth", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--seconds", type=float, default=60.0, help="time of each solve")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--picture", type=Path, default=PICTURE)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parsed = parser.parse_args()
    if parsed.one is not None:
        print(json.dumps(_measure(parsed.one, parsed.seconds, parsed.threads)))
        return 0
    _call("dispatch", "warm")
    rows: list[Row] = []
    for size in parsed.sizes:
        rows.append(_in_a_process(size, parsed.seconds, parsed.threads))
        print("  ".join(f"{name} {value}" for name, value in rows[-1].items()), flush=True)
        if parsed.json:
            parsed.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    parsed.picture.write_text(draw(rows), encoding="utf-8")
    return 0


def draw(rows: Sequence[Row]) -> str:
    """The curves of these figures as SVG."""
    curves = {title: [(row["visits"], max(row[name], AT_ONCE)) for row in rows] for name, title in TITLES.items()}
    return write_curves(curves, "visits")


def _in_a_process(visits: int, seconds: float, threads: int) -> Row:
    answer = _call("benchmarks.growth", "--one", str(visits), "--seconds", str(seconds), "--threads", str(threads))
    row: Row = json.loads(answer)
    return row


def _call(module: str, *words: str) -> str:
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise SystemExit(f"{module} failed: {done.stderr[-2000:]}")
    return done.stdout


def _measure(visits: int, seconds: float, threads: int) -> Row:
    text = json.dumps(a_city_day(visits))
    began = monotonic()
    problem = read_vroom(text)
    read = monotonic() - began
    loading = warm_up()
    began = monotonic()
    first = solve(problem, limits=Limits(seconds=AT_ONCE, threads=threads))
    first_plan = monotonic() - began
    seen: list[tuple[float, float]] = []
    began = monotonic()
    plan = solve(
        problem,
        limits=Limits(seconds=seconds, threads=threads),
        on_progress=lambda _share, cost: seen.append((monotonic() - began, cost)),
    )
    took = monotonic() - began
    final = seen[-1][1] if seen else 0.0
    return {
        "visits": visits,
        "technicians": len(problem.shifts),
        "read_seconds": round(read, 2),
        "loading_seconds": round(loading, 2),
        "first_plan_seconds": round(first_plan, 2),
        "first_plan_objective": round(first.score.cost_cents, 1),
        "near_final_seconds": round(next((at for at, cost in seen if cost <= NEAR * final), took), 2),
        "wall_seconds": round(took, 2),
        "objective": round(plan.score.cost_cents, 1),
        "unplaced": len(plan.unplaced),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


if __name__ == "__main__":
    sys.exit(main())
