"""Days small enough to follow by hand, and random ones for property tests."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from dispatch import Break, Shift, TimeWindow
from dispatch.replay import Chances, ChoiceRule, Demand, District, Kind, Policy, Request, Scenario, Taste
from dispatch.risk.spreads import Spread, Spreads
from tests.dispatch.problems import HOUR, straight_road

CERTAIN = Spreads(duration=Spread(), travel=Spread())


def at(clock: str) -> float:
    """Seconds after midnight."""
    hours, minutes = clock.split(":")
    return int(hours) * HOUR + int(minutes) * 60


def a_request(identity: str, called: str, location: int = 1, **more: object) -> Request:
    """One hour of work, agreed for within 24 hours."""
    return replace(Request(identity, at(called), location, HOUR), **more)  # type: ignore[arg-type]


def a_worker(identity: str = "s1", **more: object) -> Shift:
    """From eight to five, an hour of overtime at most, living at location 0."""
    shift = Shift(identity, f"t-{identity}", 8 * HOUR, 17 * HOUR, 0, 0, overtime_limit_seconds=HOUR)
    return replace(shift, **more)  # type: ignore[arg-type]


def next_day(shift: Shift, days: int = 1) -> Shift:
    """The same shift some days later."""
    later = days * 24 * HOUR
    return replace(
        shift,
        id=f"{shift.id}/{days}",
        from_seconds=shift.from_seconds + later,
        until_seconds=shift.until_seconds + later,
    )


def a_day(requests: list[Request], shifts: list[Shift], **more: object) -> Scenario:
    """A day from midnight on a road of twelve places, five minutes from one to the next, where all goes as planned."""
    scenario = Scenario(
        name="a day",
        until_seconds=24 * HOUR,
        places=((0.0, 0.0),) * 12,
        shifts=tuple(shifts),
        requests=tuple(requests),
        spreads=CERTAIN,
        matrix=straight_road(12),
        policy=Policy(solve_iterations=10, replan_iterations=10),
        starts_at="2026-05-11T00:00:00+08:00",
    )
    return replace(scenario, **more)  # type: ignore[arg-type]


def a_random_day(seed: int, *, requests: int = 8, technicians: int = 2) -> Scenario:
    """A day in which anything may happen; small enough that no plan needs the compiled search."""
    random = Random(seed)
    shifts = []
    for number in range(technicians):
        rests = random.choice([(), (Break(2700, TimeWindow(11.5 * HOUR, 13.5 * HOUR)),)])
        begins = random.choice([7.0, 8.0, 10.0]) * HOUR
        shift = Shift(
            f"s{number}",
            f"t{number}",
            begins,
            begins + random.choice([6, 9]) * HOUR,
            random.randrange(12),
            random.choice([0, 5, None]),
            skills={"tv": random.randint(1, 2)},
            breaks=rests,
            overtime_limit_seconds=random.choice([0.0, HOUR]),
            speed_factor=random.choice([1.0, 1.25]),
        )
        tomorrow = tuple(
            replace(
                rest, window=TimeWindow(rest.window.from_seconds + 24 * HOUR, rest.window.until_seconds + 24 * HOUR)
            )
            for rest in rests
        )
        shifts += [shift, replace(next_day(shift), breaks=tomorrow)]
    return a_day(
        [_a_random_request(random, number, shifts) for number in range(requests)],
        shifts,
        spreads=Spreads(),
        chances=Chances(0.2, 0.2, 0.2),
        taste=Taste(random.choice(list(ChoiceRule))),
        policy=Policy(solve_iterations=5, replan_iterations=5),
    )


def _a_random_request(random: Random, number: int, shifts: list[Shift]) -> Request:
    request = Request(
        f"r{number}",
        float(round(random.uniform(-6, 20) * HOUR)),
        random.randrange(12),
        random.choice([900.0, 2700.0, 5400.0]),
        commitment_seconds=random.choice([None, 4 * HOUR, 24 * HOUR]),
        skills=random.choice([{}, {"tv": 1}, {"tv": 2}]),
        priority=random.choice([30, 70]),
        wished_from_seconds=random.choice([None, 14 * HOUR]),
    )
    if request.called_seconds < 0 and random.random() < 0.7:
        begins = random.choice([8, 10, 12]) * HOUR
        return replace(
            request,
            promised=TimeWindow(begins, begins + 2 * HOUR),
            shift_id=random.choice([None, *(shift.id for shift in shifts)]),
            is_locked=random.random() < 0.2,
        )
    return request


def a_demand(calls_per_day: float) -> Demand:
    """Calls from six to ten in the evening, short and long work, near and far."""
    return Demand(
        calls_per_day=calls_per_day,
        hour_weights=tuple(float(6 <= hour < 22) for hour in range(24)),
        kinds=(Kind("short", 3.0, 1800.0), Kind("long", 1.0, 5400.0, commitment_seconds=4 * HOUR, priority=80)),
        districts=(District("near", 2.0, (1, 2, 3)), District("far", 1.0, (8, 9, 10, 11))),
        weekday_factors=(1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.25),
    )
