"""Dividing a large problem into neighbourhoods of routes, another way each time, without needing coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dispatch.engine.model import NOWHERE, PLACE, ROUTE, START, STOPS, Floats, Ints, Model, State


@dataclass(frozen=True, slots=True)
class Area:
    """Routes and visits that are improved together."""

    routes: Ints
    members: Ints


def divide(model: Model, state: State, random: np.random.Generator, count: int) -> list[Area]:
    """About `count` areas of neighbouring routes; every route and every visit is in exactly one."""
    places = model.visits[:-1, PLACE].astype(np.int64)
    starts = model.shifts[:, START].astype(np.int64)
    groups = [(np.arange(len(starts)), np.flatnonzero(state.where[:-1, ROUTE] == NOWHERE))]
    while len(groups) < count:
        largest = max(range(len(groups)), key=lambda index: _size(state, groups[index]))
        routes, absent = groups.pop(largest)
        if len(routes) < 2:
            groups.append((routes, absent))
            break
        groups.extend(_halve(model, state, random, routes, absent, places, starts))
    visits_of = state.where[:-1, ROUTE]
    return [
        Area(np.sort(routes), np.sort(np.append(np.flatnonzero(np.isin(visits_of, routes)), absent)).astype(np.int64))
        for routes, absent in groups
    ]


def _size(state: State, group: tuple[Ints, Ints]) -> float:
    routes, absent = group
    return float(state.routes[routes, STOPS].sum() + len(absent) + 0.1 * len(routes))


def _halve(
    model: Model,
    state: State,
    random: np.random.Generator,
    routes: Ints,
    absent: Ints,
    places: Ints,
    starts: Ints,
) -> list[tuple[Ints, Ints]]:
    """Split by which of two far points is nearer on the road."""
    here = int(starts[routes[random.integers(len(routes))]])
    far = int(starts[routes[np.argmax(model.seconds[here][starts[routes]])]])
    other = int(starts[routes[np.argmax(model.seconds[far][starts[routes]])]])
    lean: Floats = model.seconds[far] - model.seconds[other]
    values = np.array([_lean_of(state, route, lean, places, starts) for route in routes])
    order = np.argsort(values, kind="stable")
    middle = len(routes) // 2
    cut = float(values[order[middle]])
    is_low = lean[places[absent]] < cut
    return [(routes[order[:middle]], absent[is_low]), (routes[order[middle:]], absent[~is_low])]


def _lean_of(state: State, route: int, lean: Floats, places: Ints, starts: Ints) -> float:
    count = int(state.routes[route, STOPS])
    if count == 0:
        return float(lean[starts[route]])
    stops = state.order[route, :count]
    return float(lean[places[stops[stops < len(places)]]].mean())
