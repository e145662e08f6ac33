"""Every room for one more visit in all routes at once, and the least it can cost there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dispatch.costs import MINUTE_SECONDS
from dispatch.problem import Prices
from dispatch.quoting.route_table import NOWHERE, RouteTable
from dispatch.quoting.wide_roads import Floats, Integers, Truths, WideRoads
from dispatch.roads import EPSILON_SECONDS
from dispatch.rules import Windows

ROUNDING_SECONDS = 1e-4
ROUNDING_CENTS = 1e-4


class Gaps:
    """Where one more visit could go: between every two stops of every route, before the first and after the last."""

    def __init__(self, roads: WideRoads, table: RouteTable) -> None:
        """Lay the gaps of all routes one after the other."""
        stops = table.leg.shape[1]
        self.row, self.position = np.nonzero(np.arange(stops)[None, :] <= table.count[:, None])
        row, position = self.row, self.position
        self.here, self.there = table.place[row, position], table.there[row, position]
        self.speed = table.speed[row]
        self.ends = self.there == NOWHERE
        is_empty = table.count[row] == 0
        self.direct = np.where(is_empty, 0.0, table.leg[row, position])
        self.ready, self.latest = table.ready[row, position], table.latest[row, position]
        self.soonest, self.at_latest = self.ready.min(axis=1), self.latest.max(axis=1)
        rests = range(table.break_from.shape[1])
        self.rests = [tuple(column[row] for column in table.rest(number)) for number in rests]
        self._write_bounds(roads, table)

    def _write_bounds(self, roads: WideRoads, table: RouteTable) -> None:
        """What is behind the gap and before it, for the least a visit can cost there."""
        row, position = self.row, self.position
        fastest = roads.fastest(table.ready.min(axis=2), table.latest.max(axis=2))
        driving = table.leg * fastest
        before = np.cumsum(driving, axis=1) - driving
        behind = np.cumsum(driving[:, ::-1], axis=1)[:, ::-1] - driving
        working = np.zeros_like(table.leg)
        working[:, :-1] = np.cumsum(table.duration[:, ::-1], axis=1)[:, ::-1]
        self.free_flow = np.where(table.count[row] == 0, 0.0, table.leg.sum(axis=1)[row])
        self.travel_elsewhere = before[row, position] + behind[row, position]
        self.driving_behind = behind[row, position]
        self.work_behind, self.work_all = working[row, position], working[row, 0]
        self.gain = table.gains[row, position]
        self.leave_at_latest = _leave_at_latest(table)[row]

    def cents_now(self, table: RouteTable, prices: Prices) -> Floats:
        """What each gap's route costs now for driving, waiting and overtime."""
        overtime = np.where(table.count > 0, np.maximum(0.0, table.return_now - table.until), 0.0)
        cents = (
            table.travel_now * prices.travel_cents_per_minute
            + table.waiting_now * prices.waiting_cents_per_minute
            + overtime * prices.overtime_cents_per_minute
        ) / MINUTE_SECONDS
        return cents[self.row]


def _leave_at_latest(table: RouteTable) -> Floats:
    """No later than this is home left whatever is put in behind the first stop."""
    if not table.break_from.shape[1]:
        return table.leave_now
    first_until = table.window_until[:, 0].max(axis=1)
    may_rest_first = (table.breaks > 0) & (table.break_from[:, 0] + table.break_length[:, 0] <= first_until)
    return np.where(may_rest_first, np.maximum(table.leave_now, table.latest[:, 0].max(axis=1)), table.leave_now)


@dataclass(slots=True)
class Rooms:
    """Rooms for one visit: gap, earliest and latest start, service there, and the parts of the least cost."""

    gap: Integers
    rested: Integers
    earliest: Floats
    latest: Floats
    service: Floats
    to_visit: Floats
    onward: Floats
    fixed_cents: Floats


def find_rooms(
    roads: WideRoads,
    table: RouteTable,
    gaps: Gaps,
    able: Truths,
    *,
    location: int,
    service: Floats,
    assignment_cents: Floats,
) -> Rooms:
    """Every gap of an able route into which the visit fits in time; its own windows are not looked at.

    `able`, `service` (seconds on site) and `assignment_cents` have one entry per route.
    """
    gap = np.flatnonzero(able[gaps.row] & (gaps.soonest < np.inf))
    speed = gaps.speed[gap]
    to_visit = roads.seconds[gaps.here[gap], location] / speed
    there = gaps.there[gap]
    onward = np.where(gaps.ends[gap], 0.0, roads.seconds[location, np.maximum(there, 0)] / speed)
    longer = gaps.free_flow[gap] + to_visit + onward - gaps.direct[gap]
    is_short = longer <= table.travel_limit[gaps.row[gap]] + ROUNDING_SECONDS
    gap, to_visit, onward = gap[is_short], to_visit[is_short], onward[is_short]
    work = service[gaps.row[gap]]
    rooms = []
    for between in range(gaps.ready.shape[1]):
        earliest = _earliest(roads, gaps, gap, to_visit, between)
        latest = _latest(roads, gaps, gap, onward, between) - work
        fits = np.flatnonzero(earliest <= latest + 2 * EPSILON_SECONDS)
        rooms.append((fits, np.full(len(fits), between), earliest[fits], latest[fits]))
    fits, rested, earliest, latest = (np.concatenate(columns) for columns in zip(*rooms, strict=True))
    chosen = gap[fits]
    return Rooms(
        chosen,
        rested,
        earliest,
        latest,
        work[fits],
        to_visit[fits],
        onward[fits],
        assignment_cents[gaps.row[chosen]],
    )


