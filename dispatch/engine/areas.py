"""Dividing a large problem into neighbourhoods of routes, another way each time, without needing coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dispatch.engine.model import NOWHERE, PLACE, ROUTE, START, STOPS, Floats, Ints, Model, State

POLES = 6
SHARES = (0.4, 0.6)


@dataclass(frozen=True, slots=True)
class Area:
    """Routes and visits that are improved together."""

    routes: Ints
    members: Ints


def divide(model: Model, state: State, random: np.random.Generator, count: int) -> list[Area]:
    """About `count` areas of neighbouring routes; every route and every visit is in exactly one."""
    places = model.visits[:-1, PLACE].astype(np.int64)
    middles = _middles(model, state, places)
    visits_of = state.where[:-1, ROUTE]
    sizes = state.routes[:, STOPS] + 0.1
    groups = [(np.arange(len(middles)), np.flatnonzero(visits_of == NOWHERE))]
    while len(groups) < count:
        largest = max(range(len(groups)), key=lambda index: _size(sizes, groups[index]))
        routes, absent = groups.pop(largest)
        if len(routes) < 2:
            groups.append((routes, absent))
            break
        groups.extend(_halve(model, random, sizes, routes, absent, middles, places))
    area_of = np.zeros(len(middles), np.int64)
    for index, (routes, _) in enumerate(groups):
        area_of[routes] = index
    held = np.where(visits_of == NOWHERE, NOWHERE, area_of[visits_of])
    return [
        Area(np.sort(routes), np.sort(np.append(np.flatnonzero(held == index), absent)).astype(np.int64))
        for index, (routes, absent) in enumerate(groups)
    ]


def _size(sizes: Floats, group: tuple[Ints, Ints]) -> float:
    routes, absent = group
    return float(sizes[routes].sum() + len(absent))


def _middles(model: Model, state: State, places: Ints) -> list[Ints]:
    """Per route the places it visits; its start where it visits none."""
    starts = model.shifts[:, START].astype(np.int64)
    middles = []
    for route, start in enumerate(starts):
        stops = state.order[route, : int(state.routes[route, STOPS])]
        stops = stops[stops < len(places)]
        middles.append(places[stops] if len(stops) else np.array([start]))
    return middles


def _halve(
    model: Model,
    random: np.random.Generator,
    sizes: Floats,
    routes: Ints,
    absent: Ints,
    middles: list[Ints],
    places: Ints,
) -> list[tuple[Ints, Ints]]:
    """Split by which of two places far from each other is nearer on the road; drawn, so the border turns each time."""
    drawn = [int(random.choice(middles[route])) for route in random.choice(routes, POLES)]
    first = drawn[0]
    second = drawn[int(np.argmax(model.seconds[first][drawn]))]
    lean: Floats = model.seconds[first] - model.seconds[second]
    values = np.array([lean[middles[route]].mean() for route in routes])
    order = np.argsort(values, kind="stable")
    passed = np.cumsum(sizes[routes[order]])
    share = random.uniform(*SHARES)
    middle = min(max(1, int(np.searchsorted(passed, share * passed[-1]))), len(routes) - 1)
    is_low = lean[places[absent]] < float(values[order[middle]])
    return [(routes[order[:middle]], absent[is_low]), (routes[order[middle:]], absent[~is_low])]
