"""Neighbourhoods of a large problem: everything in exactly one, near things together."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies as st

from dispatch import ObjectiveKind, Problem, Shift, Travel, Visit
from dispatch.engine.areas import divide
from dispatch.engine.load import load
from dispatch.engine.model import PLACE, ROUTE, STOPS, Model, State, new_state
from dispatch.facts import Facts

ROUTES, STOPS_EACH = 24, 5


def routes_around_one_depot(seed: int) -> tuple[Model, State]:
    """Routes that each stay in one place on a circle, all of one depot; a few visits are in none."""
    random = np.random.default_rng(seed)
    angles = np.repeat(np.linspace(0, 2 * np.pi, ROUTES, endpoint=False), STOPS_EACH)
    away = random.uniform(50, 100, len(angles))
    points = np.array([np.append(0, away * np.cos(angles)), np.append(0, away * np.sin(angles))]).T
    metres = np.hypot(*(points[:, None, :] - points[None, :, :]).transpose(2, 0, 1))
    problem = Problem(
        visits=tuple(Visit(str(number), number, 10.0) for number in range(1, len(points))),
        shifts=tuple(Shift(str(number), str(number), 0.0, 1e5, 0, 0) for number in range(ROUTES)),
        travel=Travel(metres, metres),
        objective=ObjectiveKind.TOTAL_DISTANCE,
    )
    model = load(Facts(problem))
    state = new_state(model, STOPS_EACH)
    for visit in range(len(points) - 1):
        route, position = divmod(visit, STOPS_EACH)
        if position == 0 and route % 6 == 0:
            continue
        stop = int(state.routes[route, STOPS])
        state.order[route, stop] = visit
        state.where[visit, ROUTE] = route
        state.routes[route, STOPS] += 1
    return model, state


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 8))
def test_every_route_and_every_visit_is_in_exactly_one_area(seed: int, count: int) -> None:
    model, state = routes_around_one_depot(seed)

    areas = divide(model, state, np.random.default_rng(seed), count)

    assert len(areas) == count
    assert sorted(np.concatenate([area.routes for area in areas])) == list(range(ROUTES))
    assert sorted(np.concatenate([area.members for area in areas])) == list(range(ROUTES * STOPS_EACH))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**6))
def test_routes_of_one_depot_are_divided_by_where_they_go(seed: int) -> None:
    model, state = routes_around_one_depot(seed)

    areas = divide(model, state, np.random.default_rng(seed), 4)

    places = [model.visits[area.members, PLACE].astype(int) for area in areas]
    inside = np.mean([model.seconds[np.ix_(held, held)].mean() for held in places])
    assert inside < 0.8 * model.seconds[1:, 1:].mean()
