"""Outlines: what encloses one area, who lies inside, what neighbours may share (D2)."""

from itertools import combinations, pairwise

import pytest
from hypothesis import assume, given, strategies as st

from policies.outlines import (
    MOST_CORNERS,
    Corner,
    CornersTooFew,
    CornersTooMany,
    OutlineCrossesItself,
    check_outline,
    find_holder,
    is_overlapping,
    tidy_corners,
)

SQUARE: list[Corner] = [(31.0, 121.0), (31.0, 121.1), (31.1, 121.1), (31.1, 121.0)]
GRID = st.integers(0, 8).map(float)
CORNERS = st.lists(st.tuples(GRID, GRID), min_size=4, max_size=7).map(tidy_corners)
AROUND = [(0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1)]
STARS = st.lists(st.integers(1, 4), min_size=8, max_size=8).map(
    lambda reach: [(4.0 + far * y, 4.0 + far * x) for far, (y, x) in zip(reach, AROUND, strict=True)]
)
"""Eight corners around the middle of the grid, near and far: outlines with bays that never cross themselves."""


def turn(a: Corner, b: Corner, c: Corner) -> int:
    """Which way a, b, c turn; exact, for the grid's degrees are whole."""
    product = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (product > 0) - (product < 0)


def is_on(side: tuple[Corner, Corner], place: Corner) -> bool:
    (y1, x1), (y2, x2) = side
    within = min(y1, y2) <= place[0] <= max(y1, y2) and min(x1, x2) <= place[1] <= max(x1, x2)
    return within and turn(*side, place) == 0


def touch(one: tuple[Corner, Corner], other: tuple[Corner, Corner]) -> bool:
    apart = turn(*one, other[0]) * turn(*one, other[1]) < 0 and turn(*other, one[0]) * turn(*other, one[1]) < 0
    return apart or any(is_on(one, end) for end in other) or any(is_on(other, end) for end in one)


def crosses_itself(corners: list[Corner]) -> bool:
    """By hand, pair by pair: neighbours may share their corner and nothing else."""
    sides = list(pairwise([*corners, corners[0]]))
    for one, other in combinations(sides, 2):
        shared = {*one} & {*other}
        if len(shared) == 1 and (one[1] == other[0] or other[1] == one[0]):
            ends = [end for end in (*one, *other) if end not in shared]
            if is_on(one, ends[1]) or is_on(other, ends[0]):
                return True
        elif touch(one, other):
            return True
    return False


@given(CORNERS)
def test_a_line_is_refused_exactly_when_it_crosses_or_touches_itself(corners: list[Corner]) -> None:
    assume(len(corners) >= 3)

    try:
        check_outline(corners)
    except OutlineCrossesItself as refused:
        assert crosses_itself(corners)
        sides = list(pairwise([*corners, corners[0]]))
        first, second = (sides[number - 1] for number in refused.sides)
        assert touch(first, second)
    else:
        assert not crosses_itself(corners)


@given(STARS, st.tuples(GRID, GRID).map(lambda at: (at[0] + 0.25, at[1] + 0.5)))
def test_a_place_lies_inside_when_a_line_to_the_east_leaves_an_odd_number_of_times(
    corners: list[Corner], place: Corner
) -> None:
    sides = list(pairwise([*corners, corners[0]]))
    assume(not any(is_on(side, place) for side in sides))

    leaves = [
        (y1 > place[0]) != (y2 > place[0]) and place[1] < (x2 - x1) * (place[0] - y1) / (y2 - y1) + x1
        for (y1, x1), (y2, x2) in sides
    ]

    assert find_holder({"here": corners}, place) == ("here" if sum(leaves) % 2 else None)


@given(STARS)
def test_an_outline_with_bays_stands_and_its_corners_belong_to_it(corners: list[Corner]) -> None:
    check_outline(corners)

    assert {find_holder({"here": corners}, corner) for corner in corners} == {"here"}


def test_fewer_than_three_corners_or_more_than_a_hundred_are_no_outline() -> None:
    with pytest.raises(CornersTooFew):
        check_outline(SQUARE[:2])
    with pytest.raises(CornersTooMany):
        check_outline([(float(number), float(number % 2)) for number in range(MOST_CORNERS + 1)])


def test_a_ring_that_closes_itself_and_a_double_click_are_tidied() -> None:
    assert tidy_corners([SQUARE[0], SQUARE[0], *SQUARE[1:], SQUARE[0]]) == [*SQUARE[1:], SQUARE[0]]
    assert tidy_corners([]) == []


def test_neighbours_may_share_a_street_but_not_a_block() -> None:
    def next_door(metres: float) -> list[Corner]:
        """The square to the east, so many metres into ours."""
        west = 121.1 - metres / (111_320 * 0.857)
        return [(31.0, west), (31.0, 121.2), (31.1, 121.2), (31.1, west)]

    assert not is_overlapping(SQUARE, next_door(0))
    assert not is_overlapping(SQUARE, next_door(25))
    assert is_overlapping(SQUARE, next_door(40))
    assert is_overlapping(SQUARE, SQUARE)
    assert find_holder({"west": SQUARE, "east": next_door(25)}, (31.05, 121.0999)) == "west"
