"""What people have pinned in the live plan, in the planner's terms; a time nobody can keep any more gives way (D6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import dispatch
from operations.planning.rows import PlacedStop, PlaceLock
from policies.visit_locks import TIMED, VisitLockKind, without_time


def lock_data(stop: PlacedStop, data: dispatch.Visit, *, seconds: Callable[[dt.datetime], float]) -> dispatch.Visit:
    """Return a visit's data with what a person has pinned of its place; `seconds` counts from the problem's origin."""
    lock = stop.lock
    if lock is None:
        return data
    if lock.waives_rules:
        data = waive_rules(data)
    start = 0.0 if lock.from_at is None else seconds(lock.from_at)
    is_over = lock.kind in TIMED and (start if lock.until_at is None else seconds(lock.until_at)) < 0
    kind = without_time(lock.kind) if is_over else lock.kind
    if kind is None:
        return data
    span = _span(lock, seconds) if kind is VisitLockKind.TIME_RANGE else None
    current = dispatch.Assignment(str(stop.shift_id), start)
    return replace(data, lock=dispatch.Lock(dispatch.LockKind(kind), span), current=current)


def waive_rules(data: dispatch.Visit) -> dispatch.Visit:
    """Return the visit without the rules about who may come: a person has chosen."""
    nobody = frozenset[str]()
    return replace(
        data, skills={}, territory=None, languages=nobody, required_technician_ids=nobody, refused_technician_ids=nobody
    )


def let_locks_slip(
    problem: dispatch.Problem, plan: dispatch.Plan, sequences: Mapping[str, Sequence[str]]
) -> tuple[dispatch.Problem, dispatch.Plan]:
    """Return problem and plan with a place for every locked visit: one that is late keeps technician, not time."""
    placed = {stop.visit_id for route in plan.routes for stop in route.stops}
    if all(visit.lock is None or visit.id in placed for visit in problem.visits):
        return problem, plan
    visits = tuple(visit if visit.id in placed else _without_time(visit) for visit in problem.visits)
    slipped = replace(problem, visits=visits)
    return slipped, dispatch.time_routes(slipped, sequences)


def _without_time(visit: dispatch.Visit) -> dispatch.Visit:
    if visit.lock is None:
        return visit
    kind = without_time(VisitLockKind(visit.lock.kind))
    return replace(visit, lock=None if kind is None else dispatch.Lock(dispatch.LockKind(kind)))


def _span(lock: PlaceLock, seconds: Callable[[dt.datetime], float]) -> dispatch.TimeWindow | None:
    if lock.from_at is None or lock.until_at is None:
        return None
    return dispatch.TimeWindow(seconds(lock.from_at), seconds(lock.until_at))
