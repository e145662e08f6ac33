"""All routes of a plan as columns: one row per shift, one column per stop, filled to the longest route.

Says per gap between two stops when one can be ready there and by when one has to start the next stop, with each
number of breaks taken: the arrays of `dispatch.slack.RouteSlack`, for all routes in one sweep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import chain

import numpy as np

from dispatch.costs import RETIMED_SECONDS
from dispatch.facts import Facts, available_from, latest_return, needed_breaks
from dispatch.plan import Route
from dispatch.problem import Shift, Visit
from dispatch.quoting.wide_roads import Floats, Integers, Rest, WideRoads
from dispatch.roads import EPSILON_SECONDS
from dispatch.rules import Windows, service_seconds
from dispatch.slack import standing_windows

NOWHERE = -1
SPARE_STOPS = 2


@dataclass(frozen=True, slots=True)
class Size:
    """How many stops, breaks and windows per stop the columns have room for."""

    stops: int
    breaks: int
    windows: int

    def holds(self, other: Size) -> bool:
        """Whether everything of the other size fits."""
        return self.stops >= other.stops and self.breaks >= other.breaks and self.windows >= other.windows


@dataclass(slots=True)
class RouteTable:
    """The columns. All have the route's number first; then the stop, then the number of breaks taken or the window.

    Times are seconds after the origin. `place` has the start before the stops, `there` the end behind them.
    """

    count: Integers
    speed: Floats
    begin: Floats
    limit: Floats
    until: Floats
    travel_limit: Floats
    visit_limit: Integers
    breaks: Integers
    break_from: Floats
    break_until: Floats
    break_length: Floats
    rested: Floats
    place: Integers
    there: Integers
    duration: Floats
    window_from: Floats
    window_until: Floats
    leave_now: Floats
    return_now: Floats
    travel_now: Floats
    waiting_now: Floats
    gains: Floats
    leg: Floats
    ready: Floats
    latest: Floats

    def rest(self, number: int) -> Rest:
        """One break of every route."""
        return self.break_from[:, number], self.break_until[:, number], self.break_length[:, number]

    @property
    def size(self) -> Size:
        """What the columns have room for."""
        return Size(self.duration.shape[1], self.break_from.shape[1], self.window_from.shape[2])

    def with_rows(self, rows: Integers, other: RouteTable) -> RouteTable:
        """A copy in which these rows are the other table's; both have the same size."""
        columns = {}
        for column in fields(self):
            values = getattr(self, column.name).copy()
            values[rows] = getattr(other, column.name)
            columns[column.name] = values
        return RouteTable(**columns)


def size_of(facts: Facts, shifts: Sequence[Shift], routes: Sequence[Route], *, spare: int = SPARE_STOPS) -> Size:
    """What these routes need, with room for a few stops more."""
    windows = max(
        (len(facts.visits[stop.visit_id].time_windows) for route in routes for stop in route.stops), default=1
    )
    return Size(
        max((len(route.stops) for route in routes), default=0) + spare,
        max((len(shift.breaks) for shift in shifts), default=0),
        max(1, windows),
    )


def tabulate(
    facts: Facts, roads: WideRoads, shifts: Sequence[Shift], routes: Sequence[Route], size: Size
) -> RouteTable:
    """The columns of these routes, `shifts` and `routes` side by side."""
    table = _blank(len(shifts), size)
    _write_shifts(table, shifts)
    _write_routes(table, routes)
    _write_stops(facts, table, shifts, routes)
    _write_legs(roads, table)
    _sweep_forward(roads, table)
    _sweep_backward(roads, table)
    return table


