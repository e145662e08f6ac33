"""The tables of states: where each leads, that nothing goes back unless it is said, that everything is reachable."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import permutations
from typing import TypeVar

import pytest
from hypothesis import given, strategies as st

from policies import call_states, message_states, request_states, visit_states
from policies.call_states import CallState
from policies.message_states import MessageState
from policies.request_states import RequestMoveRefused, RequestState, move_request
from policies.visit_states import ENDED, PROMISED, STARTED, VisitMoveRefused, VisitState, move_visit

State = TypeVar("State", bound=StrEnum)
VISIT_ORDER = (
    VisitState.DRAFT,
    VisitState.OFFERED,
    VisitState.BOOKED,
    VisitState.DISPATCHED,
    VisitState.ACKNOWLEDGED,
    VisitState.EN_ROUTE,
    VisitState.ON_SITE,
)
VISIT_WAYS_BACK = {
    (VisitState.OFFERED, VisitState.DRAFT),
    (VisitState.DISPATCHED, VisitState.BOOKED),
    (VisitState.ACKNOWLEDGED, VisitState.BOOKED),
}


def reachable(moves: Mapping[State, frozenset[State]], start: State) -> set[State]:
    found, todo = {start}, [start]
    while todo:
        new = moves[todo.pop()] - found
        found |= new
        todo.extend(new)
    return found


@pytest.mark.parametrize(
    ("moves", "states", "start"),
    [
        (visit_states.MOVES, VisitState, VisitState.DRAFT),
        (request_states.MOVES, RequestState, RequestState.OPEN),
    ],
)
def test_every_state_is_in_the_table_and_reachable(
    moves: Mapping[StrEnum, frozenset[StrEnum]], states: type[StrEnum], start: StrEnum
) -> None:
    assert set(moves) == set(states)
    assert reachable(moves, start) == set(states)


def test_a_visit_goes_back_only_when_windows_are_freed_or_a_technician_declines() -> None:
    back = {
        (now, to)
        for now, targets in visit_states.MOVES.items()
        for to in targets
        if now in VISIT_ORDER and to in VISIT_ORDER and VISIT_ORDER.index(to) < VISIT_ORDER.index(now)
    }

    assert back == VISIT_WAYS_BACK


def test_nothing_follows_the_end_of_a_visit() -> None:
    assert {state for state, targets in visit_states.MOVES.items() if not targets} == ENDED


def test_every_visit_that_is_not_over_can_still_end() -> None:
    for state in VisitState:
        assert state in ENDED or reachable(visit_states.MOVES, state) & ENDED


def test_a_started_visit_is_a_promised_one_and_can_no_longer_go_back() -> None:
    assert STARTED < PROMISED
    assert not STARTED & {now for now, _ in VISIT_WAYS_BACK}


@pytest.mark.parametrize("now", list(VisitState))
@pytest.mark.parametrize("to", list(VisitState))
def test_a_visit_moves_only_along_the_table(now: VisitState, to: VisitState) -> None:
    if to in visit_states.MOVES[now]:
        assert move_visit(now, to) is to
    else:
        with pytest.raises(VisitMoveRefused, match=f"{now} -> {to}"):
            move_visit(now, to)


@pytest.mark.parametrize("now", list(RequestState))
@pytest.mark.parametrize("to", list(RequestState))
def test_a_request_moves_only_along_the_table_and_never_after_it_is_closed(now: RequestState, to: RequestState) -> None:
    is_allowed = now is not RequestState.CLOSED and now is not to

    if is_allowed:
        assert move_request(now, to) is to
    else:
        with pytest.raises(RequestMoveRefused, match=f"{now} -> {to}"):
            move_request(now, to)


CALL_WORDS = [*call_states.FROM_TWILIO, "what-is-this", ""]
MESSAGE_WORDS = [*message_states.FROM_TWILIO, "partially_delivered", ""]


@given(st.lists(st.sampled_from(CALL_WORDS), max_size=8))
def test_a_call_never_goes_back_whatever_comes_in_any_order(words: list[str]) -> None:
    state = CallState.RINGING
    for word in words:
        later = call_states.later_state(state, word)
        assert call_states.RANK[later] >= call_states.RANK[state]
        state = later


@pytest.mark.parametrize("words", list(permutations(["ringing", "in-progress", "completed"])))
def test_a_call_whose_end_was_heard_has_ended_in_any_order(words: tuple[str, ...]) -> None:
    state = CallState.RINGING
    for word in words:
        state = call_states.later_state(state, word)

    assert state is CallState.ENDED


def test_every_state_of_a_call_can_be_heard() -> None:
    assert set(call_states.FROM_TWILIO.values()) == set(CallState) == set(call_states.RANK)


@given(st.sampled_from(MessageState), st.lists(st.sampled_from(MESSAGE_WORDS), max_size=8))
def test_a_message_never_goes_back_whatever_comes_in_any_order(state: MessageState, words: list[str]) -> None:
    for word in words:
        later = message_states.later_state(state, word)
        assert message_states.RANK[later] >= message_states.RANK[state]
        state = later


@given(st.permutations(["queued", "sending", "sent", "undelivered", "delivered", "failed"]))
def test_a_message_that_was_delivered_stays_delivered(words: list[str]) -> None:
    state = MessageState.CLAIMED
    for word in words:
        state = message_states.later_state(state, word)

    assert state is MessageState.DELIVERED


def test_the_first_reason_for_failure_stays() -> None:
    undelivered = message_states.later_state(MessageState.SENT, "undelivered")

    assert message_states.later_state(undelivered, "failed") is MessageState.UNDELIVERED


def test_every_state_of_a_message_has_a_rank() -> None:
    assert set(message_states.RANK) == set(MessageState)
