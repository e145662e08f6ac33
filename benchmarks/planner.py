"""Measure the planner and its peers: `python -m benchmarks.planner trsp --seconds 10 --solvers onecall,pyvrp`.

All solvers named get the same file and the same time, one after the other, each in a process of its own; every plan is
timed and scored by us and has to pass `check`. Prints a line per run, then a table; `--json FILE` keeps the figures,
and `python -m benchmarks table FILE…` makes one table of several runs. Instances are not part of the project:
`--instances` says where they are. Peers need `requirements-bench.txt`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.best_known import best_known
from benchmarks.solvers import NAMES, PROJECT, Effort, Row, measure
from benchmarks.table import write_tables
from dispatch.formats.files import read_problem

INSTANCES = PROJECT.parent / "shared" / "benchmarks"
PATTERNS = {"trsp": "trsp/*_25-5-5-5.txt", "city": "city/*.json", "vrptw": "vrptw/*.vrp"}


def main() -> int:
    """Run one family and print its table."""
    parsed = _parse()
    files = [file for file in sorted(parsed.instances.glob(PATTERNS[parsed.family])) if _is_wanted(file, parsed.only)]
    if not files:
        print(f"no instances under {parsed.instances}", file=sys.stderr)
        return 2
    rows: list[Row] = []
    for row in _runs(files, parsed):
        rows.append(row)
        print("  ".join(f"{name} {value}" for name, value in row.items() if value is not None), flush=True)
        if parsed.json:
            parsed.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    print(write_tables(rows))
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planner", description=__doc__)
    parser.add_argument("family", choices=sorted(PATTERNS))
    parser.add_argument("--instances", type=Path, default=INSTANCES)
    parser.add_argument("--only", nargs="*", help="names of instances, all of the family if not given")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--solvers", type=_solvers, default=["onecall"], help=f"any of {','.join(NAMES)}")
    parser.add_argument("--json", type=Path, help="write the figures here, after every run")
    return parser.parse_args()


def _solvers(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown solvers {', '.join(unknown)}; there are {', '.join(NAMES)}")
    return names


def _name(file: Path) -> str:
    return file.name.split(".")[0]


def _is_wanted(file: Path, only: list[str] | None) -> bool:
    return not only or _name(file) in only


def _runs(files: list[Path], parsed: argparse.Namespace) -> Iterator[Row]:
    known = best_known(parsed.instances)
    effort = Effort(parsed.seconds, parsed.threads, parsed.seed)
    for file in files:
        problem = read_problem(file)
        for solver in parsed.solvers:
            row = measure(solver, file, problem, effort)
            row["family"] = parsed.family
            best, value = known.get(_name(file)), row["objective"]
            row["gap_percent"] = None if best is None or value is None else round(100 * (float(value) / best - 1), 3)
            yield row


if __name__ == "__main__":
    sys.exit(main())
