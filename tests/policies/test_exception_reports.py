"""A hard problem climbs one level at a time, each with its own hours, and ends at the top (F5, V6)."""

import pytest
from hypothesis import given, strategies as st

from policies.exception_reports import ExpertLevel, TopOfTheLadder, limit_hours, next_level
from policies.figures import DEFAULT_FIGURES, read_figures
from tests.policies.cases.exception_reports import CASES
from tests.policies.cases.table import Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.en)
def test_who_answers_next_and_within_how_long_is_what_the_manual_says(case: Case) -> None:
    if case.expected is None:
        with pytest.raises(TopOfTheLadder):
            next_level(case.given)
    else:
        level = next_level(case.given) if case.given else next(iter(ExpertLevel))
        assert (level, limit_hours(level, DEFAULT_FIGURES)) == case.expected


@given(st.sampled_from(ExpertLevel))
def test_from_every_level_the_manufacturer_is_reached_and_nobody_is_asked_twice(level: ExpertLevel) -> None:
    asked = [level]
    while asked[-1] is not ExpertLevel.MANUFACTURER:
        asked.append(next_level(asked[-1]))

    assert asked == [*ExpertLevel][-len(asked) :]


@given(st.sampled_from(ExpertLevel), st.integers(1, 720))
def test_a_figure_changes_the_hours_of_its_own_level_alone(level: ExpertLevel, hours: int) -> None:
    changed = read_figures({f"{level}_answer_hours": hours})

    assert limit_hours(level, changed) == hours
    others = [one for one in ExpertLevel if one is not level]
    assert [limit_hours(one, changed) for one in others] == [limit_hours(one, DEFAULT_FIGURES) for one in others]
