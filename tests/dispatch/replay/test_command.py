"""`python -m dispatch replay`."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from dispatch.__main__ import main
from dispatch.replay import Scenario, replay
from dispatch.replay.figures import NAMES
from dispatch.replay.intervals import Estimate
from dispatch.replay.picture import NothingToCompare, picture_of
from dispatch.replay.table import TITLES, describe, verdict
from dispatch.replay.writing import write_scenario
from dispatch.risk.spreads import Spread, Spreads
from tests.dispatch.replay.days import a_day, a_request, a_worker


def a_full_day(name: str = "one technician") -> Scenario:
    calls = [
        a_request(f"c{number}", f"{6 + number}:00", 1 + number, territory="north", duration_seconds=7200.0)
        for number in range(5)
    ]
    shift = a_worker(territories=frozenset({"north"}))
    return replace(a_day(calls, [shift], spreads=Spreads(duration=Spread(log_sigma=0.5))), name=name)


@pytest.fixture
def scenario_file(tmp_path: Path) -> Path:
    path = tmp_path / "day.json"
    path.write_text(write_scenario(a_full_day()), encoding="utf-8")
    return path


def test_a_scenario_alone_is_printed_with_its_intervals(
    scenario_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["replay", str(scenario_file), "--runs", "3", "--workers", "1"])

    printed = capsys.readouterr().out
    assert status == 0
    assert "3 runs, seed 1" in printed
    assert re.search(r"minutes after the window, in all +│ +\d+\.\d ± \d+\.\d", printed)
    assert "difference" not in printed


def test_a_technician_more_is_compared_as_json(scenario_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(
        [
            "replay",
            str(scenario_file),
            "--team",
            "+1 north",
            "--policy",
            "freeze_minutes=0",
            "--runs",
            "3",
            "--workers",
            "1",
            "--json",
        ]
    )

    printed = json.loads(capsys.readouterr().out)
    assert status == 0
    assert (printed["runs"], printed["seed"]) == (3, 1)
    first, other = printed["scenarios"]
    assert other["name"] == "one technician, +1 north, freeze_minutes=0"
    assert len(first["figures"]["late_minutes"]["runs"]) == 3
    assert other["difference"]["requests"] == {"mean": 0.0, "half_width": 0.0, "verdict": ""}
    assert other["difference"]["hours_to_arrival"]["mean"] < 0


def test_two_files_are_compared_and_drawn(
    scenario_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, picture = tmp_path / "other.json", tmp_path / "chart.svg"
    other.write_text(write_scenario(a_full_day("the same")), encoding="utf-8")

    status = main(
        [
            "replay",
            str(scenario_file),
            "--against",
            str(other),
            "--runs",
            "2",
            "--workers",
            "1",
            "--picture",
            str(picture),
        ]
    )

    assert status == 0
    assert "+0.0 ± 0.0" in capsys.readouterr().out
    drawn = "".join(ET.fromstring(picture.read_text(encoding="utf-8")).itertext())  # noqa: S314 - we have just made it
    assert "the same  against  one technician" in drawn


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--team", "+1 moon"], "nobody works in the territory 'moon'"),
        (["--policy", "freeze"], "'freeze' is not like key=value"),
        (["--policy", "offer_count=0"], "policy.offer_count: 0 is less than one"),
        (["--until", "happiness=3"], "there is no figure 'happiness'"),
        (["--until", "done=x"], "until: could not convert"),
        (["--runs", "0"], "at least one scenario and one run"),
    ],
)
def test_what_cannot_be_replayed_is_said_and_ends_with_two(
    scenario_file: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], words: str
) -> None:
    assert main(["replay", str(scenario_file), "--workers", "1", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_a_bad_file_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.json"
    path.write_text('{"starts_at": 5}', encoding="utf-8")

    assert main(["replay", str(path)]) == 2
    assert "starts_at" in capsys.readouterr().err


@pytest.mark.proof
def test_processes_print_the_same_as_one(scenario_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = []
    for workers in ("1", "2"):
        main(["replay", str(scenario_file), "--runs", "4", "--workers", workers, "--json"])
        printed.append(capsys.readouterr().out)

    assert printed[0] == printed[1]


def test_every_figure_has_a_title() -> None:
    assert set(TITLES) == set(NAMES)


@pytest.mark.parametrize(
    ("figure", "mean", "half_width", "words"),
    [
        ("late_minutes", -5.0, 2.0, "better"),
        ("late_minutes", 5.0, 2.0, "worse"),
        ("late_minutes", 5.0, 6.0, "unclear"),
        ("done", 5.0, 2.0, "better"),
        ("done", 0.0, 0.0, ""),
        ("requests", 5.0, 2.0, ""),
    ],
)
def test_a_difference_is_called_by_its_direction(figure: str, mean: float, half_width: float, words: str) -> None:
    assert verdict(figure, Estimate(mean, half_width, 9)) == words


def test_a_single_run_is_shown_without_an_interval() -> None:
    assert describe(Estimate(3.14, float("inf"), 1)) == "3.1"


def test_a_picture_of_nothing_to_compare_is_refused() -> None:
    with pytest.raises(NothingToCompare):
        picture_of(replay([a_full_day()], runs=2))