def _blank(rows: int, size: Size) -> RouteTable:
    stops, breaks, windows = size.stops, size.breaks, size.windows
    zeros = np.zeros(rows)
    return RouteTable(
        count=np.zeros(rows, dtype=np.int64),
        speed=np.ones(rows),
        begin=zeros.copy(),
        limit=zeros.copy(),
        until=zeros.copy(),
        travel_limit=np.full(rows, np.inf),
        visit_limit=np.full(rows, np.iinfo(np.int64).max),
        breaks=np.zeros(rows, dtype=np.int64),
        break_from=np.zeros((rows, breaks)),
        break_until=np.full((rows, breaks), -np.inf),
        break_length=np.zeros((rows, breaks)),
        rested=np.zeros((rows, breaks + 1)),
        place=np.zeros((rows, stops + 1), dtype=np.int64),
        there=np.full((rows, stops + 1), NOWHERE, dtype=np.int64),
        duration=np.zeros((rows, stops)),
        window_from=np.full((rows, stops, windows), np.inf),
        window_until=np.full((rows, stops, windows), -np.inf),
        leave_now=zeros.copy(),
        return_now=zeros.copy(),
        travel_now=zeros.copy(),
        waiting_now=zeros.copy(),
        gains=np.zeros((rows, stops + 1)),
        leg=np.zeros((rows, stops + 1)),
        ready=np.full((rows, stops + 1, breaks + 1), np.inf),
        latest=np.full((rows, stops + 1, breaks + 1), -np.inf),
    )


def _write_shifts(table: RouteTable, shifts: Sequence[Shift]) -> None:
    table.speed[:] = [shift.speed_factor for shift in shifts]
    table.begin[:] = [available_from(shift) for shift in shifts]
    table.limit[:] = [latest_return(shift) for shift in shifts]
    table.until[:] = [shift.until_seconds for shift in shifts]
    for row, shift in enumerate(shifts):
        table.place[row, 0] = shift.start_location
        if shift.max_travel_seconds is not None:
            table.travel_limit[row] = shift.max_travel_seconds
        if shift.max_visits is not None:
            table.visit_limit[row] = shift.max_visits
        if shift.breaks:
            for number, rest in enumerate(needed_breaks(shift)):
                table.break_from[row, number] = rest.window.from_seconds
                table.break_until[row, number] = rest.window.until_seconds
                table.break_length[row, number] = rest.duration_seconds
                table.breaks[row] = number + 1
    table.rested[:, 1:] = np.cumsum(table.break_length, axis=1)


def _write_routes(table: RouteTable, routes: Sequence[Route]) -> None:
    table.count[:] = [len(route.stops) for route in routes]
    used = table.count > 0
    table.leave_now[:] = [route.leave_seconds for route in routes]
    table.return_now[:] = [route.return_seconds for route in routes]
    table.travel_now[:] = [
        sum([stop.travel_seconds for stop in route.stops]) + route.return_travel_seconds for route in routes
    ]
    working = np.array([sum([stop.end_seconds - stop.start_seconds for stop in route.stops]) for route in routes])
    resting = np.zeros(len(routes))
    for row, route in enumerate(routes):
        for number, begin in enumerate(route.break_starts_seconds[: table.break_from.shape[1]]):
            if route.leave_seconds - EPSILON_SECONDS <= begin < route.return_seconds - EPSILON_SECONDS:
                resting[row] += table.break_length[row, number]
    away = table.return_now - table.leave_now
    waiting = np.maximum(0.0, away - working - table.travel_now - resting) if len(routes) else away
    table.waiting_now[:] = np.where(used, waiting, 0.0)
    table.travel_now[:] = np.where(used, table.travel_now, 0.0)


def _write_stops(facts: Facts, table: RouteTable, shifts: Sequence[Shift], routes: Sequence[Route]) -> None:
    visits = [[facts.visits[stop.visit_id] for stop in route.stops] for route in routes]
    everything = list(chain.from_iterable(visits))
    starts = [stop.start_seconds for route in routes for stop in route.stops]
    rows = np.repeat(np.arange(len(routes)), table.count)
    columns = np.arange(len(everything)) - np.repeat(np.cumsum(table.count) - table.count, table.count)
    places = np.array([visit.location for visit in everything], dtype=np.int64)
    table.place[rows, columns + 1] = places
    table.there[rows, columns] = places
    table.there[np.arange(len(routes)), table.count] = [
        NOWHERE if shift.end_location is None else shift.end_location for shift in shifts
    ]
    owners = np.repeat(np.array(shifts, dtype=object), table.count)
    table.duration[rows, columns] = [
        service_seconds(visit, shift) for visit, shift in zip(everything, owners, strict=True)
    ]
    windows = [standing_windows(facts, visit, start) for visit, start in zip(everything, starts, strict=True)]
    _write_windows(table, rows, columns, windows)
    _write_gains(facts, table, rows, columns, everything, starts, shifts)


