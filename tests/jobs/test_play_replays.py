"""Replays that somebody ordered: played a few runs at a time, kept, stopped, ended when their period changes (D16)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest

from dispatch.replay import Figures, Policy, Scenario
from jobs.play_replays import play_replays
from models import Area, Replay
from models.database import Database
from operations.replay.replay_orders import (
    ChangeRefused,
    Hours,
    PeriodImpossible,
    Question,
    ReplayOver,
    RunsImpossible,
    WhatIf,
    order_replay,
    stop_replay,
)
from operations.replay.replay_results import compare
from operations.replay.replays import NobodyWorks
from policies.replays import ReplayState
from tests.factories.city import City, book_visit
from tests.factories.instants import hours
from tests.jobs.conftest import Desk, play_here

FIRST = Question("again", dt.date(2000, 1, 1), 1, WhatIf(team=()), None, 6, 1)


def played_quickly(scenarios: Sequence[Scenario], seed: int, runs: Sequence[int]) -> list[tuple[Figures, ...]]:
    policy = Policy(solve_iterations=3, replan_iterations=3)
    return play_here([replace(scenario, policy=policy) for scenario in scenarios], seed, runs)


def counted(scenarios: Sequence[Scenario], _seed: int, runs: Sequence[int]) -> list[tuple[Figures, ...]]:
    """Figures that say which run and which scenario they are of."""
    return [tuple(Figures(*[float(run + 100 * number)] * 18) for number, _ in enumerate(scenarios)) for run in runs]


@pytest.fixture
def question(desk: Desk, city: City) -> Question:
    """A past day with two calls, and one technician less."""
    called_at = min(shift.starts_at for shift in city.shifts) - hours(1)
    with desk.database.writing() as session:
        for customer in range(2):
            book_visit(session, city, customer=customer, now=called_at + hours(customer / 10))
    on = called_at.astimezone(dt.timezone(hours(8))).date()
    desk.now = called_at + hours(72)
    desk.play = counted
    return replace(FIRST, first_on=on, what_if=WhatIf(team=(f"-{city.technicians[0].number}",)))


def order(desk: Desk, city: City, question: Question) -> int:
    with desk.database.writing() as session:
        area = session.get_one(Area, city.area.id)
        return order_replay(session, area=area, question=question, by="zhou", now=desk.now).id


def state_of(database: Database, replay_id: int) -> tuple[ReplayState, int]:
    with database.reading() as session:
        replay = session.get_one(Replay, replay_id)
        return replay.state, len(replay.runs)


def test_a_past_day_is_played_with_one_technician_less_until_all_runs_are_done(
    desk: Desk, city: City, question: Question
) -> None:
    desk.play = played_quickly
    replay_id = order(desk, city, replace(question, runs=2))

    assert play_replays(desk.services) == 2
    assert play_replays(desk.services) == 0

    assert state_of(desk.database, replay_id) == (ReplayState.DONE, 2)
    with desk.database.reading() as session:
        replay = session.get_one(Replay, replay_id)
        figures = {figure.name: figure for figure in compare(replay)}
        assert replay.happened["requests"] == 2
    assert figures["requests"].before.mean == 2
    difference = figures["requests"].difference
    assert difference is not None
    assert (difference.mean, difference.half_width) == (0.0, 0.0)


def test_four_runs_at_a_time_are_kept_and_the_rest_comes_after(desk: Desk, city: City, question: Question) -> None:
    replay_id = order(desk, city, question)
    states = []

    while play_replays(desk.services):
        states.append(state_of(desk.database, replay_id))

    assert states == [(ReplayState.RUNNING, 4), (ReplayState.DONE, 6)]
    with desk.database.reading() as session:
        requests = compare(session.get_one(Replay, replay_id))[0]
    assert requests.before.mean == 2.5  # of runs 0 to 5
    assert requests.difference is not None
    assert requests.difference.mean == 100


def test_whoever_stops_one_keeps_what_was_played_and_nothing_more_is(
    desk: Desk, city: City, question: Question
) -> None:
    replay_id = order(desk, city, question)
    meanwhile: list[int] = []

    def played_while_somebody_stops(*task: object) -> list[tuple[Figures, ...]]:
        with desk.database.writing() as session:
            stop_replay(replay=session.get_one(Replay, replay_id), now=desk.now)
        meanwhile.append(1)
        return counted(*task)  # type: ignore[arg-type]

    desk.play = played_while_somebody_stops
    play_replays(desk.services)
    play_replays(desk.services)

    assert meanwhile == [1]
    assert state_of(desk.database, replay_id) == (ReplayState.STOPPED, 4)
    with desk.database.writing() as session, pytest.raises(ReplayOver):
        stop_replay(replay=session.get_one(Replay, replay_id), now=desk.now)


def test_two_clocks_that_play_the_same_runs_keep_each_once(desk: Desk, city: City, question: Question) -> None:
    replay_id = order(desk, city, question)

    def played_twice(*task: object) -> list[tuple[Figures, ...]]:
        desk.play = counted
        play_replays(desk.services)  # the other clock, while this one plays
        return counted(*task)  # type: ignore[arg-type]

    desk.play = played_twice
    play_replays(desk.services)

    assert state_of(desk.database, replay_id) == (ReplayState.RUNNING, 4)


def test_a_period_that_changes_while_it_is_played_ends_the_replay(desk: Desk, city: City, question: Question) -> None:
    replay_id = order(desk, city, question)
    play_replays(desk.services)
    with desk.database.writing() as session:
        book_visit(session, city, customer=3, now=min(shift.starts_at for shift in city.shifts) - hours(0.5))

    play_replays(desk.services)

    assert state_of(desk.database, replay_id) == (ReplayState.FAILED, 4)


def test_a_planner_that_fails_ends_the_replay_and_says_so(desk: Desk, city: City, question: Question) -> None:
    replay_id = order(desk, city, question)

    def fail(*_: object) -> list[tuple[Figures, ...]]:
        raise RuntimeError("no worker")

    desk.play = fail
    play_replays(desk.services)

    with desk.database.reading() as session:
        replay = session.get_one(Replay, replay_id)
        assert (replay.state, replay.trouble) == (ReplayState.FAILED, "planner")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"runs": 1}, RunsImpossible),
        ({"days": 0}, PeriodImpossible),
        ({"days": 4}, PeriodImpossible),  # not over yet
        ({"first_on": dt.date(2000, 1, 1)}, NobodyWorks),
        ({"what_if": WhatIf(team=("-T99",))}, ChangeRefused),
        ({"what_if": WhatIf(hours=Hours(later_minutes=10_000))}, ChangeRefused),
    ],
)
def test_what_cannot_be_played_is_refused_and_nothing_is_kept(
    changed: dict[str, object], error: type[Exception], desk: Desk, city: City, question: Question
) -> None:
    with pytest.raises(error):
        order(desk, city, replace(question, **changed))  # type: ignore[arg-type]

    with desk.database.reading() as session:
        assert session.query(Replay).count() == 0
