"""The picture of a plan: everybody's route on a map and on the day's timeline."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dispatch import Limits, Problem, Travel, Visit, solve
from dispatch.__main__ import main
from dispatch.draw import draw, draw_svg
from dispatch.draw_map import points_from_metres
from dispatch.formats.technicians import read_technicians
from tests.dispatch.problems import a_problem, a_shift, a_visit, lunch
from tests.dispatch.test_formats import CITY, TECHNICIANS

LIMITS = Limits(seconds=None, iterations=20)


def a_day() -> Problem:
    visits = [a_visit(f"v{place}", place) for place in (1, 4)] + [a_visit("<none>", 2, skills={"gas": 1})]
    return a_problem(visits, [a_shift("s1", breaks=(lunch(),)), a_shift("s2")])


def test_every_visit_is_on_the_map_and_on_the_timeline() -> None:
    problem = a_day()

    picture = draw_svg(problem, solve(problem, limits=LIMITS))

    assert picture.count('class="dot"') == picture.count('class="job"') == 2
    assert picture.count('class="cross"') == 1
    assert "2 visits, 1 not placed" in picture


def test_a_break_is_drawn_on_the_line_of_whoever_takes_it() -> None:
    problem = a_problem([a_visit("v1", 1)], [a_shift("s1", breaks=(lunch(),))])

    assert draw_svg(problem, solve(problem, limits=LIMITS)).count('class="break"') == 1


def test_what_is_not_placed_is_named_and_nothing_of_it_becomes_markup() -> None:
    problem = a_day()

    page = draw(problem, solve(problem, limits=LIMITS))

    assert "Not placed: &lt;none&gt;" in page
    assert "<none>" not in page


def test_a_page_has_colours_for_light_and_for_dark() -> None:
    page = draw(a_day(), solve(a_day(), limits=LIMITS))

    assert "prefers-color-scheme:dark" in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_the_stop_for_tools_and_parts_is_drawn() -> None:
    problem = read_technicians(TECHNICIANS)

    assert 'class="depot"' in draw_svg(problem, solve(problem, limits=LIMITS))


def test_places_found_from_their_distances_have_those_distances() -> None:
    points = np.random.default_rng(1).uniform(0, 9000, (8, 2))
    metres = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    visits = tuple(Visit(str(place), place, 60.0) for place in range(8))

    found = points_from_metres(Problem(visits, (), Travel(metres, metres)))

    assert found is not None
    assert np.hypot(*(found[:, None, :] - found[None, :, :]).transpose(2, 0, 1)) == pytest.approx(metres, abs=1e-3)


def test_an_empty_plan_and_a_place_without_a_road_can_be_drawn() -> None:
    problem = a_day()
    nobody = replace(problem, shifts=())
    far = problem.travel.metres.copy()
    far[2, :] = np.inf
    cut_off = replace(problem, travel=Travel(problem.travel.seconds, far))

    assert "0 visits, 3 not placed" in draw_svg(nobody, solve(nobody, limits=LIMITS))
    assert 'class="dot"' not in draw_svg(cut_off, solve(problem, limits=LIMITS))


@pytest.mark.parametrize(("name", "begins"), [("picture.svg", "<svg"), ("picture.html", "<!doctype html>")])
def test_the_command_draws_by_the_name_of_the_file(
    name: str, begins: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    problem, plan, picture = tmp_path / "day.json", tmp_path / "plan.json", tmp_path / name
    problem.write_text(json.dumps(CITY))
    assert main(["solve", str(problem), "--iterations", "5"]) == 0
    plan.write_text(capsys.readouterr().out)

    assert main(["draw", str(problem), str(plan), str(picture)]) == 0

    assert picture.read_text().startswith(begins)
    assert 'class="way"' in picture.read_text()
