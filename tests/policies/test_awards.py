"""The yearly award is weighed the same for everybody (T2)."""

import pytest
from hypothesis import given, strategies as st

from policies.awards import award_points, rank
from tests.policies.cases.awards import CASES
from tests.policies.cases.table import Case

SHARES = st.floats(0, 100)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.en)
def test_points_are_what_the_table_says(case: Case) -> None:
    on_time, at_once, checklist, mean_score = case.given

    points = award_points(on_time=on_time, at_once=at_once, checklist=checklist, mean_score=mean_score)
    assert points == case.expected


def test_equals_share_a_place_and_leave_the_next_free() -> None:
    assert rank({"wang": 90.0, "li": 95.5, "zhao": 90.0, "qian": 80.0, "sun": None}) == {
        "li": 1,
        "wang": 2,
        "zhao": 2,
        "qian": 4,
    }


@given(SHARES, SHARES, SHARES, st.floats(1, 4), st.floats(0, 1))
def test_a_better_score_never_costs_points(
    on_time: float, at_once: float, kept: float, score: float, more: float
) -> None:
    before = award_points(on_time=on_time, at_once=at_once, checklist=kept, mean_score=score)
    after = award_points(on_time=on_time, at_once=at_once, checklist=kept, mean_score=score + more)

    assert before is not None
    assert after is not None
    assert 0 <= before <= after <= 100


@given(st.dictionaries(st.integers(), st.one_of(st.none(), SHARES)))
def test_a_place_is_one_more_than_those_with_more_points(points: dict[int, float | None]) -> None:
    places = rank(points)

    for who, place in places.items():
        mine = points[who]
        assert mine is not None
        assert place == 1 + sum(1 for one in points.values() if one is not None and one > mine)
