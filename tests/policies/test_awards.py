"""The yearly award is weighed the same for everybody (T2)."""

from hypothesis import given, strategies as st

from policies.awards import award_points, rank

SHARES = st.floats(0, 100)


def test_points_are_the_mean_of_the_four_shares_and_a_score_of_five_is_all() -> None:
    assert award_points(on_time=100.0, at_once=100.0, checklist=100.0, mean_score=5.0) == 100.0
    assert award_points(on_time=90.0, at_once=80.0, checklist=100.0, mean_score=4.0) == 87.5


def test_who_was_never_judged_by_a_customer_has_no_points() -> None:
    assert award_points(on_time=100.0, at_once=100.0, checklist=100.0, mean_score=None) is None


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
