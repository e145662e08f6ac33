"""The routes of a plan on a map: where everybody lives and goes, as an SVG group."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from dispatch.plan import Plan, Route
from dispatch.problem import FloatMatrix, Problem, Shift, Visit

SIDE = 760.0
MARGIN = 24.0
MOST_GUESSED = 1500
"""Beyond so many places no map is made out of distances alone."""


def points_from_metres(problem: Problem) -> FloatMatrix | None:
    """Places on a plane with nearly the problem's distances (classical scaling), None when they cannot be found."""
    metres = (problem.travel.metres + problem.travel.metres.T) / 2.0
    ends = {
        place for shift in problem.shifts for place in (shift.start_location, shift.end_location) if place is not None
    }
    stops = {visit.location for visit in problem.visits} | {point.location for point in problem.pick_up_points}
    used = sorted(ends | stops)
    inner = metres[np.ix_(used, used)]
    if not 1 < len(used) <= MOST_GUESSED or not np.isfinite(inner).all():
        return None
    squares = inner**2
    centred = -0.5 * (squares - squares.mean(0) - squares.mean(1)[:, None] + squares.mean())
    values, vectors = np.linalg.eigh(centred)
    points = np.full((len(metres), 2), np.nan)
    points[used] = vectors[:, [-1, -2]] * np.sqrt(np.maximum(0.0, values[[-1, -2]]))
    return points


def draw_map(problem: Problem, plan: Plan, points: FloatMatrix) -> str:
    """Routes as lines in their own colours, visits as dots, homes as squares, what is not placed as crosses."""
    place = _Fitted(points)
    visits = {visit.id: visit for visit in problem.visits}
    shifts = {shift.id: shift for shift in problem.shifts}
    parts = []
    for number, route in enumerate(route for route in plan.routes if route.stops):
        shift = shifts[route.shift_id]
        known = [stop for stop in route.stops if stop.visit_id in visits]
        stops = [visits[stop.visit_id] for stop in known]
        path = [place(at) for at in _path(problem, shift, route, stops)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (spot for spot in path if spot is not None))
        parts.append(f'<g class="r{number}"><title>{escape(shift.id)}</title><polyline class="way" points="{line}"/>')
        for visit, stop in zip(stops, known, strict=True):
            spot = place(visit.location)
            if spot is not None:
                name = escape(f"{visit.id}: {stop.start_seconds:.0f}–{stop.end_seconds:.0f} ({shift.id})")
                parts.append(
                    f'<circle class="dot" cx="{spot[0]:.1f}" cy="{spot[1]:.1f}" r="4"><title>{name}</title></circle>'
                )
        home = place(shift.start_location)
        if home is not None:
            parts.append(f'<rect class="home" x="{home[0] - 4:.1f}" y="{home[1] - 4:.1f}" width="8" height="8"/>')
        parts.append("</g>")
    for unplaced in plan.unplaced:
        spot = place(visits[unplaced.visit_id].location) if unplaced.visit_id in visits else None
        if spot is not None:
            x, y = spot
            cross = f"M{x - 4:.1f} {y - 4:.1f}l8 8m0 -8l-8 8"
            parts.append(f'<path class="cross" d="{cross}"><title>{escape(unplaced.visit_id)}</title></path>')
    return "".join(parts)


def _path(problem: Problem, shift: Shift, route: Route, stops: Sequence[Visit]) -> list[int]:
    """The locations of a route in order, the way by a pick-up point included."""
    points = {point.id: point.location for point in problem.pick_up_points}
    path = [shift.start_location]
    for number, visit in enumerate(stops):
        on_the_way = [pick_up.pick_up_point_id for pick_up in route.pick_ups if pick_up.position == number]
        path += [points[name] for name in on_the_way if name in points]
        path.append(visit.location)
    return path if shift.end_location is None else [*path, shift.end_location]


class _Fitted:
    """From a location's number to its spot on the picture; None where the place is not known."""

    def __init__(self, points: FloatMatrix) -> None:
        self.points = points
        known = points[np.isfinite(points).all(axis=1)]
        self.low = known.min(axis=0) if len(known) else np.zeros(2)
        span = float((known.max(axis=0) - self.low).max()) if len(known) else 0.0
        self.scale = (SIDE - 2 * MARGIN) / span if span > 0 else 1.0

    def __call__(self, location: int) -> tuple[float, float] | None:
        if location >= len(self.points) or not np.isfinite(self.points[location]).all():
            return None
        x, y = (self.points[location] - self.low) * self.scale
        return MARGIN + float(x), SIDE - MARGIN - float(y)
