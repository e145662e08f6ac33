import pytest

from policies.publication import decide_publication

# is_auto_publish_on, broken_promises, moved_windows, people_told_touched, is_morning -> is_automatic, reason
TABLE = [
    (True, 0, 0, 0, True, True, "no_promise_touched"),
    (True, 0, 0, 3, True, True, "no_promise_touched"),
    (True, 0, 0, 0, False, True, "no_promise_touched"),
    (True, 0, 0, 1, False, False, "people_told_touched"),
    (True, 1, 0, 0, True, False, "promise_touched"),
    (True, 0, 1, 0, True, False, "promise_touched"),
    (True, 1, 1, 1, False, False, "promise_touched"),
    (False, 0, 0, 0, True, False, "auto_publish_off"),
    (False, 1, 1, 1, False, False, "auto_publish_off"),
]


@pytest.mark.parametrize(("is_on", "broken", "moved", "told", "is_morning", "is_automatic", "reason"), TABLE)
def test_a_proposal_goes_out_by_itself_only_when_it_touches_no_promise_and_surprises_nobody(
    *, is_on: bool, broken: int, moved: int, told: int, is_morning: bool, is_automatic: bool, reason: str
) -> None:
    decision = decide_publication(
        is_auto_publish_on=is_on,
        broken_promises=broken,
        moved_windows=moved,
        people_told_touched=told,
        is_morning=is_morning,
    )

    assert (decision.is_automatic, decision.reason) == (is_automatic, reason)
