"""The smallest changes that give a visit a place in time, each proven by re-solving the changed problem."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from dispatch.difference import Moved
from dispatch.explain.relaxations import MORE_OVERTIME_SECONDS, relax
from dispatch.explain.standing import Standing, place_in_time, put_back
from dispatch.facts import Facts
from dispatch.places import FoundPlace
from dispatch.plan import Plan
from dispatch.problem import Problem, Shift, TimeWindow
from dispatch.quoting.moving import quote_by_moving
from dispatch.quoting.plan_slack import PlanSlack
from dispatch.quoting.windows import PlaceSearch
from dispatch.rules import hard_windows

STEP_SECONDS = 900.0
"""Overtime and windows are named in quarters of an hour, rounded so that they suffice."""
SEARCH_SECONDS = 3 * 86400.0


class FixKind(StrEnum):
    """What would be changed; `place` is nothing but another technician or time."""

    PLACE = "place"
    OVERTIME = "overtime"
    WINDOW = "window"
    MOVE = "move"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Fix:
    """One change, its size, and the proof: the changed `problem` with a `plan` in which the visit is in time.

    `overtime`: `shift_id` works `seconds` longer than it may. `window`: the visit starts inside `window`, which its own
    windows, promise or deadline do not allow. `move`: `moved` goes where it says (`told_visit_ids` have to be told).
    `person`: one more technician with the visit's skills and tools, working like `shift_id`.
    """

    kind: FixKind
    extra_cost_cents: float
    problem: Problem
    plan: Plan
    shift_id: str
    start_seconds: float
    seconds: float = 0.0
    window: TimeWindow | None = None
    moved: Moved | None = None
    told_visit_ids: tuple[str, ...] = ()


def list_fixes(standing: Standing) -> tuple[Fix, ...]:
    """One proven change of each kind that helps by itself, those that touch nobody's promise or pay first."""
    place = list(_proven(FixKind.PLACE, standing, place_in_time(standing)))
    if place:
        return tuple(place)
    found = [*_overtime(standing), *_move(standing), *_window(standing), *_person(standing)]
    order = [FixKind.MOVE, FixKind.OVERTIME, FixKind.WINDOW, FixKind.PERSON]
    return tuple(sorted(found, key=lambda fix: (bool(fix.told_visit_ids), order.index(fix.kind))))


def _overtime(standing: Standing) -> Iterator[Fix]:
    """The least overtime one technician would need: the allowance grows in quarters of an hour until it suffices."""
    if place_in_time(_longer(standing, MORE_OVERTIME_SECONDS)) is None:
        return
    low, high = 0, int(MORE_OVERTIME_SECONDS / STEP_SECONDS)
    while high - low > 1:
        middle = (low + high) // 2
        fits = place_in_time(_longer(standing, middle * STEP_SECONDS)) is not None
        low, high = (low, middle) if fits else (middle, high)
    found = place_in_time(_longer(standing, high * STEP_SECONDS))
    if found is not None:
        changed = _longer(standing, high * STEP_SECONDS, only=found.route.shift_id)
        yield from _proven(FixKind.OVERTIME, changed, place_in_time(changed), seconds=high * STEP_SECONDS)


def _longer(standing: Standing, seconds: float, *, only: str | None = None) -> Standing:
    shifts = tuple(
        replace(shift, overtime_limit_seconds=shift.overtime_limit_seconds + seconds)
        if only is None or shift.id == only
        else shift
        for shift in standing.problem.shifts
    )
    return replace(standing, problem=replace(standing.problem, shifts=shifts))


