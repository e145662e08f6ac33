"""When reports of one fault are more than chance (C8)."""

import pytest

from policies.campaigns import RecallMoveRefused, RecallState, is_cluster, move_recall


@pytest.mark.parametrize(
    ("recent", "before", "wanted"),
    [(4, 0, False), (5, 0, True), (5, 18, True), (5, 19, False), (30, 112, False), (30, 111, True)],
)
def test_a_cluster_is_five_reports_and_three_times_the_usual(recent: int, before: int, wanted: bool) -> None:  # noqa: FBT001
    assert is_cluster(recent=recent, recent_days=30, before=before, before_days=335) is wanted


def test_what_is_settled_stays_settled() -> None:
    for state in (RecallState.DONE, RecallState.GIVEN_UP):
        for to in RecallState:
            with pytest.raises(RecallMoveRefused):
                move_recall(state, to)
