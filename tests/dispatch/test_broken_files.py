"""Valid files broken at random are refused in one line, or planned rightly: never a traceback, never a refused plan."""

from __future__ import annotations

import contextlib
import io
import json
from copy import deepcopy
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from benchmarks.city_days import a_city_day
from dispatch import Limits, check, solve
from dispatch.__main__ import main
from dispatch.formats.vroom import read_vroom
from tests.dispatch.test_formats import CITY, SOLOMON, TECHNICIANS, VRPLIB
from tests.dispatch.test_vroom import Json, a_file, a_job, a_shipment, a_vehicle

LENIENT = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
THOROUGH = settings(LENIENT, max_examples=800)
JUNK: list[object] = [
    None, True, -1, 0, 1, 3.5, 10**9, 10**400, 1e308, float("nan"), float("inf"), "", "x", "0", [], {}, [[]], [None],
    {"id": 1}, [1, 2], [[0, 5]], "\ud800", "\u202e",
]  # fmt: skip
EVERYTHING = a_file(
    [
        a_job(1, 1, delivery=[1], skills=[1], time_windows=[[0, 5000]], description="first"),
        a_job(2, 2, pickup=[1], priority=5, service_per_type={"van": 5}),
    ],
    [
        a_vehicle(1, capacity=[4], skills=[1], type="van", costs={"fixed": 5}, max_travel_time=9000),
        a_vehicle(
            2, capacity=[4], costs={"fixed": 5}, breaks=[{"id": 1, "service": 60, "time_windows": [[100, 900]]}],
            steps=[{"type": "start"}, {"type": "job", "id": 2}, {"type": "end"}],
        ),
    ],
)  # fmt: skip
SHIPPED = a_file([a_job(3, 3)], [a_vehicle(1, capacity=[2])], shipments=[a_shipment(1, 2, amount=[1])])
TEXTS = {"technicians": TECHNICIANS, "solomon": SOLOMON, "vrplib": VRPLIB}


def broken(content: Json, random: Random) -> Json:
    """The same JSON with one to three of its values replaced, removed, doubled or exchanged."""
    content = deepcopy(content)
    for _ in range(random.randint(1, 3)):
        spots = list(spots_of(content))
        holder, key = random.choice(spots)
        match random.randrange(4):
            case 0:
                holder[key] = deepcopy(random.choice(JUNK))  # type: ignore[index]
            case 1:
                del holder[key]  # type: ignore[attr-defined]
            case 2 if isinstance(holder, list):
                holder.append(deepcopy(holder[key]))  # type: ignore[call-overload]
            case _:
                other, place = random.choice(spots)
                holder[key] = deepcopy(other[place])  # type: ignore[index]
    return content


def spots_of(content: object) -> list[tuple[object, object]]:
    """Every value in the JSON, as what holds it and under which key."""
    pairs: list[tuple[object, object]] = []
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in items:
        pairs.append((content, key))
        pairs.extend(spots_of(value))
    return pairs


def broken_text(text: str, random: Random) -> bytes:
    """The same text with lines moved, words replaced, or bytes of any kind in it."""
    lines = text.splitlines()
    for _ in range(random.randint(1, 3)):
        at = random.randrange(len(lines))
        match random.randrange(5):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, random.choice(lines))
            case 2:
                lines[at] = lines[at][: random.randrange(len(lines[at]) + 1)]
            case _:
                words = lines[at].split(" ")
                words[random.randrange(len(words))] = random.choice(
                    ["-1", "nan", "inf", "x", "9" * 400, "1e308", "٣", "0"]
                )
                lines[at] = " ".join(words)
        lines = lines or [""]
    content = random.choice(["\n", "\r\n"]).join(lines).encode()
    if random.random() < 0.2:
        at = random.randrange(len(content) + 1)
        content = content[:at] + bytes([random.randrange(256)]) + content[at:]
    return content


def run(*words: str) -> tuple[int, str, str]:
    """The exit status of one command, and what it wrote."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(words)
    return status, out.getvalue(), err.getvalue()


def solve_and_check(folder: Path, content: bytes) -> None:
    """Solve the file: refused in one line, or planned so that the check accepts it."""
    problem, plan = folder / "problem", folder / "plan"
    problem.write_bytes(content)
    status, out, err = run("solve", str(problem), "--iterations", "3", "--threads", "1")
    assert status in {0, 2, 3}
    if status:
        assert len(err.strip().splitlines()) == 1
        return
    plan.write_text(out, encoding="utf-8")
    checked = run("check", str(problem), str(plan))
    assert checked[0] == 0, checked[1] + checked[2]


def judge(folder: Path, content: Json, random: Random) -> None:
    """Check and draw a broken solution of a valid file."""
    problem, plan = folder / "problem", folder / "plan"
    problem.write_text(json.dumps(content))
    solved = json.loads(run("solve", str(problem), "--iterations", "3", "--threads", "1")[1])
    plan.write_text(json.dumps(broken(solved, random)))
    assert run("check", str(problem), str(plan))[0] in {0, 1, 2}
    assert run("draw", str(problem), str(plan), str(folder / "picture.html"))[0] in {0, 2}


@given(seed=st.integers(0, 10**9), content=st.sampled_from([EVERYTHING, SHIPPED, CITY]))
@LENIENT
def test_a_broken_vroom_file_is_refused_or_planned_rightly(seed: int, content: Json, tmp_path: Path) -> None:
    solve_and_check(tmp_path, json.dumps(broken(content, Random(seed))).encode())


@given(seed=st.integers(0, 10**9), name=st.sampled_from(sorted(TEXTS)))
@LENIENT
def test_a_broken_text_file_is_refused_or_planned_rightly(seed: int, name: str, tmp_path: Path) -> None:
    solve_and_check(tmp_path, broken_text(TEXTS[name], Random(seed)))


@given(seed=st.integers(0, 10**9), content=st.sampled_from([EVERYTHING, SHIPPED, CITY]))
@LENIENT
def test_a_broken_solution_is_judged_or_refused(seed: int, content: Json, tmp_path: Path) -> None:
    judge(tmp_path, content, Random(seed))


@pytest.mark.proof
@given(seed=st.integers(0, 10**9), content=st.sampled_from([EVERYTHING, SHIPPED, CITY]))
@THOROUGH
def test_many_broken_vroom_files_and_solutions(seed: int, content: Json, tmp_path: Path) -> None:
    solve_and_check(tmp_path, json.dumps(broken(content, Random(seed))).encode())
    judge(tmp_path, content, Random(seed))


@pytest.mark.proof
@given(seed=st.integers(0, 10**9), name=st.sampled_from(sorted(TEXTS)))
@THOROUGH
def test_many_broken_text_files(seed: int, name: str, tmp_path: Path) -> None:
    solve_and_check(tmp_path, broken_text(TEXTS[name], Random(seed)))


@pytest.mark.proof
def test_ten_thousand_visits_are_planned_and_pass_the_check() -> None:
    problem = read_vroom(json.dumps(a_city_day(10_000)))

    plan = solve(problem, limits=Limits(seconds=1.0, threads=2))

    assert check(problem, plan) == ()
    assert len(plan.unplaced) < 2_000
