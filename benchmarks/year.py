"""Draw what the simulated years took: `make bench ARGS="year FOLDER FOLDER …"`, one folder for each size.

The years are lived by tests/jobs/test_year_of_clocks.py, which leaves its figures in the folder it was given
(docs/commitments.md). The curves go to `docs/pictures/year_of_clocks.svg`.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.curve import write_curves

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "pictures" / "year_of_clocks.svg"


def main() -> int:
    """Read each folder's figures, print a line for each, and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--picture", type=Path, default=PICTURE)
    parsed = parser.parse_args()
    years = sorted((read_year(folder) for folder in parsed.folders), key=lambda year: year["requests"])
    for year in years:
        print(
            f"{year['requests']:>9,} requests  {seconds(year):8,.0f} s  {per_thousand(year):6.1f} s per 1,000"
            f"  {year['peak_mb']:5.0f} MB  {year['kills']:4.0f} restarts"
        )
    parsed.picture.write_text(draw(years), encoding="utf-8")
    return 0


def read_year(folder: Path) -> dict[str, Any]:
    """Return the figures a year left in its folder."""
    figures: dict[str, Any] = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    return figures


def seconds(year: dict[str, Any]) -> float:
    """Return how long recording and the clock processes took together."""
    return float(year["recording_seconds"] + year["clock_process_seconds"])


def per_thousand(year: dict[str, Any]) -> float:
    """Return the seconds a thousand requests took."""
    return seconds(year) * 1000 / float(year["requests"])


def draw(years: list[dict[str, Any]]) -> str:
    """Return the picture: seconds per 1,000 requests, and memory, over the requests of the year."""
    return write_curves(
        {
            "seconds per 1,000 requests": [(year["requests"], per_thousand(year)) for year in years],
            "peak memory (MB)": [(year["requests"], year["peak_mb"]) for year in years],
        },
        below="requests in the year",
    )


if __name__ == "__main__":
    sys.exit(main())
