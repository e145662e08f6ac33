"""What it means to move one visit by hand: the planner is asked before anything happens (D6, D9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import dispatch
from dispatch.rules import blocking_rules
from operations.planning.live import OpenPlan
from operations.planning.locks import waive_rules
from operations.planning.rows import visit_key
from operations.planning.snapshot import Snapshot, id_in_key
from policies.visit_locks import VisitLockKind

RETIMED_SECONDS = 300.0
"""Others whose start shifts by less are not worth a line."""


class MoveImpossible(ValueError):
    """There is no way to carry this out; `args[0]` is the reason's code: started, past, no_shift or no_room."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Where a dispatcher wants a visit: at whose shift, from about when, and what of it is to be pinned."""

    visit_id: int
    shift_id: int
    start_at: dt.datetime
    lock: VisitLockKind | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visit stands: the shift and the planned start."""

    shift_id: int
    start_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Retiming:
    """Another visit that would start at another time."""

    visit_id: int
    before_at: dt.datetime
    after_at: dt.datetime


@dataclass(frozen=True, slots=True)
class MoveVerdict:
    """What a move would cost and break. `troubles` are codes: rules, and `promise:<visit>` or `commitment:<visit>`.

    `plan` has the routes of the two shifts concerned; all others stay as they are.

    Costs are those of the plan's objective: driving, waiting, overtime, and the price of people told otherwise.
    """

    wish: Wish
    revision: int
    before: Place
    after: Place
    extra_cost_cents: int
    extra_travel_seconds: int
    extra_overtime_seconds: int
    troubles: tuple[str, ...]
    retimed: tuple[Retiming, ...]
    plan: dispatch.Plan

    @property
    def needs_reason(self) -> bool:
        """True when somebody has to say why this is done all the same."""
        return bool(self.troubles)

    @property
    def breaks_own_promise(self) -> bool:
        """True when the visit would start outside the window its customer was promised."""
        return f"promise:{self.wish.visit_id}" in self.troubles

    @property
    def waives_rules(self) -> bool:
        """True when the technician is not one the rules would send."""
        return any(trouble in ASSIGNMENT_TROUBLES for trouble in self.troubles)


ASSIGNMENT_TROUBLES = frozenset({"skill", "territory", "required_technician", "refused_technician", "language"})


def judge_move(opened: OpenPlan, wish: Wish) -> MoveVerdict:
    """Return what moving a visit there would mean; nothing is changed. Raises MoveImpossible.

    The others keep their order; the visit goes before the first that starts later than the wished start. Its own time
    is the planner's, as early as its promise allows, unless the lock asks for exactly the wished start.
    """
    snapshot = opened.snapshot
    question = _Question.about(opened, wish)
    after = question.answer()
    moved = _place_of(after, question.key, snapshot)
    if moved is None or _lost(question.sequences_before, after, question.key):
        raise MoveImpossible("no_room")
    before_plan = dispatch.time_routes(question.problem, question.sequences_before)
    before = question.before
    return MoveVerdict(
        wish=wish,
        revision=opened.row.revision,
        before=before,
        after=moved,
        extra_cost_cents=round(after.score.cost_cents - before_plan.score.cost_cents),
        extra_travel_seconds=round(_travel_seconds(after) - _travel_seconds(before_plan)),
        extra_overtime_seconds=round(_overtime_seconds(question.problem, after))
        - round(_overtime_seconds(question.problem, before_plan)),
        troubles=(*question.rules_broken(moved), *_broken_more(snapshot, before_plan, after)),
        retimed=_list_retimed(snapshot, before_plan, after, question.key),
        plan=after,
    )


@dataclass(frozen=True, slots=True)
class _Question:
    """The day with nothing frozen but what others were told, and the visit free to go where it is wished."""

    snapshot: Snapshot
    wish: Wish
    key: str
    data: dispatch.Visit
    before: Place
    problem: dispatch.Problem
    sequences_before: dict[str, list[str]]
    is_stranded: bool

    @classmethod
    def about(cls, opened: OpenPlan, wish: Wish) -> _Question:
        snapshot, key = opened.snapshot, visit_key(wish.visit_id)
        data = next((visit for visit in snapshot.problem.visits if visit.id == key), None)
        before = place_of(opened, key)
        if data is None or before is None:
            raise MoveImpossible("started")
        shift = next((shift for shift in snapshot.problem.shifts if shift.id == str(wish.shift_id)), None)
        if shift is None:
            raise MoveImpossible("no_shift")
        start = snapshot.seconds(wish.start_at)
        if start < 0:
            raise MoveImpossible("past")
        freeze = snapshot.problem.freeze_until_seconds
        free = replace(data, lock=None)
        # Nobody but these two drives otherwise: the rest of the plan need not be timed again.
        concerned = {str(before.shift_id), shift.id}
        sequences = {
            route.shift_id: [stop.visit_id for stop in route.stops]
            for route in snapshot.plan.routes
            if route.shift_id in concerned
        }
        theirs = {visit_id for row in sequences.values() for visit_id in row}
        others = (_held(visit, freeze) for visit in snapshot.problem.visits if visit.id in theirs - {key})
        problem = replace(
            snapshot.problem,
            freeze_until_seconds=None,
            visits=(*others, free),
            shifts=tuple(known for known in snapshot.problem.shifts if known.id in concerned),
        )
        return cls(snapshot, wish, key, free, before, problem, sequences, key in opened.stranded)

    def answer(self) -> dispatch.Plan:
        """The best plan with the visit there: by every rule, else with the rules about who may come waived."""
        plans = []
        for data in (self.data, waive_rules(self.data)):
            for exact in (True, False) if self.wish.lock in _EXACT else (False,):
                plan = self._timed(self._at_exactly(data) if exact else data)
                if _has(plan, self.key):
                    plans.append(plan)
            if plans:
                break
        if not plans:
            raise MoveImpossible("no_room")
        return plans[0]

    def _at_exactly(self, data: dispatch.Visit) -> dispatch.Visit:
        at = self.snapshot.seconds(self.wish.start_at)
        return replace(data, time_windows=(dispatch.TimeWindow(at, at),))

    def _timed(self, data: dispatch.Visit) -> dispatch.Plan:
        problem = replace(self.problem, visits=(*self.problem.visits[:-1], data))
        return dispatch.time_routes(problem, self._sequences_after())

    def _sequences_after(self) -> dict[str, list[str]]:
        target, at = str(self.wish.shift_id), self.snapshot.seconds(self.wish.start_at)
        starts = {stop.visit_id: stop.start_seconds for route in self.snapshot.plan.routes for stop in route.stops}
        after = {shift: [key for key in keys if key != self.key] for shift, keys in self.sequences_before.items()}
        row = after.setdefault(target, [])
        position = sum(starts[key] < at for key in row)
        row.insert(position, self.key)
        return after

    def rules_broken(self, moved: Place) -> list[str]:
        """The rules about who may come, and the freeze."""
        shift = next(shift for shift in self.problem.shifts if shift.id == str(moved.shift_id))
        rules = list(blocking_rules(self.data, shift))
        freeze = self.snapshot.problem.freeze_until_seconds
        # Whom nobody comes to has nothing to lose by a change this late: only whoever takes the visit is held.
        held = (moved,) if self.is_stranded else (self.before, moved)
        starts = [self.snapshot.seconds(place.start_at) for place in held]
        if freeze is not None and self.before != moved and min(starts) < freeze:
            rules.append("freeze")
        return rules


_EXACT = frozenset({VisitLockKind.TIME, VisitLockKind.BOTH})


def _held(visit: dispatch.Visit, freeze_seconds: float | None) -> dispatch.Visit:
    """Others that are frozen keep shift and start; the visit that moves is not held by the freeze."""
    is_frozen = visit.current is not None and freeze_seconds is not None
    if is_frozen and visit.current is not None and visit.current.start_seconds < (freeze_seconds or 0.0):
        return replace(visit, lock=dispatch.Lock(dispatch.LockKind.BOTH))
    return visit


def place_of(opened: OpenPlan, key: str) -> Place | None:
    """Return where a visit stands: in the plan, or where it was left when its technician could not come."""
    if key in opened.stranded:
        left = opened.stranded[key]
        return Place(left.shift_id, left.start_at)
    return _place_of(opened.snapshot.plan, key, opened.snapshot)


def _has(plan: dispatch.Plan, key: str) -> bool:
    return any(stop.visit_id == key for route in plan.routes for stop in route.stops)


def _place_of(plan: dispatch.Plan, key: str, snapshot: Snapshot) -> Place | None:
    found = ((route.shift_id, stop) for route in plan.routes for stop in route.stops if stop.visit_id == key)
    return next((Place(int(shift), snapshot.instant(stop.start_seconds)) for shift, stop in found), None)


def _lost(sequences: Mapping[str, Sequence[str]], after: dispatch.Plan, key: str) -> bool:
    """Whether anybody but the visit itself had a place and has none any more."""
    placed = {stop.visit_id for route in after.routes for stop in route.stops}
    return any(visit_id not in placed and visit_id != key for row in sequences.values() for visit_id in row)


def _starts(plan: dispatch.Plan) -> dict[str, float]:
    return {stop.visit_id: stop.start_seconds for route in plan.routes for stop in route.stops}


def _broken(snapshot: Snapshot, plan: dispatch.Plan) -> set[str]:
    starts, broken = _starts(plan), set()
    for visit in snapshot.problem.visits:
        start = starts.get(visit.id)
        if start is None:
            continue
        subject = visit.id.removeprefix("visit:")
        window, deadline = visit.promised_window, visit.deadline_seconds
        if window is not None and not window.from_seconds - 1 <= start <= window.until_seconds + 1:
            broken.add(f"promise:{subject}")
        if deadline is not None and start > deadline + 1:
            broken.add(f"commitment:{subject}")
    return broken


def _broken_more(snapshot: Snapshot, before: dispatch.Plan, after: dispatch.Plan) -> list[str]:
    return sorted(_broken(snapshot, after) - _broken(snapshot, before))


def _list_retimed(snapshot: Snapshot, before: dispatch.Plan, after: dispatch.Plan, key: str) -> tuple[Retiming, ...]:
    was = _starts(before)
    return tuple(
        Retiming(id_in_key(visit_id), snapshot.instant(was[visit_id]), snapshot.instant(start))
        for visit_id, start in _starts(after).items()
        if visit_id != key
        and visit_id.startswith("visit:")
        and visit_id in was
        and abs(was[visit_id] - start) > RETIMED_SECONDS
    )


def _travel_seconds(plan: dispatch.Plan) -> float:
    return sum(sum(stop.travel_seconds for stop in route.stops) + route.return_travel_seconds for route in plan.routes)


def _overtime_seconds(problem: dispatch.Problem, plan: dispatch.Plan) -> float:
    ends: dict[str, float] = {shift.id: shift.until_seconds for shift in problem.shifts}
    routes: Sequence[dispatch.Route] = plan.routes
    return sum(max(0.0, route.return_seconds - ends[route.shift_id]) for route in routes if route.stops)
