"""Scenario files: what is written is read again, and every trouble is named by its field."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from dispatch import ProblemError
from dispatch.formats.errors import FileFormatError
from dispatch.replay import ChoiceRule, OfferRule, Policy, Scenario, Taste
from dispatch.replay.files import read_scenario, scenario_of
from dispatch.replay.soundness import ScenarioError
from dispatch.replay.writing import scenario_fields, write_scenario
from dispatch.risk.spreads import Spread, Spreads
from tests.dispatch.replay.days import a_day, a_demand, a_random_day, a_request, a_worker

SMALLEST: dict[str, Any] = {
    "starts_at": "2026-05-12T06:30:00+08:00",
    "places": [[31.2, 121.4], [31.3, 121.5]],
    "shifts": [{"id": "s", "technician": "T01", "from_minutes": 90, "until_minutes": 690, "start_place": 0}],
    "requests": [{"id": "r", "called_minutes": 5, "place": 1, "duration_minutes": 40}],
}


def saved(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "scenario.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def without_matrix(scenario: Scenario) -> Scenario:
    """What can be compared with `==`."""
    return replace(scenario, matrix=None)


def test_the_smallest_file_is_a_day_with_everything_usual(tmp_path: Path) -> None:
    scenario = read_scenario(saved(tmp_path, SMALLEST))

    assert (scenario.origin_hour, scenario.origin_weekday) == (6.5, 1)
    assert scenario.until_seconds == 86400
    assert scenario.requests[0].commitment_seconds == 86400
    assert scenario.shifts[0].end_location == 0
    assert (scenario.policy, scenario.taste, scenario.spreads) == (Policy(), Taste(), Spreads())


@given(seed=st.integers(0, 10**6))
@settings(max_examples=30, deadline=None)
def test_what_is_written_is_read_again(seed: int) -> None:
    scenario = replace(
        a_random_day(seed),
        demand=a_demand(20),
        policy=Policy(freeze_minutes=30, offer_rule=OfferRule.CHEAPEST, reserve_share=0.25),
        taste=Taste(ChoiceRule.BY_TASTE, 0.2),
        spreads=Spreads(duration=Spread(1.1, 0.3), travel=Spread(quantiles=((0.1, 0.9), (0.9, 1.4)))),
    )

    again = scenario_of(json.loads(write_scenario(scenario)))

    assert scenario.matrix is not None
    assert again.matrix is not None
    assert np.array_equal(again.matrix.seconds, scenario.matrix.seconds)
    rounded = [replace(request, called_seconds=round(request.called_seconds, 6)) for request in scenario.requests]
    assert without_matrix(again) == replace(without_matrix(scenario), requests=tuple(rounded))


def changed(**changes: object) -> dict[str, Any]:
    """The smallest file with one field put in; dots lead into lists and objects."""
    content = copy.deepcopy(SMALLEST)
    for path, value in changes.items():
        *way, last = path.split("__")
        here: Any = content
        for step in way:
            here = here[int(step)] if isinstance(here, list) else here.setdefault(step, {})
        here[last] = value
    return content


DEMAND = {
    "calls_per_day": 5,
    "kinds": [{"code": "k", "duration_minutes": 30}],
    "districts": [{"code": "d", "places": [1]}],
}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (changed(colour="red"), r"scenario\.colour: this field is not supported"),
        (changed(starts_at="tomorrow"), r"starts_at: 'tomorrow' is no instant"),
        (changed(starts_at=None), r"scenario\.starts_at: a text is expected"),
        (changed(days=0), "days: the period is empty"),
        (changed(days="two"), "days: a number is expected, not 'two'"),
        (changed(places=[[31.2]]), r"places\[0\]: latitude and longitude"),
        (changed(shifts__0__from_minutes="8:00"), r"shifts\[0\]\.from_minutes: a number is expected"),
        (changed(shifts__0__start_place=7), "shift s: start_location: location 7"),
        (changed(shifts__0__until_minutes=10), "shift s: until_seconds: the shift ends before it starts"),
        (changed(shifts__0__skills={"tv": "good"}), r"shifts\[0\]\.skills\.tv: a number is expected"),
        (
            changed(shifts__0__breaks=[{"minutes": 30}]),
            r"shifts\[0\]\.breaks\[0\]\.from_minutes: this field is missing",
        ),
        (changed(requests__0__place=2), "request r: place: there is no place 2; they are numbered from 0 to 1"),
        (changed(requests__0__id=5), r"requests\[0\]\.id: a text is expected, not 5"),
        (changed(requests__0__duration_minutes=-1), "request r: duration_minutes: it is negative"),
        (changed(requests__0__commitment_hours=0), "request r: commitment_hours: it is not above zero"),
        (changed(requests__0__is_locked="yes"), r"requests\[0\]\.is_locked: true or false"),
        (
            changed(requests__0__promised={"from_minutes": 5, "until_minutes": 9}),
            "request r: promised: only what was called in before",
        ),
        (changed(requests=[]), "requests: there are none"),
        (changed(requests=SMALLEST["requests"] * 2), "requests: the id 'r' is used 2 times"),
        (changed(policy={"windows": 3}), "policy: there is no windows"),
        (changed(policy={"freeze_minutes": None}), "policy: "),
        (changed(policy={"offer_count": 0}), r"policy\.offer_count: 0 is less than one"),
        (changed(policy={"margin_minutes": 120}), r"policy\.margin_minutes: 120 leaves nothing"),
        (changed(policy={"publish_at_hour": 24}), r"policy\.publish_at_hour: 24"),
        (changed(policy={"reserve_share": 2}), r"policy\.reserve_share: 2\.0 is not between 0 and 1"),
        (changed(chances={"illness_share": 1.5}), r"chances\.illness_share: 1\.5 is not between"),
        (changed(taste={"rule": "best"}), r"taste\.rule: 'best' is none of earliest, as_then, by_taste"),
        (changed(spreads={"duration": {"log_sigma": -1}}), "spreads: log_sigma -1.0 is negative"),
        (changed(travel={"minutes": [[0, 5]]}), r"travel\.minutes: the matrix is not square"),
        (changed(travel={"speed_km_per_hour": 0}), "travel: circuity and speed_km_per_hour"),
        (changed(travel={"hour_factors": [1.0]}), "travel: hour_factors: there are 1, not 24"),
        (changed(demand={**DEMAND, "hour_weights": [1]}), r"demand\.hour_weights: there are 1, not 24"),
        (changed(demand={**DEMAND, "kinds": []}), r"demand\.kinds: the weights have to be"),
        (
            changed(demand={**DEMAND, "districts": [{"code": "d", "places": [9]}]}),
            "district d: places: there is no place 9",
        ),
        (changed(demand={**DEMAND, "calls_per_day": -1}), r"demand\.calls_per_day: -1\.0 is no number of calls"),
        ("{", "line 1: not JSON"),
        ([], "scenario: an object is expected"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(tmp_path: Path, content: object, words: str) -> None:
    with pytest.raises((FileFormatError, ScenarioError, ProblemError), match=words):
        read_scenario(saved(tmp_path, content))


def test_a_comment_is_anybodys(tmp_path: Path) -> None:
    assert read_scenario(saved(tmp_path, changed(_why="to try it"))).requests[0].id == "r"


def test_a_demand_without_requests_is_enough(tmp_path: Path) -> None:
    scenario = read_scenario(saved(tmp_path, changed(requests=[], demand=DEMAND)))

    assert scenario.demand is not None
    assert scenario.demand.weekday_factors == (1.0,) * 7


def test_the_fields_of_a_written_scenario_say_nothing_empty() -> None:
    fields = scenario_fields(a_day([a_request("r", "9:00")], [a_worker()]))

    assert "promised" not in fields["requests"][0]
    assert "breaks" not in fields["shifts"][0]
    assert fields["requests"][0]["commitment_hours"] == 24