def _write_windows(table: RouteTable, rows: Integers, columns: Integers, windows: Sequence[Windows]) -> None:
    firsts = np.array([window[0] for window in windows]).reshape(-1, 2)
    table.window_from[rows, columns, 0], table.window_until[rows, columns, 0] = firsts[:, 0], firsts[:, 1]
    for index, several in enumerate(windows):
        for number in range(1, len(several)):
            table.window_from[rows[index], columns[index], number] = several[number][0]
            table.window_until[rows[index], columns[index], number] = several[number][1]


def _write_gains(
    facts: Facts,
    table: RouteTable,
    rows: Integers,
    columns: Integers,
    visits: Sequence[Visit],
    starts: Sequence[float],
    shifts: Sequence[Shift],
) -> None:
    """What a later start could save at this stop or behind it: somebody was told a later time than now."""
    price = facts.problem.prices.change_cents_per_person_told
    for index, (visit, start) in enumerate(zip(visits, starts, strict=True)):
        current = visit.current
        if current is None or not current.is_told or current.shift_id != shifts[rows[index]].id:
            continue
        if current.start_seconds > start + RETIMED_SECONDS:
            table.gains[rows[index], columns[index]] = price
    table.gains[:] = np.cumsum(table.gains[:, ::-1], axis=1)[:, ::-1]


def _write_legs(roads: WideRoads, table: RouteTable) -> None:
    reached = table.there != NOWHERE
    driven = roads.seconds[table.place, np.where(reached, table.there, 0)]
    table.leg[:] = np.where(reached, driven / table.speed[:, None], 0.0)


def _sweep_forward(roads: WideRoads, table: RouteTable) -> None:
    rests = table.break_from.shape[1]
    table.ready[:, 0, 0] = table.begin
    for stop in range(int(table.count.max(initial=0))):
        leg = table.leg[:, stop]
        for taken in range(rests + 1):
            best = np.full(len(leg), np.inf)
            for before in range(taken + 1):
                passed = [table.rest(number) for number in range(before, taken)]
                there = roads.drive(table.ready[:, stop, before], leg, passed)
                start = earliest_in(table.window_from[:, stop], table.window_until[:, stop], there)
                best = np.minimum(best, start)
            table.ready[:, stop + 1, taken] = best + table.duration[:, stop]


def _sweep_backward(roads: WideRoads, table: RouteTable) -> None:
    """From the return to the first stop; the row at a route's number of stops is the return's."""
    rests = table.break_from.shape[1]
    nothing = np.zeros(len(table.count))
    later = np.full((len(table.count), rests + 1), -np.inf)
    for taken in range(rests + 1):
        for known in range(taken, rests + 1):  # routes with `known` breaks
            left = [table.rest(number) for number in range(taken, known)]
            by = np.minimum(table.limit, roads.leave_by(np.full(len(nothing), np.inf), nothing, left))
            later[:, taken] = np.where(table.breaks == known, by, later[:, taken])
    table.latest[:] = later[:, None, :]
    for stop in range(int(table.count.max(initial=0)) - 1, -1, -1):
        is_there = table.count > stop
        for taken in range(rests + 1):
            best = np.full(len(nothing), -np.inf)
            for after in range(taken, rests + 1):
                passed = [table.rest(number) for number in range(taken, after)]
                leave = roads.leave_by(table.latest[:, stop + 1, after], table.leg[:, stop + 1], passed)
                start = latest_in(
                    table.window_from[:, stop], table.window_until[:, stop], leave - table.duration[:, stop]
                )
                best = np.maximum(best, start)
            table.latest[:, stop, taken] = np.where(is_there, best, table.latest[:, stop, taken])


def earliest_in(since: Floats, until: Floats, at: Floats) -> Floats:
    """Per row the first time in its windows (the last axis, in order) not before `at`; infinite when there is none."""
    start = np.full(at.shape, np.inf)
    for number in range(since.shape[-1] - 1, -1, -1):
        fits = at <= until[..., number] + EPSILON_SECONDS
        start = np.where(fits, np.maximum(at, since[..., number]), start)
    return start


def latest_in(since: Floats, until: Floats, at: Floats) -> Floats:
    """Per row the last time in its windows not after `at`; minus infinity when there is none."""
    start = np.full(at.shape, -np.inf)
    for number in range(since.shape[-1]):
        fits = at >= since[..., number] - EPSILON_SECONDS
        start = np.where(fits, np.minimum(at, until[..., number]), start)
    return start
