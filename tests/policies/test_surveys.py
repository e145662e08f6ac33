"""A sample is asked, nobody too often; a reply is a score only when it says nothing else (F2, F4)."""

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from policies.figures import DEFAULT_FIGURES
from policies.surveys import LOW_SCORE, is_asked, is_in_sample, read_score
from tests.factories.instants import monday
from tests.policies.cases.satisfaction import ASKED, REPLIES
from tests.policies.cases.table import Case


@pytest.mark.parametrize("case", REPLIES, ids=lambda case: case.en)
def test_replies_are_read_as_customers_mean_them(case: Case) -> None:
    score = read_score(case.given)

    assert (score, score is not None and score <= LOW_SCORE) == case.expected


@given(st.text(max_size=12))
def test_whatever_comes_a_score_is_from_one_to_five(text: str) -> None:
    assert read_score(text) in {None, 1, 2, 3, 4, 5}


@pytest.mark.parametrize("case", ASKED, ids=lambda case: case.en)
def test_customers_are_asked_as_the_table_says(case: Case) -> None:
    percent, number, days = case.given
    now = monday(10)
    last_asked_at = None if days is None else now - dt.timedelta(days=days)
    figures = replace(DEFAULT_FIGURES, survey_percent=percent)

    assert is_asked(number, last_asked_at=last_asked_at, figures=figures, now=now) is case.expected


@given(st.text(), st.integers(0, 100), st.integers(0, 100))
def test_whoever_is_asked_at_a_small_share_is_asked_at_a_larger_one(number: str, one: int, other: int) -> None:
    small, large = sorted((one, other))

    assert is_in_sample(number, percent=large) or not is_in_sample(number, percent=small)
    assert is_in_sample(number, percent=100)
    assert not is_in_sample(number, percent=0)


@pytest.mark.parametrize("percent", [5, 30, 90])
def test_of_all_requests_the_share_is_asked(percent: int) -> None:
    asked = sum(is_in_sample(f"{number:08d}", percent=percent) for number in range(10_000))

    assert abs(asked / 100 - percent) < 2


@given(st.lists(st.integers(0, 60 * 24 * 60), max_size=12), st.integers(0, 30), st.integers(0, 100))
def test_however_often_we_come_nobody_is_asked_again_too_soon(minutes: list[int], days: int, percent: int) -> None:
    figures = replace(DEFAULT_FIGURES, survey_days=days, survey_percent=percent)
    asked: list[dt.datetime] = []
    for number, minute in enumerate(sorted(minutes)):
        now = monday(0) + dt.timedelta(minutes=minute)
        if is_asked(f"{number:08d}", last_asked_at=asked[-1] if asked else None, figures=figures, now=now):
            asked.append(now)

    assert all(later - earlier >= dt.timedelta(days=days) for earlier, later in pairwise(asked))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 10**8 - 4001), st.sampled_from([5, 20, 50, 80]))
def test_of_many_requests_the_share_that_was_wanted_is_asked_and_always_the_same_ones(first: int, percent: int) -> None:
    numbers = [f"{number:08d}" for number in range(first, first + 4000)]

    asked = {number for number in numbers if is_in_sample(number, percent=percent)}

    # Six standard deviations of 4,000 draws are never more than 4.8 percent.
    assert abs(len(asked) / 40 - percent) < 5
    assert asked == {number for number in reversed(numbers) if is_in_sample(number, percent=percent)}
