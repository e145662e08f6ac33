"""When reports of one fault are more than chance (C8)."""

import pytest
from hypothesis import given, strategies as st

from policies.campaigns import RecallMoveRefused, RecallState, is_cluster, move_recall
from tests.policies.cases.defects import CLUSTERS
from tests.policies.cases.table import Case

COUNTS = st.integers(0, 500)


@pytest.mark.parametrize("case", CLUSTERS, ids=lambda case: case.en)
def test_a_cluster_is_five_reports_and_three_times_the_usual(case: Case) -> None:
    recent, recent_days, before, before_days = case.given

    found = is_cluster(recent=recent, recent_days=recent_days, before=before, before_days=before_days)

    assert found is case.expected


@given(recent=COUNTS, before=COUNTS, more=COUNTS)
def test_more_reports_never_make_a_case_go_away(recent: int, before: int, more: int) -> None:
    def is_case(reports: int) -> bool:
        return is_cluster(recent=reports, recent_days=30, before=before, before_days=335)

    assert is_case(recent + more) or not is_case(recent)


def test_what_is_settled_stays_settled() -> None:
    for state in (RecallState.DONE, RecallState.GIVEN_UP):
        for to in RecallState:
            with pytest.raises(RecallMoveRefused):
                move_recall(state, to)
