"""Plans written as VROOM's solution JSON, with additions of our own: `objective`, `start`, `score` and `trace`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from dispatch.costs import route_cost, waiting_seconds
from dispatch.facts import Facts, needed_breaks
from dispatch.formats.details import Details, Place, Task, Vehicle, unseen_cost
from dispatch.plan import Plan, Route, Score, Stop, UnplacedVisit
from dispatch.problem import Problem, Shift

Step = dict[str, object]
Row = tuple[float, Step, float, float]
"""When, the step, and the seconds and metres driven to it."""
ORDER = {"break": 0, "start": 1, "depot": 2, "job": 3, "pickup": 3, "delivery": 3, "end": 4}
TOTALS = ("setup", "service", "duration", "waiting_time", "priority", "distance")


def write_solution(problem: Problem, plan: Plan, details: Details | None = None) -> str:
    """The plan as JSON text; times are seconds, whole ones written without a decimal point.

    `details` are those of the file the problem was read from; without them places, descriptions and loads are left out.
    """
    return json.dumps(_Writer(problem, details).solution(plan), ensure_ascii=False, indent=1)


def _identity(text: str) -> int | str:
    return int(text) if text.isascii() and text.isdigit() else text


def _short(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _added(rows: Iterable[Sequence[int]], kinds: int) -> list[int]:
    total = [0] * kinds
    for row in rows:
        for i, amount in enumerate(row):
            total[i] += amount
    return total


class _Writer:
    """One problem's way of writing routes."""

    def __init__(self, problem: Problem, details: Details | None) -> None:
        self.problem, self.details = problem, details
        self.facts = Facts(problem)

    def solution(self, plan: Plan) -> Step:
        shifts = self.facts.shifts
        routes = [self._route(shifts[route.shift_id], route) for route in plan.routes if route.stops]
        unassigned = [entry for visit in plan.unplaced for entry in self._unassigned(visit)]
        score = plan.score
        unseen = sum(self._unseen_cost(shifts[route.shift_id], route) for route in plan.routes)
        summary: Step = {
            "cost": _short(round(score.cost_cents + unseen, 6)),
            "objective": _short(score.cost_cents),
            "routes": len(routes),
            "unassigned": len(unassigned),
        }
        if self._has_amounts():
            kinds = 0 if self.details is None else self.details.amounts
            for name in ("delivery", "pickup"):
                summary[name] = _added((route[name] for route in routes), kinds)  # type: ignore[misc]
        for name in TOTALS:
            if name != "distance" or self._has_distances():
                summary[name] = _short(round(sum(_number(route[name]) for route in routes), 6))
        summary["violations"] = []
        return {
            "code": 0,
            "summary": summary,
            "unassigned": unassigned,
            "routes": routes,
            "score": {name: _short(float(getattr(score, name))) for name in Score.__dataclass_fields__},
            "trace": plan.trace,
        }

    def _has_amounts(self) -> bool:
        return self.details is not None and self.details.amounts > 0

    def _has_distances(self) -> bool:
        return self.details is None or self.details.has_distances

    def _tasks(self, visit_id: str) -> Sequence[Task] | None:
        return None if self.details is None else self.details.tasks[visit_id]

    def _unassigned(self, unplaced: UnplacedVisit) -> list[Step]:
        tasks = self._tasks(unplaced.visit_id)
        if tasks is None:
            return [{"id": _identity(unplaced.visit_id), "type": "job", "reason": unplaced.reason}]
        return [{"id": task.id, "type": task.kind, "reason": unplaced.reason, **_named(task)} for task in tasks]

    def _route(self, shift: Shift, route: Route) -> Step:
        vehicle = Vehicle() if self.details is None else self.details.vehicles[shift.id]
        steps = self._steps(shift, route, vehicle)
        tasks = [task for stop in route.stops for task in self._tasks(stop.visit_id) or ()]
        inside = sum(_number(step["waiting_time"]) for step in steps if step["type"] == "delivery")
        duration = _number(next(step for step in steps if step["type"] == "end")["duration"])
        written: Step = {
            "vehicle": _identity(shift.id),
            "cost": _short(round(route_cost(self.facts, route) + self._unseen_cost(shift, route), 6)),
            **({} if vehicle.description is None else {"description": vehicle.description}),
            **self._loads(tasks),
            "setup": _short(sum(_number(step["setup"]) for step in steps)),
            "service": _short(sum(_number(step["service"]) for step in steps)),
            "duration": _short(duration),
            "waiting_time": _short(round(waiting_seconds(route, shift) + inside, 6)),
            "priority": sum(task.priority for task in tasks),
        }
        if self._has_distances():
            written["distance"] = next(step for step in steps if step["type"] == "end")["distance"]
        written |= {"violations": [], "steps": steps}
        return written

    def _unseen_cost(self, shift: Shift, route: Route) -> float:
        return 0.0 if self.details is None else unseen_cost(self.details, shift, route)

    def _loads(self, tasks: Sequence[Task]) -> Step:
        if not self._has_amounts() or self.details is None:
            return {}
        kinds = self.details.amounts
        return {
            "delivery": _added((task.delivery for task in tasks), kinds),
            "pickup": _added((task.pickup for task in tasks), kinds),
        }

    def _steps(self, shift: Shift, route: Route, vehicle: Vehicle) -> list[Step]:
        """All steps in the order of time, each with what has been driven and is carried by then."""
        timed: list[Row] = []
        for stop in route.stops:
            timed.extend(self._stop(shift, stop))
        for pick_up in route.pick_ups:
            service = pick_up.leave_seconds - pick_up.arrive_seconds
            step = _step("depot", pick_up.arrive_seconds, pick_up.arrive_seconds, 0.0, service)
            timed.append((pick_up.arrive_seconds, step, pick_up.travel_seconds, pick_up.travel_metres))
        timed.sort(key=lambda item: (item[0], ORDER[str(item[1]["type"])]))
        start = _step("start", route.leave_seconds, route.leave_seconds, 0.0, 0.0) | _place(vehicle.start)
        end = _step("end", route.return_seconds, route.return_seconds, 0.0, 0.0) | _place(vehicle.end)
        timed.insert(0, (route.leave_seconds, start, 0.0, 0.0))
        timed.append((route.return_seconds, end, route.return_travel_seconds, route.return_metres))
        if self.details is not None:
            timed = self._with_true_metres(shift, timed, route, self.details)
        self._count(timed, [task for stop in route.stops for task in self._tasks(stop.visit_id) or ()])
        return self._with_breaks(shift, route, vehicle, [step for _, step, _, _ in timed])

    def _stop(self, shift: Shift, stop: Stop) -> list[Row]:
        tasks = self._tasks(stop.visit_id)
        if tasks is None or self.details is None:
            number = _identity(stop.visit_id)
            step = _step("job", stop.arrive_seconds, stop.start_seconds, 0.0, stop.end_seconds - stop.start_seconds)
            return [
                (stop.start_seconds, {**step, "id": number, "job": number}, stop.travel_seconds, stop.travel_metres)
            ]
        rows = []
        arrive, start = stop.arrive_seconds, stop.start_seconds
        seconds = stop.travel_seconds
        metres = stop.travel_metres
        for number, task in enumerate(tasks):
            setup, service = task.setup_for(shift.grade), task.service_for(shift.grade)
            if number > 0:
                between = float(self.details.seconds[tasks[0].location, task.location]) / shift.speed_factor
                arrive, start = start + between, stop.end_seconds - setup - service
                seconds = between
                metres = float(self.details.metres[tasks[0].location, task.location])
            step = _step(task.kind, arrive, start, setup, service)
            named = {"id": task.id, **({"job": task.id} if task.kind == "job" else {}), **_named(task)}
            rows.append((start, {**step, **named}, seconds, metres))
            start += setup + service
        return rows

    @staticmethod
    def _with_true_metres(shift: Shift, timed: Sequence[Row], route: Route, details: Details) -> list[Row]:
        """The rows with the file's own distances: the planner may have been given costs in their stead."""
        tasks = iter([task for stop in route.stops for task in details.tasks[stop.visit_id]])
        here, rows = shift.start_location, []
        for at, step, seconds, _ in timed:
            there = here if step["type"] == "start" else shift.end_location
            if "id" in step:
                there = next(tasks).location
            is_known = there is not None and here < len(details.metres)
            rows.append((at, step, seconds, float(details.metres[here, there]) if is_known else 0.0))
            here = here if there is None else there
        return rows

    def _count(self, timed: Sequence[Row], tasks: Sequence[Task]) -> None:
        """Write what has been driven upon each step, and what is carried after it."""
        known = {(task.kind, task.id): task for task in tasks}
        kinds = self.details.amounts if self.details is not None else 0
        load = _added((task.delivery for task in tasks if task.kind == "job"), kinds)
        driven = metres = 0.0
        for _, step, seconds, length in timed:
            driven += seconds
            metres += length
            step["duration"] = _short(round(driven, 6))
            if self._has_distances():
                step["distance"] = _short(metres)
            task = known.get((str(step["type"]), step["id"])) if "id" in step else None  # type: ignore[arg-type]
            if task is not None:
                load = [carried - out for carried, out in zip(load, _padded(task.delivery, kinds), strict=True)]
                load = [carried + taken for carried, taken in zip(load, _padded(task.pickup, kinds), strict=True)]
            if kinds:
                step["load"] = list(load)

    def _with_breaks(self, shift: Shift, route: Route, vehicle: Vehicle, steps: list[Step]) -> list[Step]:
        """The steps with the breaks between them; those taken at home come before the start or after the end."""
        names = dict(enumerate(vehicle.breaks))
        due = [number for number in _in_order(shift) if shift.breaks[number] in needed_breaks(shift)]
        for number, begin in zip(due, route.break_starts_seconds, strict=True):
            rest = _step("break", begin, begin, 0.0, shift.breaks[number].duration_seconds)
            identity, description = names.get(number, (None, None))
            rest |= {} if identity is None else {"id": identity}
            rest |= {} if description is None else {"description": description}
            at = self._before(steps, route, begin)
            before = steps[max(0, at - 1)]
            rest["duration"] = before["duration"] if at else 0
            if "load" in before:
                rest["load"] = before["load"]
            steps.insert(at, rest)
        return steps

    @staticmethod
    def _before(steps: Sequence[Step], route: Route, begin: float) -> int:
        """The number of the step the break comes before."""
        if begin < route.leave_seconds - 1e-6:
            return next(at for at, step in enumerate(steps) if step["type"] == "start")
        if begin >= route.return_seconds - 1e-6:
            return len(steps)
        for at, step in enumerate(steps):
            if step["type"] == "end" or (step["type"] not in {"start", "break"} and begin <= _number(step["start"])):
                return at
        return len(steps)


def _in_order(shift: Shift) -> list[int]:
    """The numbers of the shift's breaks in the order they are taken."""
    return sorted(
        range(len(shift.breaks)),
        key=lambda number: (shift.breaks[number].window.from_seconds, shift.breaks[number].window.until_seconds),
    )


def _padded(amounts: Sequence[int], kinds: int) -> list[int]:
    return [*amounts, *[0] * (kinds - len(amounts))]


def _named(task: Task) -> Step:
    return {**({} if task.description is None else {"description": task.description}), **task.place}


def _place(place: Place | None) -> Step:
    return dict(place or {})


def _step(kind: str, arrive: float, start: float, setup: float, service: float) -> Step:
    return {
        "type": kind,
        "arrival": _short(arrive),
        "waiting_time": _short(max(0.0, round(start - arrive, 6))),
        "start": _short(start),
        "setup": _short(setup),
        "service": _short(service),
        "violations": [],
    }
