"""From an order of visits to a timed route: earliest starts, breaks that delay least, leaving as late as helps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from dispatch.facts import Entry, Facts, available_from, latest_return, needed_breaks
from dispatch.legs import drive_leg, leave_late
from dispatch.plan import Route, Stop
from dispatch.problem import Break, ObjectiveKind, Shift, Visit
from dispatch.roads import EPSILON_SECONDS
from dispatch.rules import earliest_in, service_seconds
from dispatch.shortest import shortest_route


def leg_to(facts: Facts, shift: Shift, here: int, there: int) -> tuple[float, float]:
    """Base seconds and metres from one location to another for this technician."""
    return facts.roads.seconds(here, there) / shift.speed_factor, facts.roads.metres(here, there)


def ready_times(facts: Facts, shift: Shift, entries: Sequence[Entry]) -> list[list[tuple[float, int]]]:
    """Per stop and number of breaks taken: the earliest end of service, and the breaks taken before the gap to it.

    Row 0 is the start of the shift. Infinite where it cannot be.
    """
    rests, drive = needed_breaks(shift), facts.roads.drive
    rows = [[(available_from(shift), 0)] + [(inf, 0)] * len(rests)]
    here = shift.start_location
    for entry in entries:
        base, _ = leg_to(facts, shift, here, entry.visit.location)
        service = service_seconds(entry.visit, shift)
        row = []
        for taken in range(len(rests) + 1):
            best = (inf, 0)
            for before in range(taken + 1):
                leave = rows[-1][before][0]
                if leave < inf:
                    end = earliest_in(entry.windows, drive(leave, base, rests[before:taken])) + service
                    if end < best[0]:
                        best = (end, before)
            row.append(best)
        rows.append(row)
        here = entry.visit.location
    return rows


def rest_after(rests: Sequence[Break], at: float) -> bool:
    """Whether these breaks can all be taken one after the other from `at` on, with nothing else to do."""
    for rest in rests:
        start = max(at, rest.window.from_seconds)
        if start > rest.window.until_seconds + EPSILON_SECONDS:
            return False
        at = start + rest.duration_seconds
    return True


def build_route(facts: Facts, shift: Shift, entries: Sequence[Entry]) -> Route | None:
    """The timed route through these visits in this order, or None where windows, breaks or the shift forbid it.

    Starts are as early as can be; among the ways to place the breaks the one with the earliest return is taken.
    """
    if facts.problem.objective is ObjectiveKind.TOTAL_DURATION:
        return shortest_route(facts, shift, [entry.visit for entry in entries])
    if not entries:
        start = available_from(shift)
        return Route(shift_id=shift.id, stops=(), leave_seconds=start, return_seconds=start)
    visits = tuple(entry.visit for entry in entries)
    if not facts.may_hold(visits, shift) or not _is_short_enough(facts, shift, visits) or not _is_in_order(visits):
        return None
    rows = ready_times(facts, shift, entries)
    end = _best_end(facts, shift, entries, rows)
    if end is None:
        return None
    return _trace(facts, shift, entries, _counts(rows, end[1]), end)


def _is_short_enough(facts: Facts, shift: Shift, visits: Sequence[Visit]) -> bool:
    limit = shift.max_travel_seconds
    return limit is None or free_flow_seconds(facts, shift, visits) <= limit + EPSILON_SECONDS


def _is_in_order(visits: Sequence[Visit]) -> bool:
    """No visit of the route comes before one it has to follow."""
    if not any(visit.must_follow_ids for visit in visits):
        return True
    later: set[str] = set()
    for visit in reversed(visits):
        if not later.isdisjoint(visit.must_follow_ids):
            return False
        later.add(visit.id)
    return True


def _best_end(
    facts: Facts, shift: Shift, entries: Sequence[Entry], rows: list[list[tuple[float, int]]]
) -> tuple[float, int, int] | None:
    """Earliest return, breaks taken by the last stop, breaks taken by the return."""
    rests = needed_breaks(shift)
    last = entries[-1].visit.location
    base = 0.0
    if shift.end_location is not None:
        base, _ = leg_to(facts, shift, last, shift.end_location)
    best: tuple[float, int, int] | None = None
    for before, (leave, _) in enumerate(rows[-1]):
        if leave == inf:
            continue
        for taken in range(before, len(rests) + 1):
            back = facts.roads.drive(leave, base, rests[before:taken])
            if back > latest_return(shift) + EPSILON_SECONDS or not rest_after(rests[taken:], back):
                continue
            if best is None or (back, before, taken) < best:
                best = (back, before, taken)
    return best


def _counts(rows: list[list[tuple[float, int]]], taken: int) -> list[int]:
    """Breaks taken by each row, walking back from the last."""
    counts = [taken]
    for row in reversed(rows[1:]):
        counts.append(row[counts[-1]][1])
    return counts[::-1]


def _trace(
    facts: Facts, shift: Shift, entries: Sequence[Entry], counts: list[int], end: tuple[float, int, int]
) -> Route:
    """Write the chosen timetable down as stops."""
    rests = needed_breaks(shift)
    here, at = shift.start_location, available_from(shift)
    leave = at
    stops: list[Stop] = []
    breaks: list[float] = []
    for index, entry in enumerate(entries):
        base, metres = leg_to(facts, shift, here, entry.visit.location)
        taken = rests[counts[index] : counts[index + 1]]
        leg = drive_leg(facts.roads, at, base, taken)
        start = earliest_in(entry.windows, facts.roads.drive(at, base, taken))
        if index == 0:
            leg = leave_late(facts.roads, leg, base, start, taken)
            leave = leg.leave_seconds
        breaks.extend(leg.break_starts_seconds)
        at = start + service_seconds(entry.visit, shift)
        stops.append(Stop(entry.visit.id, leg.arrive_seconds, start, at, leg.travel_seconds, metres, entry.helps))
        here = entry.visit.location
    back, before, after = end
    base, metres = (0.0, 0.0) if shift.end_location is None else leg_to(facts, shift, here, shift.end_location)
    home = drive_leg(facts.roads, at, base, rests[before:after])
    breaks.extend(home.break_starts_seconds)
    breaks.extend(drive_leg(facts.roads, back, 0.0, rests[after:]).break_starts_seconds)
    return Route(shift.id, tuple(stops), leave, back, tuple(breaks), home.travel_seconds, metres)


def free_flow_seconds(facts: Facts, shift: Shift, visits: Sequence[Visit]) -> float:
    """Seconds of driving in the whole route, the way home included, without the hour factors."""
    places = [shift.start_location, *(visit.location for visit in visits)]
    if shift.end_location is not None:
        places.append(shift.end_location)
    return sum(leg_to(facts, shift, here, there)[0] for here, there in pairwise(places))
