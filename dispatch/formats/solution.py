"""Plans as VROOM's solution JSON, read back and written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from dispatch.facts import Facts
from dispatch.formats.details import Details, unseen_cost
from dispatch.formats.errors import FileFormatError
from dispatch.formats.fields import Json, as_json, as_list, as_number
from dispatch.formats.solution_writer import write_solution
from dispatch.plan import PickUp, Plan, Route, Score, Stop, UnplacedVisit
from dispatch.problem import ObjectiveKind, Problem, Shift

__all__ = ["read_solution", "write_solution"]


def read_solution(problem: Problem, text: str, details: Details | None = None) -> Plan:
    """The plan in a solution file, ours or VROOM's; what it leaves out (driving) is taken from the problem.

    `details` are those of the file the problem was read from; only with them can shipments be read. Raises
    `FileFormatError`. Whether the plan is any good is for `check` to say.
    """
    content = as_json(text, "plan")
    if not isinstance(content, dict) or "routes" not in content:
        raise FileFormatError("plan", "a solution with routes is expected")
    facts = Facts(problem)
    names = {} if details is None else {
        (task.kind, task.id): visit_id for visit_id, tasks in details.tasks.items() for task in tasks
    }  # fmt: skip
    routes = tuple(
        _Reader(facts, names, f"routes[{i}]").route(item) for i, item in enumerate(as_list(content["routes"], "routes"))
    )
    unplaced = _unplaced(content, names)
    return Plan(routes, unplaced, _read_score(problem, content, _unseen(facts, details, routes)))


def _unplaced(content: Mapping[str, Json], names: Mapping[tuple[str, int], str]) -> tuple[UnplacedVisit, ...]:
    """The visits left out; the two ends of a shipment are one visit."""
    found: dict[str, UnplacedVisit] = {}
    for i, item in enumerate(as_list(content.get("unassigned"), "unassigned")):
        identity = _field(item, "id", f"unassigned[{i}]")
        kind = item.get("type", "job") if isinstance(item, dict) else "job"
        visit_id = names.get((str(kind), identity)) if isinstance(identity, int) else None
        unplaced = UnplacedVisit(str(identity) if visit_id is None else visit_id, "")
        if kind != "delivery" or unplaced.visit_id not in found:
            found[unplaced.visit_id if kind != "job" else f"{i} {unplaced.visit_id}"] = unplaced
    return tuple(found.values())


def _unseen(facts: Facts, details: Details | None, routes: Sequence[Route]) -> float:
    return (
        0.0 if details is None else sum(unseen_cost(details, facts.shifts[route.shift_id], route) for route in routes)
    )


def _field(item: Json, name: str, path: str) -> Json:
    if not isinstance(item, dict) or name not in item:
        raise FileFormatError(f"{path}.{name}", "is missing")
    return item[name]


def _read_score(problem: Problem, content: Mapping[str, Json], unseen: float) -> Score:
    given = content.get("score")
    if isinstance(given, dict):
        values = {name: as_number(given.get(name), f"score.{name}") for name in Score.__dataclass_fields__}
        return Score(
            int(values["broken_commitments"]),
            int(values["broken_promises"]),
            int(values["unplaced_priority"]),
            values["cost_cents"],
            values["changes_told"],
        )
    cost = as_number(_field(content.get("summary"), "cost", "summary"), "summary.cost") - unseen
    missing = {str(_field(item, "id", "unassigned")) for item in as_list(content.get("unassigned"), "unassigned")}
    left_out = [visit for visit in problem.visits if missing & set(visit.id.split("-"))]
    levels = {ObjectiveKind.PRODUCT: sum(v.priority for v in left_out), ObjectiveKind.CITY_DAY: 0}
    return Score(0, 0, levels.get(problem.objective, len(left_out)), cost, 0.0)


@dataclass(slots=True)
class _Reader:
    """One route, read step by step."""

    facts: Facts
    names: Mapping[tuple[str, int], str]
    path: str
    shift: Shift = field(init=False)
    here: int = 0
    leave: float = 0.0
    back: float = 0.0
    begun: tuple[str, Stop] | None = None
    stops: list[Stop] = field(default_factory=list)
    breaks: list[float] = field(default_factory=list)
    picked: list[PickUp] = field(default_factory=list)

    def route(self, item: Json) -> Route:
        shift_id = str(_field(item, "vehicle", self.path))
        if shift_id not in self.facts.shifts:
            raise FileFormatError(f"{self.path}.vehicle", f"the problem has no vehicle {shift_id[:40]}")
        self.shift = self.facts.shifts[shift_id]
        self.here = self.shift.start_location
        for number, step in enumerate(as_list(_field(item, "steps", self.path), f"{self.path}.steps")):
            self._step(step, f"{self.path}.steps[{number}]")
        if self.begun is not None:
            raise FileFormatError(self.path, "a pick-up without its delivery")
        end = self.shift.end_location
        seconds, metres = (0.0, 0.0) if end is None else self._leg(end)
        times = self.leave, self.back
        return Route(shift_id, tuple(self.stops), *times, tuple(self.breaks), seconds, metres, tuple(self.picked))

    def _step(self, step: Json, where: str) -> None:
        if not isinstance(step, dict):
            raise FileFormatError(where, "an object is expected")
        arrive = as_number(step.get("arrival"), f"{where}.arrival")
        start = arrive + as_number(step.get("waiting_time"), f"{where}.waiting_time", 0.0)
        start = as_number(step.get("start"), f"{where}.start", start)
        end = start + as_number(step.get("setup"), f"{where}.setup", 0.0)
        end += as_number(step.get("service"), f"{where}.service", 0.0)
        kind = step.get("type")
        if self.begun is not None and kind != "delivery":
            raise FileFormatError(where, "between a shipment's pick-up and delivery nothing else can be read")
        match kind:
            case "start":
                self.leave = arrive
            case "end":
                self.back = arrive
            case "break":
                self.breaks.append(start)
            case "depot":
                self._depot(arrive, end)
            case "job" | "pickup" | "delivery":
                self._visit(step, where, arrive, start, end)
            case _:
                raise FileFormatError(f"{where}.type", f"{str(kind)[:40]!r} is not supported")

    def _depot(self, arrive: float, end: float) -> None:
        points = self.facts.problem.pick_up_points
        there, point = (points[0].location, points[0].id) if points else (self.here, "?")
        seconds, metres = self._leg(there)
        self.picked.append(PickUp(point, len(self.stops), arrive, end, seconds, metres))
        self.here = there

    def _visit(self, step: Mapping[str, Json], where: str, arrive: float, start: float, end: float) -> None:
        identity, kind = _field(step, "id", where), str(step["type"])
        if kind == "delivery":
            self._deliver(identity, where, end)
            return
        known = self.names.get((kind, identity)) if isinstance(identity, int) else None
        if kind == "pickup" and known is None:
            raise FileFormatError(f"{where}.id", f"the problem has no pick-up {str(identity)[:40]}")
        visit_id = str(identity) if known is None else known
        visit = self.facts.visits.get(visit_id)
        there = self.here if visit is None else visit.location
        seconds, metres = self._leg(there)
        stop = Stop(visit_id, arrive, start, end, seconds, metres)
        self.here = there
        if kind == "pickup":
            self.begun = (visit_id, stop)
        else:
            self.stops.append(stop)

    def _deliver(self, identity: Json, where: str, end: float) -> None:
        known = self.names.get(("delivery", identity)) if isinstance(identity, int) else None
        if self.begun is None or known != self.begun[0]:
            raise FileFormatError(f"{where}.id", f"delivery {str(identity)[:40]} does not follow its pick-up")
        stop = self.begun[1]
        self.stops.append(
            Stop(stop.visit_id, stop.arrive_seconds, stop.start_seconds, end, stop.travel_seconds, stop.travel_metres)
        )
        self.begun = None

    def _leg(self, there: int) -> tuple[float, float]:
        roads = self.facts.roads
        return roads.seconds(self.here, there) / self.shift.speed_factor, roads.metres(self.here, there)
