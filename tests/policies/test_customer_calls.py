"""When customers are called again, and when never (H15)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from policies.customer_calls import (
    CallAttempt,
    CustomerCallKind,
    CustomerCallMoveRefused,
    CustomerCallState,
    final_state,
    first_call_at,
    move_customer_call,
    next_call_at,
    read_attempt,
)
from policies.figures import DEFAULT_FIGURES
from tests.factories.instants import hours, minutes, monday

SHANGHAI = ("Asia/Shanghai",)
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
INSTANTS = st.integers(0, 366 * 24 * 60).map(lambda count: monday(0) + minutes(count))
LATER = dt.timedelta(days=30)


def again(kind: CustomerCallKind, attempt: CallAttempt, *, attempts: int = 1, now: dt.datetime) -> dt.datetime | None:
    return next_call_at(
        kind, attempt, attempts=attempts, expires_at=now + LATER, time_zones=SHANGHAI, figures=DEFAULT_FIGURES, now=now
    )


@pytest.mark.parametrize(
    ("status", "answered_by", "attempt"),
    [
        ("busy", "", CallAttempt.BUSY),
        ("no-answer", "", CallAttempt.NO_ANSWER),
        ("completed", "", CallAttempt.SILENT),
        ("completed", "human", CallAttempt.SILENT),
        ("completed", "unknown", CallAttempt.SILENT),
        ("completed", "machine_end_beep", CallAttempt.MACHINE),
        ("completed", "machine_start", CallAttempt.MACHINE),
        ("completed", "fax", CallAttempt.MACHINE),
        ("busy", "machine_end_beep", CallAttempt.BUSY),
        ("failed", "", CallAttempt.IMPOSSIBLE),
        ("canceled", "", CallAttempt.IMPOSSIBLE),
    ],
)
def test_an_attempt_is_read_from_how_twilio_says_it_ended(status: str, answered_by: str, attempt: CallAttempt) -> None:
    assert read_attempt(status, answered_by=answered_by) is attempt


def test_an_engaged_line_is_tried_sooner_than_one_nobody_answers() -> None:
    noon = monday(12)

    for kind in CustomerCallKind:
        busy, no_answer = (again(kind, attempt, now=noon) for attempt in (CallAttempt.BUSY, CallAttempt.NO_ANSWER))
        assert busy is not None
        assert no_answer is not None
        assert noon < busy < no_answer


def test_a_machine_that_took_the_message_is_called_again_only_with_news() -> None:
    tried = {kind for kind in CustomerCallKind if again(kind, CallAttempt.MACHINE, now=monday(12))}

    assert tried == {CustomerCallKind.NOTICE}
    assert final_state(CallAttempt.MACHINE) is CustomerCallState.MESSAGE_LEFT
    assert final_state(CallAttempt.SILENT) is CustomerCallState.NOT_REACHED


def test_what_cannot_be_called_and_what_was_tried_often_enough_is_left_alone() -> None:
    assert again(CustomerCallKind.NOTICE, CallAttempt.IMPOSSIBLE, now=monday(12)) is None
    assert again(CustomerCallKind.NOTICE, CallAttempt.BUSY, attempts=2, now=monday(12)) is not None
    assert again(CustomerCallKind.NOTICE, CallAttempt.BUSY, attempts=3, now=monday(12)) is None


def test_in_the_evening_a_second_try_waits_for_the_morning_and_news_does_not() -> None:
    late = monday(19.75)

    assert again(CustomerCallKind.FOLLOW_UP, CallAttempt.BUSY, now=late) == monday(9) + hours(24)
    assert again(CustomerCallKind.NOTICE, CallAttempt.NO_ANSWER, now=late) == late + minutes(8)


@given(kind=st.sampled_from(list(CustomerCallKind)), wanted_at=INSTANTS, zone=ZONES)
def test_nobody_is_rung_in_the_quiet_hours_of_their_own_clock_unless_it_cannot_wait(
    kind: CustomerCallKind, wanted_at: dt.datetime, zone: str
) -> None:
    at = first_call_at(kind, wanted_at=wanted_at, time_zones=(zone,), figures=DEFAULT_FIGURES)

    assert wanted_at <= at < wanted_at + hours(25)
    if kind is CustomerCallKind.NOTICE:
        assert at == wanted_at
    else:
        assert 9 <= at.astimezone(ZoneInfo(zone)).hour < 20


@given(
    kind=st.sampled_from(list(CustomerCallKind)),
    attempts=st.lists(st.sampled_from(list(CallAttempt)), min_size=1, max_size=8),
    now=INSTANTS,
    zone=ZONES,
    days=st.integers(0, 5),
)
def test_however_calls_end_there_are_never_more_than_the_policy_says_and_none_too_late(
    kind: CustomerCallKind, attempts: list[CallAttempt], now: dt.datetime, zone: str, days: int
) -> None:
    expires_at, at, made = now + dt.timedelta(days=days), now, 0

    for attempt in attempts:
        made += 1
        following = next_call_at(
            kind, attempt, attempts=made, expires_at=expires_at, time_zones=(zone,), figures=DEFAULT_FIGURES, now=at
        )
        if following is None:
            break
        assert at < following < expires_at
        at = following

    assert made <= DEFAULT_FIGURES.call_attempts


def test_a_key_outranks_whatever_was_thought_of_an_attempt() -> None:
    for state in (CustomerCallState.CALLING, CustomerCallState.NOT_REACHED, CustomerCallState.MESSAGE_LEFT):
        assert move_customer_call(state, CustomerCallState.REACHED) is CustomerCallState.REACHED
    for state in (CustomerCallState.CALLED_OFF, CustomerCallState.WITHHELD):
        with pytest.raises(CustomerCallMoveRefused):
            move_customer_call(state, CustomerCallState.REACHED)
