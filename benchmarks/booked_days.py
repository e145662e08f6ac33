"""Three days of a town as the hotline books them: every visit is promised two hours, everybody has lunch."""

from __future__ import annotations

from math import hypot
from random import Random

import numpy as np

from dispatch import Break, Plan, Problem, Shift, TimeWindow, Travel, Visit, time_routes

HOUR = 3600.0
DAY = 24 * HOUR
DAYS = 3
TOWN_KM = 40.0
METRES_PER_SECOND = 8.0
SKILLS = ("tv", "gas", "cold")
TERRITORIES = ("north", "east", "south", "west")
FREE_SHARE = 0.15
"""How much of a shift nobody has booked yet."""


def book_days(technicians: int, *, seed: int = 1) -> tuple[Problem, Plan]:
    """Return `technicians` × 3 shifts of eight hours with about four promised visits each, and their plan."""
    random = Random(seed)
    homes = [_point(random) for _ in range(technicians)]
    points = list(homes)
    shifts: list[Shift] = []
    visits: list[Visit] = []
    orders: dict[str, list[str]] = {}
    for day in range(DAYS):
        for technician in range(technicians):
            shift = _shift(random, technician, day)
            shifts.append(shift)
            mine = _visits(random, shift, points, first=len(visits))
            visits += mine
            orders[shift.id] = [visit.id for visit in mine]
    problem = Problem(tuple(visits), tuple(shifts), _travel(points, spare=_spare(random)))
    return problem, time_routes(problem, orders)


def one_more_visit(problem: Problem, *, seed: int) -> Visit:
    """Return a visit somebody calls about: anywhere on the map, within 24 hours of a random moment of the first day."""
    random = Random(seed)
    return Visit(
        id="new",
        location=random.randrange(problem.travel.seconds.shape[0]),
        duration_seconds=random.choice([30, 45, 60, 90]) * 60.0,
        deadline_seconds=24 * HOUR + random.uniform(7, 20) * HOUR,
        skills={random.choice(SKILLS): random.randint(1, 3)},
        territory=random.choice([*TERRITORIES, None]),
    )


def windows_of_three_days() -> tuple[TimeWindow, ...]:
    """Return the 18 windows of two hours between 8 and 20 o'clock that a caller could hear."""
    return tuple(
        TimeWindow(day * DAY + hour * HOUR, day * DAY + (hour + 2) * HOUR)
        for day in range(DAYS)
        for hour in range(8, 20, 2)
    )


def _point(random: Random) -> tuple[float, float]:
    return random.uniform(0, TOWN_KM), random.uniform(0, TOWN_KM)


def _spare(random: Random) -> list[tuple[float, float]]:
    return [_point(random) for _ in range(200)]


def _travel(points: list[tuple[float, float]], spare: list[tuple[float, float]]) -> Travel:
    places = np.array([*points, *spare])
    away = places[:, None, :] - places[None, :, :]
    metres = np.hypot(away[..., 0], away[..., 1]) * 1300.0
    seconds = np.ceil(metres / METRES_PER_SECOND + 300.0)
    np.fill_diagonal(seconds, 0.0)
    return Travel(seconds=seconds, metres=np.ceil(metres))


def _shift(random: Random, technician: int, day: int) -> Shift:
    begins = day * DAY + random.choice([8, 8, 9, 11]) * HOUR
    noon = begins + 3.5 * HOUR
    return Shift(
        id=f"s{technician}-{day}",
        technician_id=f"t{technician}",
        from_seconds=begins,
        until_seconds=begins + 9 * HOUR,
        start_location=technician,
        end_location=technician,
        skills={
            skill: 1 + (technician + number) % 3 for number, skill in enumerate(SKILLS) if (technician + number) % 4
        },
        territories=frozenset({TERRITORIES[technician % 4], TERRITORIES[(technician + 1) % 4]}),
        breaks=(Break(45 * 60.0, TimeWindow(noon, noon + 2 * HOUR)),),
        overtime_limit_seconds=HOUR,
    )


def _visits(random: Random, shift: Shift, points: list[tuple[float, float]], *, first: int) -> list[Visit]:
    """Visits one after the other from home on, each promised the window of the grid it falls in."""
    here = points[shift.start_location]
    at = shift.from_seconds
    rest = shift.breaks[0]
    has_rested = False
    visits: list[Visit] = []
    while True:
        there = tuple(min(TOWN_KM, max(0.0, value + random.gauss(0, 5))) for value in here)
        seconds = hypot(there[0] - here[0], there[1] - here[1]) * 1300.0 / METRES_PER_SECOND + 301.0
        duration = random.choice([30, 45, 60, 90]) * 60.0
        at += seconds + (random.uniform(1, 3) * HOUR if random.random() < FREE_SHARE else 0.0)
        if not has_rested and at + duration > rest.window.from_seconds:
            at = max(at, rest.window.from_seconds) + rest.duration_seconds
            has_rested = True
        if at + duration > shift.until_seconds - HOUR:
            return visits
        begin = at // (2 * HOUR) * 2 * HOUR
        points.append((there[0], there[1]))
        promised = TimeWindow(begin, begin + 2 * HOUR)
        visits.append(
            Visit(
                f"v{first + len(visits)}",
                len(points) - 1,
                duration,
                deadline_seconds=promised.until_seconds + 4 * HOUR,
                promised_window=promised,
            )
        )
        here, at = (there[0], there[1]), at + duration
