"""City days of any size, seeded: `python -m benchmarks city_days --visits 500 --seed 1 -o DAY.json`.

VROOM JSON with the rules of a city day (`_rule`): places are kilometres on a plane, driving takes 120 s per kilometre
rounded up, lunch starts inside its window, the hour after the shift is overtime at twice the price of driving, and a
visit left out costs ten minutes per point of priority. There is a little more work than the technicians can do.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from random import Random

HOUR = 3600
SKILLS = (1, 2, 3, 4, 5, 6)
SKILL_SHARES = (30, 24, 18, 13, 9, 6)
KINDS = {"minor": (40, 57), "install": (20, 31), "major": (100, 12)}
"""Priority, and share of the day's visits in per cent."""
SERVICE_MINUTES = (30, 40, 45, 60, 75, 90, 120)
SERVICE_SHARES = (10, 10, 10, 21, 12, 20, 12)
CITY_KM = 40.0
QUARTERS = 9
VISITS_PER_TECHNICIAN = 7.6
VERSATILE_SHARE, PROMISED_SHARE = 0.1, 0.5
SHIFTS = {
    "day": (8.5 * HOUR, 17.5 * HOUR, (11.5 * HOUR, 14 * HOUR)),
    "evening": (17.5 * HOUR, 26.5 * HOUR, (20.5 * HOUR, 23 * HOUR)),
}
EVENING_SHARE = 0.06
LUNCH_SECONDS = 45 * 60
RULE = {
    "travel": "kilometres on a plane; seconds = ceil(120 * km)",
    "overtime": "up to 3600 s after shift_end, twice the price of driving",
    "lunch": "2700 s, starting inside its window, when the technician works at all",
    "objective": "10 * priority per unserved visit + minutes of driving + 2 * minutes of overtime",
}
Json = dict[str, object]


def main() -> int:
    """Write one day."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks city_days", description=__doc__)
    parser.add_argument("--visits", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parsed = parser.parse_args()
    parsed.output.write_text(json.dumps(a_city_day(parsed.visits, parsed.seed), indent=1) + "\n", encoding="utf-8")
    return 0


def a_city_day(visits: int, seed: int = 1) -> Json:
    """The day as JSON data; the same for the same arguments."""
    random = Random(f"{seed} {visits}")
    quarters = [(random.uniform(0.15, 0.85) * CITY_KM, random.uniform(0.15, 0.85) * CITY_KM) for _ in range(QUARTERS)]
    technicians = max(1, round(visits / VISITS_PER_TECHNICIAN))
    return {
        "_rule": {**RULE, "seed": seed},
        "vehicles": [_technician(random, number, quarters, technicians) for number in range(1, technicians + 1)],
        "jobs": [_visit(random, number, quarters) for number in range(1, visits + 1)],
    }


def _place(random: Random, quarters: list[tuple[float, float]]) -> list[float]:
    """Two thirds of the city live around its quarters, the others anywhere."""
    if random.random() < 1 / 3:
        return [round(random.uniform(0, CITY_KM), 3) for _ in "xy"]
    centre = random.choice(quarters)
    return [round(min(CITY_KM, max(0.0, random.gauss(at, 3.0))), 3) for at in centre]


def _technician(random: Random, number: int, quarters: list[tuple[float, float]], count: int) -> Json:
    """The first of the evening shift holds every skill, so that nothing has to wait for want of one."""
    evening = max(1, round(count * EVENING_SHARE)) if count > 1 else 0
    begins, ends, lunch = SHIFTS["evening" if number <= evening else "day"]
    held = (
        SKILLS
        if number <= evening or random.random() < VERSATILE_SHARE
        else random.sample(SKILLS, random.randint(2, 5))
    )
    home = _place(random, quarters)
    return {
        "id": number,
        "start": home,
        "end": home,
        "skills": sorted(held),
        "time_window": [int(begins), int(ends) + HOUR],
        "breaks": [{"id": number, "time_windows": [[int(at) for at in lunch]], "service": LUNCH_SECONDS}],
        "description": f"shift_end={int(ends)}",
    }


def _visit(random: Random, number: int, quarters: list[tuple[float, float]]) -> Json:
    kind = random.choices(list(KINDS), [share for _, share in KINDS.values()])[0]
    service = random.choices(SERVICE_MINUTES, SERVICE_SHARES)[0] * 60
    return {
        "id": number,
        "location": _place(random, quarters),
        "service": service,
        "skills": random.choices(SKILLS, SKILL_SHARES),
        "priority": KINDS[kind][0],
        "time_windows": [_window(random, kind)],
        "description": kind,
    }


def _window(random: Random, kind: str) -> list[int]:
    """Major faults four hours from the call; of the others half were promised two hours, half have a day."""
    if kind == "major":
        called = random.randrange(6 * HOUR, 18 * HOUR)
        return [called, called + 4 * HOUR]
    if random.random() < PROMISED_SHARE:
        begins = random.randrange(9, 20) * HOUR
        return [begins, begins + 2 * HOUR]
    called = random.randrange(-10 * HOUR, 10 * HOUR)
    return [max(0, called), called + 24 * HOUR]


if __name__ == "__main__":
    sys.exit(main())
