"""Results as a table for a terminal and as JSON."""

from __future__ import annotations

import json
from math import isfinite

from rich.table import Table

from dispatch.replay.figures import BETTER, NAMES, Better
from dispatch.replay.intervals import LEVEL, Estimate
from dispatch.replay.repeat import Results

TITLES = {
    "requests": "requests",
    "commitments_kept_percent": "commitments kept, %",
    "promises_kept_percent": "promised windows kept, %",
    "unplaced": "without a window, or never served",
    "done": "done",
    "cancelled": "cancelled",
    "no_access": "nobody at home",
    "customers_moved": "customers asked to move",
    "customers_told_late": "customers told of a delay",
    "customers_handed_on": "customers told another technician",
    "late_minutes": "minutes after the window, in all",
    "hours_to_arrival": "hours from call to arrival",
    "overtime_minutes": "overtime, minutes",
    "travel_minutes": "driving, minutes",
    "work_minutes": "work on site, minutes",
    "utilisation_percent": "work and driving, % of hours present",
    "visits_per_shift": "visits per shift",
    "shifts_ill": "shifts lost to illness",
}


def table_of(results: Results) -> Table:
    """Figures down, scenarios across; after each scenario but the first what it has more, with its interval."""
    runs = len(results.replayed[0].runs)
    table = Table(title=f"{runs} runs, seed {results.seed}; ± half of the {LEVEL:.0%} interval", title_justify="left")
    table.add_column("")
    estimates = [replayed.estimates() for replayed in results.replayed]
    differences = [results.differences(number) for number in range(1, len(results.replayed))]
    for number, replayed in enumerate(results.replayed):
        table.add_column(replayed.scenario, justify="right")
        if number:
            table.add_column("difference", justify="right")
            table.add_column("", justify="left")
    for name in NAMES:
        cells = [TITLES[name], describe(estimates[0][name])]
        for own, difference in zip(estimates[1:], differences, strict=True):
            cells += [describe(own[name]), describe(difference[name], is_signed=True), verdict(name, difference[name])]
        table.add_row(*cells)
    return table


def describe(found: Estimate, *, is_signed: bool = False) -> str:
    """Such as 97.3 ± 0.8; a single run has no interval."""
    mean = f"{found.mean:+.1f}" if is_signed else f"{found.mean:.1f}"
    return f"{mean} ± {found.half_width:.1f}" if isfinite(found.half_width) else mean


def verdict(figure: str, difference: Estimate) -> str:
    """Better, worse or unclear; nothing for figures that are neither, or do not differ."""
    better = BETTER[figure]
    if better is Better.NEITHER or (difference.mean == 0.0 and difference.half_width == 0.0):
        return ""
    if not difference.is_clear:
        return "unclear"
    return "better" if (difference.mean > 0) == (better is Better.MORE) else "worse"


def json_of(results: Results) -> str:
    """Seed, runs, and per scenario every figure's mean, half width and single runs; differences to the first."""
    return json.dumps(
        {
            "seed": results.seed,
            "runs": len(results.replayed[0].runs),
            "is_cancelled": results.is_cancelled,
            "level": LEVEL,
            "scenarios": [
                {
                    "name": replayed.scenario,
                    "figures": {
                        name: {**_fields(found), "runs": replayed.values(name)}
                        for name, found in replayed.estimates().items()
                    },
                    **({"difference": _differences(results, number)} if number else {}),
                }
                for number, replayed in enumerate(results.replayed)
            ],
        },
        ensure_ascii=False,
        indent=1,
    )


def _differences(results: Results, number: int) -> dict[str, dict[str, float | str | None]]:
    return {
        name: {**_fields(found), "verdict": verdict(name, found)} for name, found in results.differences(number).items()
    }


def _fields(found: Estimate) -> dict[str, float | None]:
    return {"mean": found.mean, "half_width": found.half_width if isfinite(found.half_width) else None}
