"""A small area's day as a planning problem, the same for a seed."""

from random import Random

import dispatch

HOUR = 3600.0


def area_problem(*, visits: int, technicians: int = 3, seed: int = 1) -> dispatch.Problem:
    draws = Random(seed)
    points = [(31.2 + 0.2 * draws.random(), 121.4 + 0.2 * draws.random()) for _ in range(visits + technicians)]
    return dispatch.Problem(
        visits=tuple(
            dispatch.Visit(id=f"visit:{number}", location=technicians + number, duration_seconds=1200.0)
            for number in range(visits)
        ),
        shifts=tuple(
            dispatch.Shift(
                id=str(number),
                technician_id=str(number),
                from_seconds=0.0,
                until_seconds=9 * HOUR,
                start_location=number,
                end_location=number,
            )
            for number in range(technicians)
        ),
        travel=dispatch.straight_line_travel(points, circuity=1.35, speed_km_per_hour=28, buffer_seconds=300),
    )