def _earliest(roads: WideRoads, gaps: Gaps, gap: Integers, to_visit: Floats, between: int) -> Floats:
    best = np.full(len(gap), np.inf)
    for taken in range(between + 1):
        rests = [_of(gaps, number, gap) for number in range(taken, between)]
        best = np.minimum(best, roads.drive(gaps.ready[gap, taken], to_visit, rests))
    return best


def _latest(roads: WideRoads, gaps: Gaps, gap: Integers, onward: Floats, between: int) -> Floats:
    best = np.full(len(gap), -np.inf)
    for taken in range(between, gaps.ready.shape[1]):
        rests = [_of(gaps, number, gap) for number in range(between, taken)]
        best = np.maximum(best, roads.leave_by(gaps.latest[gap, taken], onward, rests))
    return best


def _of(gaps: Gaps, number: int, gap: Integers) -> tuple[Floats, Floats, Floats]:
    begin, until, length = gaps.rests[number]
    return begin[gap], until[gap], length[gap]


def starts_in(rooms: Rooms, windows: Sequence[Windows]) -> Floats:
    """Per question (its windows) and room the earliest start there can be; infinite where there is none."""
    starts = np.full((len(windows), len(rooms.gap)), np.inf)
    for number in range(max((len(several) for several in windows), default=0)):
        bounds = [several[number] if number < len(several) else (np.inf, -np.inf) for several in windows]
        since, until = (np.array(column)[:, None] for column in zip(*bounds, strict=True))
        start = np.maximum(rooms.earliest[None, :], since)
        starts = np.minimum(starts, np.where(rooms.earliest[None, :] <= until + EPSILON_SECONDS, start, np.inf))
    return np.where(starts <= rooms.latest[None, :] + ROUNDING_SECONDS, starts, np.inf)


@dataclass(frozen=True, slots=True)
class OwnPrice:
    """What a late start of the new visit itself costs."""

    deadline_seconds: float
    cents_per_minute: float


@np.errstate(invalid="ignore")
def least_cents(
    roads: WideRoads, table: RouteTable, gaps: Gaps, rooms: Rooms, starts: Floats, prices: Prices, own: OwnPrice
) -> Floats:
    """Per question and room no more than the visit can cost there; infinite where it cannot start.

    Inserting never brings a technician home earlier, and what comes behind only gets later: costs can only grow, but
    for somebody who was told a later time (`gain`). Prices unknown here are never negative: leaving them out keeps
    this a lower bound.
    """
    gap = rooms.gap
    row = gaps.row[gap]
    is_used = table.count[row] > 0
    fastest = roads.fastest(gaps.soonest[gap], gaps.at_latest[gap])
    wheel = gaps.travel_elsewhere[gap] + (rooms.to_visit + rooms.onward) * fastest
    rested = table.rested[row, rooms.rested]
    then = starts + rooms.service + rooms.onward * fastest + gaps.work_behind[gap] + gaps.driving_behind[gap]
    home = np.where(is_used, table.return_now[row], -np.inf)
    # Every rest behind the visit and before the return lengthens both the day and the time rested.
    awake_until = np.maximum(then, home - (table.rested[row, -1] - rested)) - rested
    leave = np.where(gaps.position[gap] == 0, starts - rooms.to_visit * fastest, gaps.leave_at_latest[gap])
    idle = np.maximum(0.0, awake_until - leave - gaps.work_all[gap] - rooms.service - wheel)
    overtime = np.maximum(0.0, np.maximum(then, home) - table.until[row])
    late = np.maximum(0.0, starts - own.deadline_seconds) * own.cents_per_minute
    least = (
        wheel * prices.travel_cents_per_minute
        + idle * min(prices.waiting_cents_per_minute, prices.travel_cents_per_minute)
        + overtime * prices.overtime_cents_per_minute
        + late
    ) / MINUTE_SECONDS
    opening = np.where(is_used, 0.0, prices.shift_use_cents)
    now = gaps.cents_now(table, prices)[gap]
    least = least + rooms.fixed_cents + opening - gaps.gain[gap] - now - ROUNDING_CENTS
    is_shortcut = rooms.to_visit + rooms.onward + rooms.service < gaps.direct[gap]
    return np.where(np.isfinite(starts), np.where(is_shortcut, -np.inf, least), np.inf)
