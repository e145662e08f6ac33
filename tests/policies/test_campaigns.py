"""When reports of one fault are more than chance (C8)."""

import pytest
from hypothesis import given, strategies as st

from policies.campaigns import RecallMoveRefused, RecallState, is_cluster, move_recall, read_serials
from tests.policies.cases.defects import CLUSTERS
from tests.policies.cases.recalls import MOVES
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


@pytest.mark.parametrize("case", MOVES, ids=lambda case: case.en)
def test_a_recalled_machine_goes_on_as_the_manual_says(case: Case) -> None:
    now, to = case.given
    if case.expected:
        assert move_recall(now, to) is to
    else:
        with pytest.raises(RecallMoveRefused):
            move_recall(now, to)


def test_every_move_that_is_allowed_is_a_case_of_the_manual() -> None:
    told = {case.given for case in MOVES if case.expected}
    for now in RecallState:
        for to in RecallState:
            if (now, to) not in told:
                with pytest.raises(RecallMoveRefused):
                    move_recall(now, to)


def test_serials_are_read_however_they_are_pasted() -> None:
    assert read_serials("lx-2, LX-1；lx-3\n\tLX-2、") == ["LX-1", "LX-2", "LX-3"]
    assert read_serials(" ,\n") == []


def test_what_is_settled_stays_settled() -> None:
    for state in (RecallState.DONE, RecallState.GIVEN_UP):
        for to in RecallState:
            with pytest.raises(RecallMoveRefused):
                move_recall(state, to)
