"""Who may be connected with whom, and when (D11, S1)."""

import pytest
from hypothesis import given, strategies as st

from policies.figures import DEFAULT_FIGURES
from policies.visit_calls import VisitCallResult, VisitParty, is_wish_to_talk, may_connect, read_result
from policies.visit_states import ENDED, VisitState
from tests.factories.instants import hours, minutes, monday

TEN = monday(10)


def may(state: VisitState, party: VisitParty, at_hour: float) -> bool:
    return may_connect(state, window_from_at=TEN, party=party, figures=DEFAULT_FIGURES, now=monday(at_hour))


def test_a_technician_may_call_ahead_and_a_customer_shortly_before() -> None:
    told = VisitState.ACKNOWLEDGED

    assert [may(told, VisitParty.TECHNICIAN, hour) for hour in (-3, -2, 7)] == [False, True, True]
    assert [may(told, VisitParty.CUSTOMER, hour) for hour in (7.9, 8, 11)] == [False, True, True]


@given(
    state=st.sampled_from(list(VisitState)),
    party=st.sampled_from(list(VisitParty)),
    hour=st.floats(-72, 72),
    has_window=st.booleans(),
)
def test_nobody_is_connected_before_they_were_told_of_each_other_or_once_it_is_over(
    state: VisitState, party: VisitParty, hour: float, *, has_window: bool
) -> None:
    allowed = may_connect(
        state, window_from_at=TEN if has_window else None, party=party, figures=DEFAULT_FIGURES, now=TEN + hours(hour)
    )

    if state in ENDED or state in {VisitState.DRAFT, VisitState.OFFERED, VisitState.BOOKED}:
        assert not allowed
    elif state in {VisitState.EN_ROUTE, VisitState.ON_SITE}:
        assert allowed
    else:
        ahead = DEFAULT_FIGURES.customer_calls_ahead_minutes
        assert not (allowed and party is VisitParty.CUSTOMER and TEN + hours(hour) < TEN - minutes(ahead))


@pytest.mark.parametrize(
    ("status", "is_bridged", "result"),
    [
        ("completed", True, VisitCallResult.TALKED),
        ("answered", True, VisitCallResult.TALKED),
        ("completed", False, VisitCallResult.NOT_TAKEN),
        ("busy", False, VisitCallResult.NOT_TAKEN),
        ("no-answer", False, VisitCallResult.NOT_TAKEN),
        ("", False, VisitCallResult.NOT_TAKEN),
    ],
)
def test_somebody_who_picks_up_and_presses_nothing_has_not_talked(
    status: str, *, is_bridged: bool, result: VisitCallResult
) -> None:
    assert read_result(status, is_bridged=is_bridged) is result


@pytest.mark.parametrize("text", ["dh", " ＤＨ ", "Call.", "联系师傅", "打电话！"])
def test_one_word_asks_for_the_technician(text: str) -> None:
    assert is_wish_to_talk(text)


@pytest.mark.parametrize("text", ["", "call the police", "请给我打电话说明一下", "5"])
def test_anything_more_is_read_by_a_person(text: str) -> None:
    assert not is_wish_to_talk(text)
