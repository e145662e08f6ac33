"""The columns behind quick quotes say what the plain code for one route says."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from dispatch import Break, PlanSlack, ProblemError, TimeWindow, Travel, nearest_technician_plan, validate
from dispatch.quoting.rooms import find_rooms
from dispatch.quoting.wide_roads import WideRoads
from dispatch.roads import EPSILON_SECONDS, Roads
from dispatch.rules import service_seconds
from dispatch.slack import RouteSlack
from tests.dispatch.problems import HOUR, a_random_problem

TIMES = st.floats(0, 30 * HOUR)
FACTORS = st.one_of(st.just(()), st.tuples(*[st.sampled_from([0.7, 1.0, 1.8])] * 24))
RESTS = st.lists(
    st.tuples(st.floats(8 * HOUR, 12 * HOUR), st.floats(0, 2 * HOUR), st.sampled_from([900.0, 2700.0])), max_size=2
)


def a_travel(factors: tuple[float, ...]) -> Travel:
    return Travel(np.zeros((1, 1)), np.zeros((1, 1)), hour_factors=factors, origin_hour=6.5)


def in_order(rests: list[tuple[float, float, float]]) -> tuple[Break, ...]:
    return tuple(Break(length, TimeWindow(begin, begin + width)) for begin, width, length in sorted(rests))


def as_columns(rests: tuple[Break, ...]) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    return [
        (np.array([rest.window.from_seconds]), np.array([rest.window.until_seconds]), np.array([rest.duration_seconds]))
        for rest in rests
    ]


@given(leave=TIMES, base=st.floats(0, 3 * HOUR), factors=FACTORS, rests=RESTS)
@settings(max_examples=300)
def test_a_column_of_drives_arrives_when_the_single_drives_do(
    leave: float, base: float, factors: tuple[float, ...], rests: list[tuple[float, float, float]]
) -> None:
    travel, breaks = a_travel(factors), in_order(rests)

    arrival = WideRoads(travel).drive(np.array([leave]), np.array([base]), as_columns(breaks))

    assert arrival[0] == pytest.approx(Roads(travel).drive(leave, base, breaks), abs=1e-6)


@given(by=TIMES, base=st.floats(0, 3 * HOUR), factors=FACTORS, rests=RESTS)
@settings(max_examples=300)
def test_a_column_of_departures_is_that_of_the_single_drives(
    by: float, base: float, factors: tuple[float, ...], rests: list[tuple[float, float, float]]
) -> None:
    travel, breaks = a_travel(factors), in_order(rests)

    leave = WideRoads(travel).leave_by(np.array([by]), np.array([base]), as_columns(breaks))

    assert leave[0] == pytest.approx(Roads(travel).leave_by(by, base, breaks), abs=1e-6)


@given(by=TIMES, base=st.floats(0, 3 * HOUR), factors=FACTORS, rests=RESTS)
@settings(max_examples=300)
def test_who_leaves_as_late_as_he_may_is_there_in_time_and_who_leaves_later_is_not(
    by: float, base: float, factors: tuple[float, ...], rests: list[tuple[float, float, float]]
) -> None:
    roads, breaks = Roads(a_travel(factors)), in_order(rests)

    leave = roads.leave_by(by, base, breaks)

    if leave > -inf:
        assert roads.drive(leave, base, breaks) <= by + 1e-3
        assert roads.drive(leave + 1.0, base, breaks) > by + 1e-3
    else:
        assert roads.drive(-30 * HOUR, base, breaks) > by


@given(seed=st.integers(0, 10**6), factors=st.booleans())
@settings(max_examples=80)
def test_all_routes_at_once_have_the_rooms_that_each_has_alone(seed: int, factors: bool) -> None:  # noqa: FBT001
    problem = a_random_problem(seed, factors=factors)
    try:
        validate(problem)
    except ProblemError:
        return
    plan = nearest_technician_plan(problem)
    slack = PlanSlack(problem, plan)
    visit = replace(problem.visits[0], id="new", current=None, promised_window=None)
    count = len(problem.shifts)

    rooms = find_rooms(
        slack.roads,
        slack.table,
        slack.gaps,
        np.ones(count, dtype=bool),
        location=visit.location,
        service=np.array([service_seconds(visit, shift) for shift in problem.shifts]),
        assignment_cents=np.zeros(count),
    )

    found = sorted(
        (int(slack.gaps.row[gap]), int(slack.gaps.position[gap]), float(first), float(last))
        for gap, first, last in zip(rooms.gap, rooms.earliest, rooms.latest, strict=True)
        if first <= last + EPSILON_SECONDS
    )
    alone = sorted(
        (row, room.position, room.earliest, room.latest)
        for row, route in enumerate(slack.planned)
        for room in RouteSlack(slack.facts, route).rooms(visit)
    )
    assert [room[:2] for room in found] == [room[:2] for room in alone]
    assert np.array(found) == pytest.approx(np.array(alone), abs=1e-5)