def _window(standing: Standing) -> Iterator[Fix]:
    """The nearest start outside the visit's windows, promise and deadline, offered as a window of its own."""
    free = relax(standing, ["time_window", "promise", "commitment", "release"])
    windows = hard_windows(free.problem, free.visit)
    tiers = Facts(standing.problem).joined_by(standing.visit).tiers(standing.visit)
    wished = tiers[0].windows if tiers else ((0.0, 0.0),)
    best: FoundPlace | None = None
    search = PlaceSearch(PlanSlack(free.problem, free.plan), free.visit)
    for width in (900.0, 1800.0, 3600.0, 7200.0, 14400.0, 28800.0, SEARCH_SECONDS):
        nearer = tuple(
            (max(lower, since - width), min(upper, until + width))
            for lower, upper in windows
            for since, until in wished
            if max(lower, since - width) <= min(upper, until + width)
        )
        best = search.cheapest([nearer])[0] if nearer else None
        if best is not None:
            break
    if best is None:
        return
    start = best.route.stops[best.position].start_seconds
    begin = start // STEP_SECONDS * STEP_SECONDS
    window = TimeWindow(begin, begin + 2 * 3600.0)
    visit = replace(
        standing.visit, time_windows=(window,), promised_window=None, deadline_seconds=None, release_seconds=None
    )
    changed = replace(standing, visit=visit)
    seconds = min(abs(start - edge) for span in wished for edge in span)
    yield from _proven(FixKind.WINDOW, changed, place_in_time(changed), seconds=seconds, window=window)


def _move(standing: Standing) -> Iterator[Fix]:
    """The cheapest single visit whose going elsewhere makes room."""
    tiers = Facts(standing.problem).joined_by(standing.visit).tiers(standing.visit)
    if not tiers or tiers[0].broken_commitments or tiers[0].broken_promises:
        return
    spans = [TimeWindow(max(since, -SEARCH_SECONDS), min(until, SEARCH_SECONDS)) for since, until in tiers[0].windows]
    for quoted in quote_by_moving(standing.problem, standing.plan, standing.visit, spans, most_tried=40)[:1]:
        in_time = any(span.from_seconds <= quoted.start_seconds <= span.until_seconds for span in spans)
        if in_time:
            yield Fix(
                FixKind.MOVE,
                quoted.extra_cost_cents,
                quoted.problem,
                quoted.plan,
                quoted.shift_id,
                quoted.start_seconds,
                moved=quoted.moved,
                told_visit_ids=quoted.told_visit_ids,
            )


def _person(standing: Standing) -> Iterator[Fix]:
    """One more technician with what the visit asks for, working like the first shift in which that helps."""
    visit = standing.visit
    for shift in standing.problem.shifts:
        extra = replace(
            shift,
            id=f"{shift.id}+1",
            technician_id=f"{shift.technician_id}+1",
            skills={**shift.skills, **visit.skills},
            languages=shift.languages | visit.languages,
            tools=shift.tools | visit.tools,
            parts={**shift.parts, **visit.parts},
            territories=frozenset() if visit.territory is None else frozenset({visit.territory}),
            available_from_seconds=None,
        )
        if visit.required_technician_ids:
            return
        problem = replace(standing.problem, shifts=(*standing.problem.shifts, extra))
        changed = replace(standing, problem=problem)
        found = place_in_time(changed) if build_alone(changed, extra) else None
        if found is not None:
            yield from _proven(FixKind.PERSON, changed, found)
            return


def build_alone(standing: Standing, shift: Shift) -> bool:
    """Whether this shift alone has a place for the visit; quicker to ask than all of them."""
    alone = replace(
        standing, problem=replace(standing.problem, shifts=(shift,), visits=()), plan=_nothing(standing.plan)
    )
    return place_in_time(alone) is not None


def _nothing(plan: Plan) -> Plan:
    return replace(plan, routes=(), unplaced=())


def _proven(
    kind: FixKind,
    changed: Standing,
    found: FoundPlace | None,
    *,
    seconds: float = 0.0,
    window: TimeWindow | None = None,
) -> Iterator[Fix]:
    """The fix with its proof; nothing when the changed problem's plan does not pass the check."""
    done = None if found is None else put_back(changed, found)
    if found is not None and done is not None:
        start = found.route.stops[found.position].start_seconds
        yield Fix(kind, found.extra_cents, *done, found.route.shift_id, start, seconds=seconds, window=window)
