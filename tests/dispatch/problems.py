"""Small problems to plan: a straight road with a stop every five minutes, and random days for property tests."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np

from dispatch import Assignment, Break, PickUpPoint, Problem, Shift, TimeWindow, Travel, Visit, VisitKind

HOUR = 3600.0
LEG_SECONDS = 300.0
LEG_METRES = 2000.0


def straight_road(count: int) -> Travel:
    """Locations 0, 1, 2… in a row, five minutes and two kilometres from one to the next."""
    places = np.arange(count, dtype=float)
    steps = np.abs(places[:, None] - places[None, :])
    return Travel(seconds=steps * LEG_SECONDS, metres=steps * LEG_METRES)


def a_visit(identity: str, location: int, **more: object) -> Visit:
    """One hour of work."""
    return replace(Visit(identity, location, HOUR), **more)  # type: ignore[arg-type]


def a_shift(identity: str = "s1", **more: object) -> Shift:
    """From eight to five, starting and ending at location 0."""
    return replace(Shift(identity, f"t-{identity}", 8 * HOUR, 17 * HOUR, 0, 0), **more)  # type: ignore[arg-type]


def a_problem(visits: list[Visit], shifts: list[Shift], **more: object) -> Problem:
    """A day on a straight road of twelve places."""
    return replace(Problem(tuple(visits), tuple(shifts), straight_road(12)), **more)  # type: ignore[arg-type]


def lunch(since: float = 11.5, until: float = 13.5, minutes: float = 45) -> Break:
    return Break(duration_seconds=minutes * 60, window=TimeWindow(since * HOUR, until * HOUR))


def a_random_problem(seed: int, *, visits: int = 8, shifts: int = 3, factors: bool = False) -> Problem:
    """A day with every rule in it somewhere; the same for the same arguments."""
    random = Random(seed)
    count = visits + shifts
    points = np.array([[random.uniform(0, 30), random.uniform(0, 30)] for _ in range(count)])
    metres = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1)) * 1000
    hours = tuple(random.uniform(0.8, 1.6) for _ in range(24)) if factors else ()
    travel = Travel(seconds=metres * 0.12, metres=metres, hour_factors=hours, origin_hour=random.choice([0.0, 6.5]))
    return Problem(
        visits=tuple(_random_visit(random, f"v{index}", index, shifts) for index in range(visits)),
        shifts=tuple(_random_shift(random, f"s{index}", visits + index) for index in range(shifts)),
        travel=travel,
        freeze_until_seconds=random.choice([None, None, 9 * HOUR]),
    )


def _random_shift(random: Random, identity: str, location: int) -> Shift:
    begins = random.choice([7.0, 8.0, 9.5]) * HOUR
    rests = random.choice([(), (lunch(),), (lunch(10, 11, 15), lunch(12, 13.5, 45))])
    return Shift(
        id=identity,
        technician_id=f"t{identity}",
        from_seconds=begins,
        until_seconds=begins + random.choice([6.0, 8.0]) * HOUR,
        start_location=location,
        end_location=random.choice([location, location, None]),
        skills={"tv": random.randint(1, 3), **({"gas": 1} if random.random() < 0.6 else {})},
        territories=random.choice([frozenset(), frozenset({"north"}), frozenset({"north", "south"})]),
        tools=frozenset({"ladder"}) if random.random() < 0.7 else frozenset(),
        parts={"lamp": random.randint(0, 3)},
        breaks=rests,
        overtime_limit_seconds=random.choice([0.0, HOUR]),
        available_from_seconds=random.choice([None, None, begins + HOUR]),
        speed_factor=random.choice([1.0, 1.25]),
        max_visits=random.choice([None, 4]),
        grade=random.choice([None, "expert", "trainee"]),
        target_work_seconds=random.choice([None, 0.0, HOUR]),
        languages=random.choice([frozenset({"zh"}), frozenset({"zh", "en"})]),
        reserved_seconds=random.choice([0.0, 2 * HOUR, 4.5 * HOUR]),
    )


def _random_visit(random: Random, identity: str, location: int, shifts: int) -> Visit:
    begins = random.uniform(8, 14) * HOUR
    windows = random.choice(
        [
            (),
            (TimeWindow(begins, begins + 3 * HOUR),),
            (TimeWindow(7 * HOUR, 9 * HOUR), TimeWindow(begins, begins + HOUR)),
        ]
    )
    promised = TimeWindow(begins, begins + 2 * HOUR) if random.random() < 0.3 else None
    current = Assignment(f"s{random.randrange(shifts)}", begins, is_told=random.random() < 0.5)
    return Visit(
        id=identity,
        location=location,
        duration_seconds=random.choice([0.0, 900.0, 2700.0, 5400.0]),
        time_windows=windows,
        release_seconds=random.choice([None, None, 9 * HOUR]),
        deadline_seconds=random.choice([None, random.uniform(9, 18) * HOUR]),
        lateness_cents_per_minute=random.choice([0.0, 10.0]),
        promised_window=promised,
        priority=random.choice([10, 50, 90]),
        skills=random.choice([{}, {"tv": random.randint(1, 3)}, {"gas": 1}]),
        preferred_technician_ids=random.choice([frozenset(), frozenset({"ts0"})]),
        refused_technician_ids=random.choice([frozenset(), frozenset(), frozenset({"ts1"})]),
        territory=random.choice([None, None, "north"]),
        tools=random.choice([frozenset(), frozenset({"ladder"})]),
        parts=random.choice([{}, {}, {"lamp": 1}]),
        current=random.choice([None, current]),
        kind=random.choice([VisitKind.REPAIR, VisitKind.PREVENTIVE, VisitKind.INSTALLATION]),
        languages=random.choice([frozenset(), frozenset({"en"}), frozenset({"en", "zh"})]),
        preferred_language=random.choice([None, "en"]),
        duration_seconds_by_grade=random.choice([{}, {"expert": 600.0}, {"expert": 600.0, "trainee": 6000.0}]),
    )


def without_pinning(problem: Problem) -> Problem:
    """The problem with no visit frozen in place, for tests of what is free to move."""
    visits = tuple(replace(visit, current=None) for visit in problem.visits)
    return replace(problem, visits=visits)


def a_tied_problem(seed: int, *, visits: int = 8, shifts: int = 3, pick_ups: bool = True) -> Problem:
    """A random day in which crews, orders and pick-up points tie visits to one another."""
    random = Random(seed)
    problem = a_random_problem(seed, visits=visits, shifts=shifts, factors=random.random() < 0.2)
    own = [visit.id for visit in problem.visits]
    tied = []
    for index, visit in enumerate(problem.visits):
        size = random.choice([1, 1, 2, 2, 3]) if random.random() < 0.5 else 1
        more = {
            "crew_size": size,
            "must_follow_ids": (random.choice(own[:index]),) if index and random.random() < 0.3 else (),
            "duration_seconds_by_grade": visit.duration_seconds_by_grade if size == 1 else {},
            "parts": random.choice([{}, visit.parts, {"pump": 1}, {"lamp": 2}]),
            "skills": random.choice([{}, visit.skills]),
            "languages": frozenset[str](),
            "current": visit.current if size == 1 else None,
        }
        tied.append(replace(visit, **more))  # type: ignore[arg-type]
    points = (
        PickUpPoint("store", 0, 600.0),
        PickUpPoint("depot", 1, 300.0, frozenset(), {"pump": 1, "lamp": 3}, {"pump": 10 * HOUR}),
    )
    chosen = random.choice([(), points[:1], points[1:], points]) if pick_ups else ()
    return replace(problem, visits=tuple(tied), pick_up_points=chosen)
