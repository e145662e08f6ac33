"""Problems read from files and plans written to them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch import ObjectiveKind, check
from dispatch.__main__ import main
from dispatch.formats.errors import FileFormatError
from dispatch.formats.files import read_problem
from dispatch.formats.solution import read_solution, write_solution
from dispatch.formats.vroom import read_vroom
from dispatch.formats.vrplib import read_solomon, read_vrplib
from dispatch.solver import Limits, solve

DOCUMENTED_EXAMPLE = {
    "vehicles": [
        {"id": 0, "start_index": 0, "end_index": 3},
    ],
    "jobs": [
        {"id": 1414, "location_index": 1},
        {"id": 1515, "location_index": 2},
    ],
    "matrices": {
        "car": {"durations": [[0, 2104, 197, 1299], [2103, 0, 2255, 3152], [197, 2256, 0, 1102], [1299, 3153, 1102, 0]]}
    },
}
DOCUMENTED_COST = 5461
"""What VROOM's documentation gives for it (docs/API.md, "Using a custom matrix")."""

CITY = {
    "_rule": {"seed": 1},
    "vehicles": [
        {
            "id": 1,
            "start": [0, 0],
            "end": [0, 0],
            "skills": [1],
            "time_window": [28800, 64800],
            "breaks": [{"id": 1, "time_windows": [[41400, 48600]], "service": 2700}],
            "description": "shift_end=61200",
        }
    ],
    "jobs": [
        {
            "id": 1,
            "location": [10, 0],
            "service": 3600,
            "skills": [1],
            "priority": 40,
            "time_windows": [[30000, 40000]],
        },
        {"id": 2, "location": [0, 10], "service": 3600, "skills": [2], "priority": 20},
    ],
}

TECHNICIANS = """C999.2_2-5-5-5

INFO
CREW COUNT  SKILLS  TOOLS   SPARE PARTS
2      5       5       5

DEPOT TECHNICIANS AND REQUESTS
ID   X     Y     TWS    TWE    Serv   SKILLS   TOOLS    SPARE PARTS
0    0     0     0      200    0      [] \t[] \t[]
1    0     10    0      200    0      [0] \t[] \t[0,0,0,0,0]
2    50    50    0      200    0      [1] \t[] \t[0,0,0,0,0]
3    10    0     0      200    10     [0] \t[2] \t[0,0,0,0,1]
4    0     20    40     200    10     [0] \t[] \t[0,0,0,0,0]
"""

SOLOMON = """TINY

VEHICLE
NUMBER     CAPACITY
  2         10

CUSTOMER
CUST NO.  XCOORD.   YCOORD.    DEMAND   READY TIME  DUE DATE   SERVICE TIME

    0      0         0          0          0       100          0
    1      3         4          6          0       100         10
    2      0         7          6          0       100         10
"""

VRPLIB = """NAME : TINY
TYPE : CVRP
DIMENSION : 3
CAPACITY : 10
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 3 4
3 0 7
DEMAND_SECTION
1 0
2 6
3 6
DEPOT_SECTION
1
-1
EOF
"""

QUICK = Limits(seconds=None, iterations=5)


def test_the_documented_example_with_a_matrix_costs_no_more_than_published() -> None:
    problem = read_vroom(json.dumps(DOCUMENTED_EXAMPLE))

    written = json.loads(write_solution(problem, solve(problem, limits=QUICK)))

    assert written["summary"]["cost"] <= DOCUMENTED_COST
    assert written["summary"]["unassigned"] == 0


def test_a_city_day_keeps_lunch_skills_and_its_own_objective() -> None:
    problem = read_vroom(json.dumps(CITY))

    plan = solve(problem, limits=QUICK)
    written = json.loads(write_solution(problem, plan))

    assert problem.objective is ObjectiveKind.CITY_DAY
    assert written["unassigned"] == [{"id": 2, "type": "job", "reason": "skill"}]
    assert written["summary"]["objective"] == 10 * 20 + 40
    assert [step["type"] for step in written["routes"][0]["steps"]] == ["start", "job", "end", "break"]


