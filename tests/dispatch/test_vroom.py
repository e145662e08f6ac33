"""VROOM's fields: each kept with its meaning, or refused by its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from dispatch import check
from dispatch.__main__ import main
from dispatch.formats.errors import FileFormatError
from dispatch.formats.solution import read_solution, write_solution
from dispatch.formats.vroom import read_vroom_document
from dispatch.solver import Limits, solve

Json = dict[str, object]
QUICK = Limits(seconds=None, iterations=200)
LINE = [[abs(i - j) * 100 for j in range(6)] for i in range(6)]
"""Six places in a row, 100 seconds apart."""
DAY = [0, 10_000]


def a_vehicle(number: int = 1, **more: object) -> Json:
    return {"id": number, "start_index": 0, "end_index": 0, "time_window": DAY, **more}


def a_job(number: int, place: int, **more: object) -> Json:
    return {"id": number, "location_index": place, "service": 60, **more}


def a_shipment(pickup: int, delivery: int, **more: object) -> Json:
    return {"pickup": a_job(1, pickup), "delivery": a_job(2, delivery), **more}


def a_file(jobs: list[Json], vehicles: list[Json] | None = None, **more: object) -> Json:
    matrices = {"car": {"durations": LINE}}
    return {"jobs": jobs, "vehicles": [a_vehicle()] if vehicles is None else vehicles, "matrices": matrices, **more}


def solved(content: Json) -> Json:
    """The solution of the file; the plan has passed the check, and so has the solution read back."""
    document = read_vroom_document(json.dumps(content))
    plan = solve(document.problem, limits=QUICK)
    text = write_solution(document.problem, plan, document.details)
    assert check(document.problem, plan) == ()
    assert check(document.problem, read_solution(document.problem, text, document.details)) == ()
    solution: Json = json.loads(text)
    return solution


def steps_of(solution: Json, number: int = 0) -> list[Json]:
    route: Json = solution["routes"][number]  # type: ignore[index]
    steps: list[Json] = route["steps"]  # type: ignore[assignment]
    return steps


def test_a_solution_has_every_field_the_document_names() -> None:
    job = a_job(7, 2, description="boiler", delivery=[2], priority=3, setup=30)
    vehicle = a_vehicle(
        description="van", capacity=[4], breaks=[{"id": 5, "service": 100, "time_windows": [[0, 5000]]}]
    )

    solution = solved(a_file([job], [vehicle]))

    summary: Json = solution["summary"]  # type: ignore[assignment]
    assert {name: summary[name] for name in ("cost", "routes", "unassigned", "setup", "duration", "priority")} == {
        "cost": 400, "routes": 1, "unassigned": 0, "setup": 30, "duration": 400, "priority": 3,
    }  # fmt: skip
    assert summary["service"] == 60 + 100
    assert summary["delivery"] == [2]
    assert summary["pickup"] == [0]
    assert summary["violations"] == []
    route: Json = solution["routes"][0]  # type: ignore[index]
    assert {name: route[name] for name in ("vehicle", "description", "cost", "delivery", "priority")} == {
        "vehicle": 1, "description": "van", "cost": 400, "delivery": [2], "priority": 3,
    }  # fmt: skip
    step = next(step for step in steps_of(solution) if step["type"] == "job")
    expected = {
        "id": 7,
        "job": 7,
        "description": "boiler",
        "location_index": 2,
        "duration": 200,
        "load": [0],
        "setup": 30,
    }
    assert {name: step[name] for name in expected} == expected
    assert [step["load"] for step in steps_of(solution) if step["type"] == "start"] == [[2]]
    assert [step["id"] for step in steps_of(solution) if step["type"] == "break"] == [5]


def test_a_shipment_is_picked_up_and_delivered_by_one_vehicle() -> None:
    solution = solved(
        a_file([a_job(1, 5)], shipments=[a_shipment(2, 4, amount=[3])], vehicles=[a_vehicle(capacity=[3])])
    )

    kinds = [(step["type"], step.get("id")) for step in steps_of(solution)]
    assert kinds.index(("delivery", 2)) == kinds.index(("pickup", 1)) + 1
    assert solution["summary"]["cost"] == 1000  # type: ignore[index]
    assert [step["load"] for step in steps_of(solution) if step["type"] in {"pickup", "delivery"}] == [[3], [0]]


def test_a_shipment_too_big_for_a_vehicle_goes_with_another() -> None:
    vehicles = [a_vehicle(1, capacity=[1]), a_vehicle(2, capacity=[2])]

    solution = solved(a_file([], vehicles, shipments=[a_shipment(1, 2, amount=[2])]))

    assert [route["vehicle"] for route in solution["routes"]] == [2]  # type: ignore[attr-defined]


def test_a_shipment_waits_where_its_delivery_opens_later() -> None:
    shipment = a_shipment(1, 2)
    shipment["pickup"] |= {"time_windows": [[100, 200]]}  # type: ignore[operator]
    shipment["delivery"] |= {"time_windows": [[900, 1000]]}  # type: ignore[operator]

    steps = steps_of(solved(a_file([], shipments=[shipment])))

    starts = {step["type"]: step["start"] for step in steps}
    assert starts["pickup"] == 200
    assert starts["delivery"] == 900


def test_a_shipment_left_out_leaves_both_its_ends_out() -> None:
    solution = solved(a_file([], shipments=[a_shipment(1, 2, skills=[9])]))

    assert [(entry["type"], entry["id"]) for entry in solution["unassigned"]] == [("pickup", 1), ("delivery", 2)]  # type: ignore[attr-defined]
    assert solution["summary"]["unassigned"] == 2  # type: ignore[index]


def test_times_by_type_of_vehicle_hold_for_that_type_only() -> None:
    job = a_job(1, 1, setup=10, setup_per_type={"fast": 0}, service_per_type={"fast": 20})

    fast = solved(a_file([job], [a_vehicle(type="fast")]))["summary"]
    slow = solved(a_file([job], [a_vehicle(type="other")]))["summary"]

    assert (fast["setup"], fast["service"]) == (0, 20)  # type: ignore[index]
    assert (slow["setup"], slow["service"]) == (10, 60)  # type: ignore[index]


def test_a_vehicle_carries_no_more_than_its_capacity() -> None:
    jobs = [a_job(number, number, delivery=[2]) for number in (1, 2, 3)]

    solution = solved(a_file(jobs, [a_vehicle(capacity=[4])]))

    assert solution["summary"]["unassigned"] == 1  # type: ignore[index]


def test_a_job_of_higher_priority_is_served_first() -> None:
    jobs = [a_job(1, 1), a_job(2, 5, priority=10)]

    solution = solved(a_file(jobs, [a_vehicle(max_tasks=1)]))

    assert [entry["id"] for entry in solution["unassigned"]] == [1]  # type: ignore[attr-defined]


def test_prices_by_the_hour_and_fixed_prices_are_in_the_cost() -> None:
    costs = {"fixed": 1000, "per_hour": 7200, "per_task_hour": 3600}

    solution = solved(a_file([a_job(1, 2)], [a_vehicle(costs=costs)]))

    assert solution["summary"]["cost"] == 1000 + 2 * 400 + 60  # type: ignore[index]


def test_prices_by_the_kilometre_count_the_distances_of_the_file() -> None:
    metres = [[step * 10 for step in row] for row in LINE]
    matrices = {"car": {"durations": LINE, "distances": metres}}

    solution = solved(a_file([a_job(1, 2)], [a_vehicle(costs={"per_km": 5})], matrices=matrices))

    assert solution["summary"]["cost"] == pytest.approx(400 + 5 * 4)  # type: ignore[index]
    assert solution["summary"]["distance"] == 4000  # type: ignore[index]


def test_a_matrix_of_costs_decides_and_durations_keep_the_time() -> None:
    costs = [[0 if i == j else 1 for j in range(6)] for i in range(6)]
    costs[0][5] = 50
    matrices = {"car": {"durations": LINE, "costs": costs}}

    solution = solved(a_file([a_job(1, 5), a_job(2, 4)], matrices=matrices))

    assert solution["summary"]["cost"] == 3  # type: ignore[index]
    assert [step["id"] for step in steps_of(solution) if step["type"] == "job"] == [2, 1]
    assert solution["summary"]["duration"] == 1000  # type: ignore[index]


def test_a_longest_distance_is_kept_where_roads_are_all_equally_fast() -> None:
    matrices = {"car": {"durations": LINE, "distances": [[step * 10 for step in row] for row in LINE]}}

    solution = solved(a_file([a_job(1, 2), a_job(2, 5)], [a_vehicle(max_distance=9999)], matrices=matrices))

    assert [entry["id"] for entry in solution["unassigned"]] == [2]  # type: ignore[attr-defined]


def test_a_vehicle_without_a_start_begins_at_its_first_job() -> None:
    vehicle: Json = {"id": 1, "end_index": 0}

    assert solved(a_file([a_job(1, 5), a_job(2, 3)], [vehicle]))["summary"]["cost"] == 500  # type: ignore[index]


def test_a_faster_vehicle_drives_less() -> None:
    assert solved(a_file([a_job(1, 2)], [a_vehicle(speed_factor=2)]))["summary"]["duration"] == 200  # type: ignore[index]


def test_steps_are_where_the_search_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = [{"type": "start"}, {"type": "job", "id": 2}, {"type": "job", "id": 1}, {"type": "end"}]
    file = tmp_path / "day.json"
    file.write_text(json.dumps(a_file([a_job(1, 1), a_job(2, 2)], [a_vehicle(steps=steps)])))

    assert main(["solve", str(file), "--iterations", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["cost"] == 400


def test_steps_that_cannot_be_served_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "day.json"
    steps = [{"type": "job", "id": 1}]
    file.write_text(json.dumps(a_file([a_job(1, 1, skills=[4])], [a_vehicle(steps=steps)])))

    assert main(["solve", str(file), "--iterations", "1"]) == 2
    assert "vehicle 1: steps: 1 cannot be served" in capsys.readouterr().err


def test_places_by_longitude_and_latitude_need_no_matrix() -> None:
    vehicle = {"id": 1, "start": [2.35, 48.72], "end": [2.35, 48.72]}

    solution = solved({"vehicles": [vehicle], "jobs": [{"id": 1, "location": [2.45, 48.72]}]})

    assert 2 * 9000 < solution["summary"]["distance"] < 2 * 10_000  # type: ignore[index]


def test_whatever_is_carried_both_ways_has_to_fit_together() -> None:
    jobs = [a_job(1, 1, delivery=[2]), a_job(2, 2, pickup=[2])]

    assert solved(a_file(jobs, [a_vehicle(capacity=[4])]))["summary"]["unassigned"] == 0  # type: ignore[index]
    assert solved(a_file(jobs, [a_vehicle(capacity=[3])]))["summary"]["unassigned"] == 1  # type: ignore[index]


REST = {"id": 1, "service": 10}
REFUSED: dict[str, tuple[Json, str]] = {
    "profiles": (a_file([], [a_vehicle(1, profile="car"), a_vehicle(2, profile="bike")]), "vehicles.profile"),
    "break windows": (
        a_file([], [a_vehicle(breaks=[{**REST, "time_windows": [[0, 1], [2, 3]]}])]),
        "vehicles[0].breaks[0].time_windows",
    ),
    "break load": (a_file([], [a_vehicle(breaks=[{**REST, "max_load": [1]}])]), "vehicles[0].breaks[0].max_load"),
    "break twice": (a_file([], [a_vehicle(breaks=[REST, REST])]), "vehicles[0].breaks[1].id"),
    "fixed prices": (a_file([], [a_vehicle(1), a_vehicle(2, costs={"fixed": 5})]), "vehicles[1].costs.fixed"),
    "distance": (a_file([], [a_vehicle(max_distance=10)]), "vehicles[0].max_distance"),
    "kilometres": (a_file([], [a_vehicle(costs={"per_km": 1})]), "matrices"),
    "shared setup": (a_file([a_job(1, 1, setup=5), a_job(2, 1)]), "jobs[0].setup"),
    "setup at the start": (a_file([a_job(1, 0, setup=5)]), "jobs[0].setup"),
    "tasks of shipments": (a_file([], [a_vehicle(max_tasks=3)], shipments=[a_shipment(1, 2)]), "vehicles[0].max_tasks"),
    "job twice": (a_file([a_job(1, 1), a_job(1, 2)]), "jobs[1].id: 1 is the id of jobs[0] too"),
    "vehicle twice": (a_file([], [a_vehicle(1), a_vehicle(1)]), "vehicles[1].id: 1 is the id of vehicles[0] too"),
    "priority": (a_file([a_job(1, 1, priority=101)]), "jobs[0].priority"),
    "index": (a_file([a_job(1, 6)]), "jobs[0].location_index: 6 is outside the matrix of 6"),
    "amounts": (a_file([a_job(1, 1, delivery=[1])]), "vehicles[0].capacity"),
    "speed": (a_file([], [a_vehicle(speed_factor=9)]), "vehicles[0].speed_factor"),
    "no place": (a_file([], [{"id": 1}]), "vehicles[0].start"),
    "negative service": (a_file([a_job(1, 1) | {"service": -1}]), "jobs[0].service"),
    "negative way": (a_file([], matrices={"car": {"durations": [[0, -5], [1, 0]]}}), "matrices.car.durations[0][1]"),
    "ragged": (a_file([], matrices={"car": {"durations": [[0, 5], [1]]}}), "matrices.car.durations[1]"),
    "missing way": (a_file([], matrices={"car": {"durations": [[0, None], [1, 0]]}}), "matrices.car.durations[0]"),
    "window": (a_file([a_job(1, 1, time_windows=[[5, 1]])]), "jobs[0].time_windows"),
    "step": (a_file([], [a_vehicle(steps=[{"type": "job", "id": 9}])]), "vehicles[0].steps[0].id"),
    "shipment out of reach": (
        a_file([], shipments=[{
            "pickup": a_job(1, 1, time_windows=[[500, 600]]), "delivery": a_job(2, 2, time_windows=[[0, 10]]),
        }]), "shipments[0].delivery.time_windows",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "named"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_planned_is_refused_by_its_name(content: Json, named: str) -> None:
    with pytest.raises(FileFormatError) as raised:
        read_vroom_document(json.dumps(content))

    assert str(raised.value).startswith(named)


ODD_FILES: dict[str, Callable[[], bytes]] = {
    "NaN": lambda: json.dumps(a_file([a_job(1, 1) | {"service": float("nan")}])).encode(),
    "Infinity": lambda: json.dumps(a_file([a_job(1, 1) | {"service": float("inf")}])).encode(),
    "huge": lambda: json.dumps(a_file([a_job(10**400, 1)])).encode(),
    "longer than any number": lambda: b'{"jobs": ' + b"9" * 6000 + b"}",
    "deep": lambda: b'{"jobs": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "binary": lambda: bytes(range(256)) * 10,
    "zero bytes": lambda: b"{\0}",
    "empty": lambda: b"",
    "cut off": lambda: json.dumps(a_file([a_job(1, 1)])).encode()[:-5],
    "twice": lambda: b'{"jobs": [], "jobs": []}',
    "half a character": lambda: b'{"jobs": [], "vehicles": [{"id": 1, "description": "\\ud800"}]}',
    "a list": lambda: b"[]",
}


@pytest.mark.parametrize("content", ODD_FILES.values(), ids=ODD_FILES.keys())
def test_an_odd_file_is_refused_in_one_line(
    content: Callable[[], bytes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "day.json"
    file.write_bytes(content())

    assert main(["solve", str(file), "--iterations", "1"]) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("bad problem: ")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_file_may_come_from_any_system(
    encoding: str, end: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "day.json"
    file.write_bytes(json.dumps(a_file([a_job(1, 1)]), indent=1).replace("\n", end).encode(encoding))

    assert main(["solve", str(file), "--iterations", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["cost"] == 200
