"""Road times packed by place, and laid over the estimates."""

from math import inf

import numpy as np
import pytest
from hypothesis import given, strategies as st

import dispatch
from dispatch.road_table import NO_ROAD_SECONDS, pack_roads, unpack_roads

PEOPLE_SQUARE, BUND, PUDONG, LOST = (31.2304, 121.4737), (31.2400, 121.4900), (31.2200, 121.5400), (30.5, 122.5)
points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))
places = st.integers(0, 2**45)
lengths = st.floats(0, 1e6, width=32) | st.just(inf)
told = st.dictionaries(places, st.tuples(lengths, lengths), max_size=12)


@given(points)
def test_a_place_is_a_point_to_the_metre(point: tuple[float, float]) -> None:
    place = dispatch.place_key(point)

    assert dispatch.point_of_place(place) == pytest.approx(point, abs=0.0000051)
    assert dispatch.place_key(dispatch.point_of_place(place)) == place


@given(told)
def test_what_is_packed_can_be_unpacked(pairs: dict[int, tuple[float, float]]) -> None:
    assert unpack_roads(pack_roads(pairs)) == pairs


@given(told, told, st.sets(places))
def test_what_is_told_later_replaces_what_was_known_and_the_unwanted_is_forgotten(
    known: dict[int, tuple[float, float]], news: dict[int, tuple[float, float]], others: set[int]
) -> None:
    wanted = [*others, *list(known)[::2], *list(news)[::2]]

    merged = dispatch.merge_roads(pack_roads(known), news, wanted=wanted)

    assert merged == pack_roads({place: pair for place, pair in {**known, **news}.items() if place in wanted})
    assert dispatch.missing_roads(merged, wanted) == [place for place in wanted if place not in {**known, **news}]


def estimate(*where: tuple[float, float]) -> dispatch.Travel:
    return dispatch.straight_line_travel(where, circuity=1.3, speed_km_per_hour=30, buffer_seconds=300)


def roads(*pairs: tuple[tuple[float, float], tuple[float, float], float]) -> dict[int, bytes]:
    rows: dict[int, dict[int, tuple[float, float]]] = {}
    for origin, destination, seconds in pairs:
        rows.setdefault(dispatch.place_key(origin), {})[dispatch.place_key(destination)] = (seconds, seconds * 10)
    return {place: pack_roads(row) for place, row in rows.items()}


def test_road_times_replace_estimates_where_they_are_known() -> None:
    where = (PEOPLE_SQUARE, BUND, PUDONG)
    estimated = estimate(*where)

    laid = dispatch.lay_roads(estimated, where, roads((BUND, PUDONG, 480.2), (PUDONG, BUND, 700.0)), buffer_seconds=300)

    seconds = laid.travel.seconds
    assert (seconds[1, 2], seconds[2, 1]) == (781.0, 1000.0)
    assert (laid.travel.metres[1, 2], laid.travel.metres[2, 1]) == (4802.0, 7000.0)
    assert (seconds[0, 1], seconds[1, 0], seconds[1, 1]) == (estimated.seconds[0, 1], estimated.seconds[1, 0], 0.0)
    assert (laid.pairs, laid.road_pairs) == (6, 2)
    assert laid.road_percent == pytest.approx(100 / 3)


def test_without_road_times_the_estimates_stay_as_they_are() -> None:
    estimated = estimate(BUND, PUDONG)

    laid = dispatch.lay_roads(estimated, (BUND, PUDONG), {})

    assert laid.travel is estimated
    assert (laid.pairs, laid.road_percent) == (2, 0.0)
    assert dispatch.lay_roads(estimate(), (), {}).road_percent == 0.0


def test_where_there_is_no_road_nobody_can_be_sent() -> None:
    where = (PEOPLE_SQUARE, BUND, PUDONG)
    known = roads((BUND, PUDONG, inf), (PUDONG, BUND, 600), (PEOPLE_SQUARE, PUDONG, 900), (BUND, PEOPLE_SQUARE, 800))

    laid = dispatch.lay_roads(estimate(*where), where, known)

    assert laid.travel.seconds[1, 2] == NO_ROAD_SECONDS
    assert np.isfinite(laid.travel.seconds).all()
    assert np.isfinite(laid.travel.metres).all()


def test_a_place_that_no_road_of_the_map_leaves_keeps_the_estimates_of_its_way_out() -> None:
    where = (PEOPLE_SQUARE, BUND, PUDONG)
    known = roads((BUND, PUDONG, inf), (BUND, PEOPLE_SQUARE, inf), (PUDONG, BUND, 600), (PEOPLE_SQUARE, BUND, 900))
    estimated = estimate(*where).seconds

    laid = dispatch.lay_roads(estimate(*where), where, known)

    assert laid.travel.seconds[1].tolist() == estimated[1].tolist()
    assert (laid.travel.seconds[2, 1], laid.travel.seconds[0, 1], laid.road_pairs) == (600.0, 900.0, 2)


def test_a_place_beside_the_map_keeps_its_estimates() -> None:
    where = (BUND, PUDONG, LOST)
    everyone = [(origin, to, inf if LOST in (origin, to) else 600.0) for origin in where for to in where]

    laid = dispatch.lay_roads(estimate(*where), where, roads(*everyone))

    estimated = estimate(*where).seconds
    assert laid.travel.seconds[2].tolist() == estimated[2].tolist()
    assert laid.travel.seconds[:, 2].tolist() == estimated[:, 2].tolist()
    assert (laid.travel.seconds[0, 1], laid.road_pairs) == (600.0, 2)


def test_neighbours_in_one_place_keep_their_estimate_and_count_as_known() -> None:
    next_door = (BUND[0] + 0.000001, BUND[1])
    where = (BUND, next_door, PUDONG)
    everyone = [(origin, to, 600.0) for origin in where for to in where]

    laid = dispatch.lay_roads(estimate(*where), where, roads(*everyone))

    assert laid.travel.seconds[0, 1] == 0.0
    assert laid.road_percent == 100.0
