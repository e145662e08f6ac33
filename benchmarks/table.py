"""One table of several runs: `python -m benchmarks table A.json B.json`, in the form docs are written in."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from statistics import median

from benchmarks.solvers import NAMES, Row

US = NAMES[0]


def main() -> int:
    """Print the tables of the files named; of two rows for the same run the later file's counts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks table", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parsed = parser.parse_args()
    print(write_tables([row for file in parsed.files for row in json.loads(file.read_text(encoding="utf-8"))]))
    return 0


def write_tables(rows: Sequence[Row]) -> str:
    """A table per family and time, then what each solver could not express and which runs have no result."""
    latest = {tuple(row.get(name) for name in ("family", "seconds", "instance", "solver")): row for row in rows}
    ordered = sorted(latest.values(), key=_group)
    tables = [_table(family, seconds, list(group)) for (family, seconds), group in groupby(ordered, key=_group)]
    return "\n\n".join(tables)


def _group(row: Row) -> tuple[str, float]:
    return str(row.get("family", "")), float(row["seconds"] or 0.0)


def _table(family: str, seconds: float, rows: Sequence[Row]) -> str:
    solvers = [name for name in NAMES if any(row["solver"] == name for row in rows)]
    instances = sorted({str(row["instance"]) for row in rows}, key=_by_number)
    cells = {(str(row["instance"]), str(row["solver"])): row for row in rows}
    has_ratio = US in solvers and len(solvers) > 1
    head = ["instance", *solvers, *(["ratio to the best peer"] if has_ratio else [])]
    lines = [f"{family}, {seconds:g} s", "", _line(head), _line("---" for _ in head)]
    ratios = []
    for instance in instances:
        ratio = _ratio(instance, cells, solvers) if has_ratio else None
        ratios.extend([] if ratio is None else [ratio])
        words = [_cell(cells.get((instance, solver))) for solver in solvers]
        lines.append(_line([instance, *words, *(["–" if ratio is None else f"{ratio:.3f}"] if has_ratio else [])]))
    lines.append("")
    lines.extend(_summary(solver, [row for row in rows if row["solver"] == solver]) for solver in solvers)
    if ratios:
        lines.append(f"- ratio to the best peer: median {median(ratios):.3f}, worst {max(ratios):.3f}")
    return "\n".join(lines)


def _by_number(name: str) -> tuple[str, int, str]:
    letters = name.rstrip("0123456789")
    return letters, int(name[len(letters) :] or 0), name


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(row: Row | None) -> str:
    """Gap where a best value is known, else value and unserved visits; the wall time beside it."""
    if row is None:
        return "–"
    if row["objective"] is None:
        return f"none ({row['wall']} s)"
    gap = row.get("gap_percent")
    value = f"{row['objective']:.1f}" + (f" / {row['unplaced']}" if row["unplaced"] else "")
    return f"{value if gap is None else f'{float(gap):+.2f} %'} ({row['wall']} s)"


def _ratio(instance: str, cells: dict[tuple[str, str], Row], solvers: Sequence[str]) -> float | None:
    values = {solver: cells[instance, solver]["objective"] for solver in solvers if (instance, solver) in cells}
    peers = [float(value) for solver, value in values.items() if solver != US and value is not None]
    ours = values.get(US)
    return None if ours is None or not peers else float(ours) / min(peers)


def _summary(solver: str, rows: Sequence[Row]) -> str:
    solved = [row for row in rows if row["objective"] is not None]
    words = [f"{len(solved)} of {len(rows)} solved and checked"]
    gaps = [float(gap) for row in solved if (gap := row.get("gap_percent")) is not None]
    if gaps:
        below = sum(gap < 0 for gap in gaps)
        words.append(f"gap median {median(gaps):+.2f} %, worst {max(gaps):+.2f} %, below the best known {below}")
    walls = [float(row["wall"] or 0.0) for row in rows]
    words.append(
        f"wall {min(walls):.1f} to {max(walls):.1f} s, memory up to {max(int(r['peak_mb'] or 0) for r in rows)} MB"
    )
    words.extend(sorted({str(row["note"]) for row in rows if row["note"]}))
    return f"- {solver}: " + "; ".join(words)


if __name__ == "__main__":
    sys.exit(main())