def test_a_written_plan_read_back_passes_the_check() -> None:
    for text in (json.dumps(CITY), json.dumps(DOCUMENTED_EXAMPLE)):
        problem = read_vroom(text)
        plan = solve(problem, limits=QUICK)

        again = read_solution(problem, write_solution(problem, plan))

        assert check(problem, again) == ()


def test_a_technician_fetches_tool_and_part_at_the_depot(tmp_path: Path) -> None:
    file = tmp_path / "C999.2_2-5-5-5.txt"
    file.write_text(TECHNICIANS)
    problem = read_problem(file)
    many = solve(problem, limits=QUICK)

    assert [visit.id for visit in problem.visits] == ["3", "4"]
    assert check(problem, many) == ()


@pytest.mark.parametrize("text", [SOLOMON])
def test_a_solomon_file_counts_distances_with_one_decimal(text: str) -> None:
    problem = read_solomon(text)

    plan = solve(problem, limits=QUICK)

    assert plan.score.cost_cents == pytest.approx(5.0 * 2 + 7.0 * 2)


def test_a_vrplib_file_without_windows_counts_whole_distances() -> None:
    problem = read_vrplib(VRPLIB)

    plan = solve(problem, limits=QUICK)

    assert plan.unplaced == ()
    assert plan.score.cost_cents == pytest.approx(24.0)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"shipments": [{"pickup": {}}]}, "shipments"),
        ({"jobs": [{"id": 1}]}, "jobs[0].location"),
        ({"jobs": [{"id": 1, "location_index": 0, "setup": 60}]}, "jobs[0].setup"),
        ({"jobs": [{"id": 1, "location_index": 0, "colour": "red"}]}, "jobs[0].colour"),
        ({"vehicles": [{"id": 1, "start_index": 0, "max_distance": 5}]}, "vehicles[0].max_distance"),
        ({"vehicles": [{"id": "x", "start_index": 0}]}, "vehicles[0].id"),
        ({"matrices": {"car": {"durations": [[0, 1]]}}}, "matrices.car.durations"),
        ({"matrices": {"bike": {"durations": [[0]]}}}, "matrices"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_field_that_is_wrong_or_unsupported_is_named(change: dict[str, object], named: str) -> None:
    with pytest.raises(FileFormatError) as caught:
        read_vroom(json.dumps({**DOCUMENTED_EXAMPLE, **change}))

    assert named in str(caught.value)


def run(*arguments: str) -> int:
    return main(arguments)


def test_the_command_line_solves_and_checks_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, plan, picture = tmp_path / "p.json", tmp_path / "plan.json", tmp_path / "plan.html"
    problem.write_text(json.dumps(CITY))

    assert run("solve", str(problem), "--iterations", "5") == 0
    plan.write_text(capsys.readouterr().out)

    assert run("check", str(problem), str(plan)) == 0
    assert run("draw", str(problem), str(plan), str(picture)) == 0
    assert "<svg" in picture.read_text()


def test_the_command_line_names_what_is_wrong_with_status_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps({**DOCUMENTED_EXAMPLE, "shipments": [1]}))
    other = tmp_path / "other.txt"
    other.write_text("hello")

    assert run("solve", str(bad)) == 2
    assert run("solve", str(other)) == 2
    assert run("solve", str(tmp_path / "missing.json")) == 2
    assert "shipments" in capsys.readouterr().err


def test_the_command_line_gives_status_three_when_not_everybody_can_be_served(tmp_path: Path) -> None:
    file = tmp_path / "C999.txt"
    file.write_text(TECHNICIANS.replace("[0] \t[2]", "[4] \t[2]"))

    assert run("solve", str(file), "--iterations", "5") == 3


def test_the_command_line_prints_every_violation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, plan = tmp_path / "p.json", tmp_path / "plan.json"
    problem.write_text(json.dumps(CITY))
    run("solve", str(problem), "--iterations", "5")
    content = json.loads(capsys.readouterr().out)
    content["routes"][0]["steps"][0]["arrival"] = 0
    plan.write_text(json.dumps(content))

    assert run("check", str(problem), str(plan)) == 1
    assert "shift_start: vehicle 1" in capsys.readouterr().out
