"""The live plan of a run: what stands in it, as a planning problem of any moment, and the planner's answers taken over.

It does what the product does with its tables: orders per shift are kept, times are worked out anew whenever they are
read, what starts soon is frozen where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dispatch.plan import Plan
from dispatch.problem import Assignment, Problem, Shift, TimeWindow, Visit
from dispatch.quoting.plan_slack import PlanSlack
from dispatch.replay.people import Stage, Tracked, Worker, worker_of
from dispatch.replay.scenario import HOUR_SECONDS, MINUTE_SECONDS, Request, Scenario
from dispatch.sequences import time_routes

ON_TIME_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Opened:
    """The plan at one moment: a problem and the plan in its terms."""

    problem: Problem
    plan: Plan

    def slack(self) -> PlanSlack:
        """The arrays behind quotes."""
        return PlanSlack(self.problem, self.plan)


class Book:
    """Everything a run knows: requests by id, workers by shift."""

    def __init__(self, scenario: Scenario, requests: Iterable[Request]) -> None:
        """Nobody has called, nobody has begun."""
        self.scenario = scenario
        self.policy = scenario.policy
        self.travel = scenario.travel()
        self.tracked = {request.id: Tracked(request) for request in requests}
        self.workers = {shift.id: worker_of(shift) for shift in scenario.shifts}

    def shift_ids(self, now: float) -> tuple[str, ...]:
        """The shifts a plan made now reaches: not over, and beginning within the horizon."""
        until = now + self.policy.horizon_hours * HOUR_SECONDS
        return tuple(
            worker.id for worker in self.workers.values() if worker.can_be_planned and worker.shift.from_seconds < until
        )

    def read(self, now: float, *, shift_ids: Sequence[str], also: Sequence[Tracked] = ()) -> Opened:
        """The plan of these shifts as it is now; `also` are visits that have lost their place."""
        workers = [self.workers[shift_id] for shift_id in shift_ids]
        placed = [self.tracked[visit_id] for worker in workers for visit_id in worker.order]
        free = Problem(
            visits=tuple(self.visit_of(tracked) for tracked in (*placed, *also)),
            shifts=tuple(self._shift_now(worker, now) for worker in workers),
            travel=self.travel,
            prices=self.scenario.prices,
        )
        plan = time_routes(free, {worker.id: worker.order for worker in workers})
        return Opened(self._with_current(free, plan, now, also), plan)

    def _with_current(self, free: Problem, plan: Plan, now: float, also: Sequence[Tracked]) -> Problem:
        current = {
            stop.visit_id: Assignment(route.shift_id, stop.start_seconds, is_told=True)
            for route in plan.routes
            for stop in route.stops
        }
        known = {shift.id for shift in free.shifts}
        for tracked in also:
            # Where the shift is still there, the visit did not fit it any more: nothing may pin it to that again.
            if tracked.shift_id is not None and tracked.shift_id not in known and tracked.start_seconds is not None:
                current[tracked.id] = Assignment(tracked.shift_id, tracked.start_seconds, is_told=True)
        visits = tuple(replace(visit, current=current.get(visit.id)) for visit in free.visits)
        return replace(free, visits=visits, freeze_until_seconds=now + self.policy.freeze_minutes * MINUTE_SECONDS)

    def visit_of(self, tracked: Tracked) -> Visit:
        """The request's visit as the planner sees it; a window chosen after the deadline takes the deadline's place."""
        request, deadline = tracked.request, tracked.request.deadline_seconds
        if deadline is not None and tracked.promised is not None:
            deadline = max(deadline, tracked.promised.until_seconds)
        required = request.required_technician_ids
        if request.is_locked and tracked.shift_id is not None:
            worker = self.workers.get(tracked.shift_id)
            # A lock ends with the shift it holds to: a technician who is ill cannot keep it.
            if worker is not None and worker.can_be_planned:
                required = frozenset({worker.shift.technician_id})
        return Visit(
            id=request.id,
            location=request.location,
            duration_seconds=request.duration_seconds,
            deadline_seconds=deadline,
            promised_window=None if tracked.promised is None else self.planned_window(tracked.promised),
            priority=request.priority,
            skills=request.skills,
            territory=request.territory,
            required_technician_ids=required,
            refused_technician_ids=request.refused_technician_ids,
        )

    def planned_window(self, window: TimeWindow) -> TimeWindow:
        """The part of a promised window that the planner may use: all but the margin."""
        until = max(window.from_seconds, window.until_seconds - self.policy.margin_minutes * MINUTE_SECONDS)
        return TimeWindow(window.from_seconds, until)

    def _shift_now(self, worker: Worker, now: float) -> Shift:
        return replace(
            worker.shift,
            start_location=worker.here,
            breaks=worker.rests,
            available_from_seconds=max(now, worker.free_at_seconds) if now > worker.shift.from_seconds else None,
        )

    def adopt(self, plan: Plan, *, shift_ids: Iterable[str] | None = None) -> list[str]:
        """Take over the plan's routes, all or those of some shifts; return the ids of shifts whose stops changed."""
        wanted = None if shift_ids is None else set(shift_ids)
        touched = []
        for route in plan.routes:
            if wanted is not None and route.shift_id not in wanted:
                continue
            worker = self.workers[route.shift_id]
            order = [stop.visit_id for stop in route.stops]
            starts = {stop.visit_id: stop.start_seconds for stop in route.stops}
            before = {visit_id: self.tracked[visit_id].start_seconds for visit_id in worker.order}
            if order != worker.order or before != starts:
                touched.append(worker.id)
            worker.order = order
            self._note_places(route.shift_id, starts)
        return touched

    def _note_places(self, shift_id: str, starts: Mapping[str, float]) -> None:
        for visit_id, start in starts.items():
            tracked = self.tracked[visit_id]
            if tracked.shift_id is not None and not self._same_technician(tracked.shift_id, shift_id):
                tracked.times_handed_on += 1
            tracked.shift_id, tracked.start_seconds = shift_id, start

    def _same_technician(self, first: str, second: str) -> bool:
        known = self.workers.get(first)
        return known is not None and known.shift.technician_id == self.workers[second].shift.technician_id

    def take_out(self, tracked: Tracked) -> Worker | None:
        """Take a visit out of the order it stands in; return the worker who had it."""
        for worker in self.workers.values():
            if tracked.id in worker.order:
                worker.order.remove(tracked.id)
                return worker
        return None

    def homeless(self) -> list[Tracked]:
        """Promised visits that stand in no worker's order."""
        placed = {visit_id for worker in self.workers.values() for visit_id in worker.order}
        return [
            tracked for tracked in self.tracked.values() if tracked.stage is Stage.PROMISED and tracked.id not in placed
        ]


def is_late(tracked: Tracked, start_seconds: float, *, by_seconds: float = 0.0) -> bool:
    """Whether a start lies after the promised window, by more than some time."""
    promised = tracked.promised
    return promised is not None and start_seconds > promised.until_seconds + by_seconds + ON_TIME_SECONDS
