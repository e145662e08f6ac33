"""Measure the planner on published instances: `python -m benchmarks.planner trsp --seconds 10`.

Every plan is made by the command line in a process of its own and checked by `check`. Prints a line per instance and
the summary; `--json FILE` keeps the figures. Instances are not part of the project: `--instances` says where they are.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median
from time import monotonic

from benchmarks.best_known import best_known

PROJECT = Path(__file__).resolve().parent.parent
INSTANCES = PROJECT.parent / "shared" / "benchmarks"
PATTERNS = {"trsp": "trsp/*_25-5-5-5.txt", "city": "city/*.json", "vrptw": "vrptw/*.vrp"}
Row = dict[str, float | int | str | None]


def main() -> int:
    """Run one family and print its table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.planner", description=__doc__)
    parser.add_argument("family", choices=sorted(PATTERNS))
    parser.add_argument("--instances", type=Path, default=INSTANCES)
    parser.add_argument("--only", nargs="*", help="names of instances, all of the family if not given")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write the figures here")
    parsed = parser.parse_args()
    files = [file for file in sorted(parsed.instances.glob(PATTERNS[parsed.family])) if _is_wanted(file, parsed.only)]
    if not files:
        print(f"no instances under {parsed.instances}", file=sys.stderr)
        return 2
    known = best_known(parsed.instances)
    rows = [_measure(file, known, parsed) for file in files]
    _summarise(rows)
    if parsed.json:
        parsed.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return 0


def _name(file: Path) -> str:
    return file.name.split(".")[0]


def _is_wanted(file: Path, only: list[str] | None) -> bool:
    return not only or _name(file) in only


def _measure(file: Path, known: dict[str, float], parsed: argparse.Namespace) -> Row:
    command = [sys.executable, "-m", "dispatch", "solve", str(file), "--seconds", str(parsed.seconds)]
    command += ["--threads", str(parsed.threads), "--seed", str(parsed.seed)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = monotonic()
    done = subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, check=False)  # noqa: S603 - our own
    wall = monotonic() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    row: Row = {
        "instance": _name(file),
        "seconds": parsed.seconds,
        "wall": round(wall, 1),
        "cpu": round(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1),
        "peak_mb": after.ru_maxrss // 1024,
        "load": round(os.getloadavg()[0], 1),
        "objective": None,
        "unplaced": None,
        "gap_percent": None,
    }
    if done.returncode == 0:
        plan = json.loads(done.stdout)
        row["objective"], row["unplaced"] = plan["summary"]["objective"], plan["summary"]["unassigned"]
        if _name(file) in known:
            row["gap_percent"] = round(100.0 * (plan["summary"]["objective"] / known[_name(file)] - 1.0), 3)
    print("  ".join(f"{name} {value}" for name, value in row.items()), flush=True)
    return row


def _summarise(rows: list[Row]) -> None:
    gaps = [float(row["gap_percent"]) for row in rows if row["gap_percent"] is not None]
    print(f"{sum(row['objective'] is not None for row in rows)} of {len(rows)} solved and checked")
    if gaps:
        better = sum(gap < 0 for gap in gaps)
        print(
            f"gap to best known: median {median(gaps):.2f} %, worst {max(gaps):.2f} %, below it {better} of {len(gaps)}"
        )


if __name__ == "__main__":
    sys.exit(main())
