"""`python -m dispatch explain` on files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.__main__ import main


def a_problem_file(folder: Path) -> Path:
    """One vehicle without the skill one of two jobs needs."""
    matrix = [[0, 300, 300], [300, 0, 300], [300, 300, 0]]
    problem = {
        "vehicles": [{"id": 1, "start_index": 0, "end_index": 0, "time_window": [0, 7200]}],
        "jobs": [
            {"id": 1, "location_index": 1, "service": 600},
            {"id": 2, "location_index": 2, "service": 600, "skills": [7]},
        ],
        "matrices": {"car": {"durations": matrix}},
    }
    file = folder / "problem.json"
    file.write_text(json.dumps(problem), encoding="utf-8")
    return file


def test_the_command_names_the_rule_and_what_would_help(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, plan = a_problem_file(tmp_path), tmp_path / "plan.json"
    assert main(["solve", str(problem), "--iterations", "5"]) == 0
    plan.write_text(capsys.readouterr().out, encoding="utf-8")

    status = main(["explain", str(problem), str(plan)])

    said = capsys.readouterr().out
    assert status == 0
    assert "unplaced, skill" in said
    assert "blocked by: skill" in said
    assert "would help: one more vehicle like" in said


def test_a_visit_the_plan_does_not_know_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    problem, plan = a_problem_file(tmp_path), tmp_path / "plan.json"
    main(["solve", str(problem), "--iterations", "5"])
    plan.write_text(capsys.readouterr().out, encoding="utf-8")

    status = main(["explain", str(problem), str(plan), "nobody"])

    assert status == 1
    assert "nobody" in capsys.readouterr().err
