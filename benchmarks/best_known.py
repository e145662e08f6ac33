"""The best values published for the instances, read from the files beside them."""

from __future__ import annotations

import csv
import re
from pathlib import Path


def best_known(instances: Path) -> dict[str, float]:
    """Best known value by the instance's short name (`C101`, `C1_10_4`)."""
    values: dict[str, float] = {}
    table = instances / "trsp" / "best_known.csv"
    if table.exists():
        with table.open(encoding="utf-8") as rows:
            for row in csv.DictReader(rows):
                values[row["instance"].split(".")[0]] = float(row["best_known_duration_report"])
    for solution in (instances / "vrptw").glob("*.sol"):
        found = re.search(r"Cost\s+([\d.]+)", solution.read_text(encoding="utf-8"))
        if found:
            values[solution.stem] = float(found.group(1))
    return values
