"""Plans as VROOM's solution JSON, with our own additions under their own keys, and back."""

from __future__ import annotations

import json

from dispatch.facts import Facts, needed_breaks
from dispatch.formats.errors import FileFormatError
from dispatch.formats.fields import Json, as_list, as_number
from dispatch.plan import PickUp, Plan, Route, Score, Stop, UnplacedVisit
from dispatch.problem import ObjectiveKind, Problem, Shift

Step = dict[str, object]
ORDER = {"break": 0, "start": 1, "depot": 2, "job": 3, "end": 4}


def write_solution(problem: Problem, plan: Plan) -> str:
    """The plan as JSON text; times are seconds, whole ones written without a decimal point."""
    shifts = {shift.id: shift for shift in problem.shifts}
    routes = [_route(problem, shifts[route.shift_id], route) for route in plan.routes if route.stops]
    unassigned = [{"id": _identity(visit.visit_id), "type": "job", "reason": visit.reason} for visit in plan.unplaced]
    score = plan.score
    summary: Step = {
        "cost": _short(score.cost_cents),
        "objective": _short(score.cost_cents),
        "routes": len(routes),
        "unassigned": len(unassigned),
        "service": _short(sum(_number(route["service"]) for route in routes)),
        "duration": _short(sum(_number(route["duration"]) for route in routes)),
        "waiting_time": _short(sum(_number(route["waiting_time"]) for route in routes)),
        "distance": _short(sum(_number(route["distance"]) for route in routes)),
        "violations": [],
    }
    content = {
        "code": 0,
        "summary": summary,
        "unassigned": unassigned,
        "routes": routes,
        "score": {name: _short(float(getattr(score, name))) for name in Score.__dataclass_fields__},
        "trace": plan.trace,
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _identity(text: str) -> int | str:
    return int(text) if text.isdigit() else text


def _short(value: float) -> int | float:
    return int(value) if value == int(value) else value


def _route(problem: Problem, shift: Shift, route: Route) -> Step:
    facts = {visit.id: visit for visit in problem.visits}
    steps: list[tuple[float, Step]] = [(route.leave_seconds, {"type": "start", "arrival": _short(route.leave_seconds)})]
    for begin, rest in zip(route.break_starts_seconds, needed_breaks(shift), strict=True):
        steps.append((begin, _step("break", begin, begin, rest.duration_seconds)))
    for pick_up in route.pick_ups:
        service = pick_up.leave_seconds - pick_up.arrive_seconds
        steps.append((pick_up.arrive_seconds, _step("depot", pick_up.arrive_seconds, pick_up.arrive_seconds, service)))
    for stop in route.stops:
        step = _step("job", stop.arrive_seconds, stop.start_seconds, facts[stop.visit_id].duration_seconds)
        steps.append((stop.start_seconds, {**step, "id": _identity(stop.visit_id), "job": _identity(stop.visit_id)}))
    steps.append((route.return_seconds, {"type": "end", "arrival": _short(route.return_seconds)}))
    first, last, middle = steps[0], steps[-1], steps[1:-1]
    middle.sort(key=lambda item: (item[0], ORDER[str(item[1]["type"])]))
    before = [step for at, step in middle if step["type"] == "break" and at < route.leave_seconds - 1e-6]
    after = [step for at, step in middle if step["type"] == "break" and at >= route.return_seconds - 1e-6]
    between = [step for _, step in middle if step not in before and step not in after]
    travel = sum(stop.travel_seconds for stop in route.stops) + route.return_travel_seconds
    travel += sum(pick_up.travel_seconds for pick_up in route.pick_ups)
    metres = sum(stop.travel_metres for stop in route.stops) + route.return_metres
    service = sum(stop.end_seconds - stop.start_seconds for stop in route.stops)
    away = route.return_seconds - route.leave_seconds
    rests = sum(_number(step["service"]) for step in between if step["type"] == "break")
    return {
        "vehicle": _identity(shift.id),
        "cost": _short(_cost(problem, route)),
        "service": _short(service),
        "duration": _short(travel),
        "waiting_time": _short(max(0.0, round(away - service - travel - rests, 6))),
        "distance": _short(metres + sum(pick_up.travel_metres for pick_up in route.pick_ups)),
        "steps": [*before, first[1], *between, last[1], *after],
    }


def _cost(problem: Problem, route: Route) -> float:
    from dispatch.costs import route_cost  # noqa: PLC0415 - the only cost needed here

    return route_cost(Facts(problem), route)


def _step(kind: str, arrive: float, start: float, service: float) -> Step:
    return {
        "type": kind,
        "arrival": _short(arrive),
        "waiting_time": _short(max(0.0, round(start - arrive, 6))),
        "start": _short(start),
        "service": _short(service),
    }


def read_solution(problem: Problem, text: str) -> Plan:
    """The plan in a solution file, ours or VROOM's; what it leaves out (driving) is taken from the problem.

    Raises `FileFormatError`. Whether the plan is any good is for `check` to say.
    """
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise FileFormatError(error.lineno, error.msg) from None
    if not isinstance(content, dict) or "routes" not in content:
        raise FileFormatError("plan", "a solution with routes is expected")
    facts = Facts(problem)
    routes = tuple(
        _read_route(facts, item, f"routes[{i}]") for i, item in enumerate(as_list(content["routes"], "routes"))
    )
    unplaced = [
        UnplacedVisit(str(_field(item, "id", f"unassigned[{i}]")), "")
        for i, item in enumerate(as_list(content.get("unassigned"), "unassigned"))
    ]
    return Plan(routes, tuple(unplaced), _read_score(problem, content))


def _field(item: Json, name: str, path: str) -> Json:
    if not isinstance(item, dict) or name not in item:
        raise FileFormatError(f"{path}.{name}", "is missing")
    return item[name]


def _read_score(problem: Problem, content: dict[str, Json]) -> Score:
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
    cost = as_number(_field(content.get("summary"), "cost", "summary"), "summary.cost")
    missing = {str(_field(item, "id", "unassigned")) for item in as_list(content.get("unassigned"), "unassigned")}
    left_out = [visit for visit in problem.visits if visit.id in missing]
    levels = {ObjectiveKind.PRODUCT: sum(v.priority for v in left_out), ObjectiveKind.CITY_DAY: 0}
    return Score(0, 0, levels.get(problem.objective, len(left_out)), cost, 0.0)


def _read_route(facts: Facts, item: Json, path: str) -> Route:
    shift_id = str(_field(item, "vehicle", path))
    shift = facts.shifts.get(shift_id)
    if shift is None:
        raise FileFormatError(f"{path}.vehicle", f"the problem has no vehicle {shift_id}")
    steps = [step for step in as_list(_field(item, "steps", path), f"{path}.steps") if isinstance(step, dict)]
    here = shift.start_location
    leave = back = 0.0
    stops: list[Stop] = []
    breaks: list[float] = []
    picked: list[PickUp] = []
    for number, step in enumerate(steps):
        where = f"{path}.steps[{number}]"
        arrive = as_number(step.get("arrival"), f"{where}.arrival")
        start = as_number(step.get("start"), f"{where}.start", arrive + as_number(step.get("waiting_time"), where, 0.0))
        end = start + as_number(step.get("service"), f"{where}.service", 0.0)
        match step.get("type"):
            case "start":
                leave = arrive
            case "end":
                back = arrive
            case "break":
                breaks.append(start)
            case "depot":
                there = facts.problem.pick_up_points[0].location if facts.problem.pick_up_points else here
                point = facts.problem.pick_up_points[0].id if facts.problem.pick_up_points else "?"
                seconds, metres = _leg(facts, shift, here, there)
                picked.append(PickUp(point, len(stops), arrive, end, seconds, metres))
                here = there
            case "job":
                visit_id = str(_field(step, "id", where))
                visit = facts.visits.get(visit_id)
                there = here if visit is None else visit.location
                seconds, metres = _leg(facts, shift, here, there)
                stops.append(Stop(visit_id, arrive, start, end, seconds, metres))
                here = there
            case kind:
                raise FileFormatError(f"{where}.type", f"{kind!r} is not supported")
    seconds, metres = (0.0, 0.0) if shift.end_location is None else _leg(facts, shift, here, shift.end_location)
    return Route(shift_id, tuple(stops), leave, back, tuple(breaks), seconds, metres, tuple(picked))


def _leg(facts: Facts, shift: Shift, here: int, there: int) -> tuple[float, float]:
    return facts.roads.seconds(here, there) / shift.speed_factor, facts.roads.metres(here, there)
