"""A reply is a score only when it says nothing else (F2)."""

import pytest
from hypothesis import given, strategies as st

from policies.surveys import LOW_SCORE, read_score
from tests.policies.cases.satisfaction import REPLIES
from tests.policies.cases.table import Case


@pytest.mark.parametrize("case", REPLIES, ids=lambda case: case.en)
def test_replies_are_read_as_customers_mean_them(case: Case) -> None:
    score = read_score(case.given)

    assert (score, score is not None and score <= LOW_SCORE) == case.expected


@given(st.text(max_size=12))
def test_whatever_comes_a_score_is_from_one_to_five(text: str) -> None:
    assert read_score(text) in {None, 1, 2, 3, 4, 5}
