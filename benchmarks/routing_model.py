"""The same question put to OR-Tools' routing model: all promised visits and one more, solved anew."""

from __future__ import annotations

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from dispatch import Problem, Shift, TimeWindow, Visit

LONGEST_SECONDS = 5
LEFT_OUT_COST = 10**9


def answer_by_routing_model(problem: Problem, visit: Visit, window: TimeWindow) -> bool:
    """Whether the first solution of a model of the whole problem serves the visit inside the window.

    Built and solved from nothing, with lunch breaks, promised windows, skills and territories; any visit may be left
    out at a price, so that there always is a solution. No improvement follows the first solution.
    """
    visits = (*problem.visits, visit)
    starts = range(len(problem.shifts))
    manager = pywrapcp.RoutingIndexManager(
        len(visits) + 2 * len(problem.shifts),
        len(problem.shifts),
        [len(visits) + number for number in starts],
        [len(visits) + len(problem.shifts) + number for number in starts],
    )
    routing = pywrapcp.RoutingModel(manager)
    places = [item.location for item in visits]
    places += [shift.start_location for shift in problem.shifts] * 2
    service = [int(item.duration_seconds) for item in visits] + [0] * (2 * len(problem.shifts))
    roads = problem.travel.seconds.astype(int).tolist()

    def seconds(here: int, there: int) -> int:
        first, second = manager.IndexToNode(here), manager.IndexToNode(there)
        return service[first] + roads[places[first]][places[second]]

    driving = routing.RegisterTransitCallback(seconds)
    routing.SetArcCostEvaluatorOfAllVehicles(driving)
    horizon = int(max(shift.until_seconds + shift.overtime_limit_seconds for shift in problem.shifts))
    routing.AddDimension(driving, horizon, horizon, False, "time")
    time = routing.GetDimensionOrDie("time")
    for number, item in enumerate(visits):
        bounds = window if item is visit else item.promised_window
        index = manager.NodeToIndex(number)
        if bounds is not None:
            time.CumulVar(index).SetRange(int(bounds.from_seconds), int(bounds.until_seconds))
        routing.AddDisjunction([index], LEFT_OUT_COST)
        able = [row for row, shift in enumerate(problem.shifts) if _is_able(item, shift)]
        routing.VehicleVar(index).SetValues([-1, *able])
    for row, shift in enumerate(problem.shifts):
        _bind_shift(routing, time, service, row, shift)
    options = pywrapcp.DefaultRoutingSearchParameters()
    options.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    options.solution_limit = 1
    options.time_limit.FromSeconds(LONGEST_SECONDS)
    solution = routing.SolveWithParameters(options)
    index = manager.NodeToIndex(len(visits) - 1)
    return solution is not None and solution.Value(routing.NextVar(index)) != index


def _is_able(visit: Visit, shift: Shift) -> bool:
    skilled = all(shift.skills.get(skill, -1) >= level for skill, level in visit.skills.items())
    return skilled and (visit.territory is None or visit.territory in shift.territories)


def _bind_shift(
    routing: pywrapcp.RoutingModel, time: pywrapcp.RoutingDimension, service: list[int], row: int, shift: Shift
) -> None:
    time.CumulVar(routing.Start(row)).SetRange(int(shift.from_seconds), int(shift.until_seconds))
    latest = int(shift.until_seconds + shift.overtime_limit_seconds)
    time.CumulVar(routing.End(row)).SetRange(int(shift.from_seconds), latest)
    solver = routing.solver()
    rests = [
        solver.FixedDurationIntervalVar(
            int(rest.window.from_seconds),
            int(rest.window.until_seconds),
            int(rest.duration_seconds),
            False,
            f"rest {row}",
        )
        for rest in shift.breaks
    ]
    time.SetBreakIntervalsOfVehicle(rests, row, service)
