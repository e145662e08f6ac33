import datetime as dt

from hypothesis import given, strategies as st

from policies.chasing import ChaseStep, decide_chase
from policies.figures import DEFAULT_FIGURES
from tests.factories.instants import MORNING, hours, minutes, monday

NINE = monday(9)
offsets = st.integers(-600, 1200).map(lambda count: dt.timedelta(minutes=count))


def decide(
    now: dt.datetime,
    *,
    told_at: dt.datetime = MORNING,
    starts_at: dt.datetime = NINE,
    is_undelivered: bool = False,
    called_at: dt.datetime | None = None,
    is_escalated: bool = False,
) -> ChaseStep:
    return decide_chase(
        told_at=told_at, starts_at=starts_at, is_undelivered=is_undelivered, called_at=called_at,
        is_escalated=is_escalated, figures=DEFAULT_FIGURES, now=now,
    )  # fmt: skip


def test_a_route_told_at_dawn_is_called_after_when_its_first_visit_comes_near() -> None:
    assert decide(MORNING + minutes(59)) is ChaseStep.WAIT
    assert decide(MORNING + minutes(60)) is ChaseStep.CALL


def test_an_urgent_visit_has_a_quarter_of_an_hour_to_be_answered() -> None:
    assert decide(NINE + minutes(14), told_at=NINE, starts_at=NINE + hours(1)) is ChaseStep.WAIT
    assert decide(NINE + minutes(15), told_at=NINE, starts_at=NINE + hours(1)) is ChaseStep.CALL


def test_a_text_that_never_arrived_is_followed_by_a_call_at_once() -> None:
    assert decide(MORNING, is_undelivered=True) is ChaseStep.CALL


def test_a_call_without_an_answer_leads_to_a_person_once() -> None:
    called_at = MORNING + hours(1)

    assert decide(called_at + minutes(4), called_at=called_at) is ChaseStep.WAIT
    assert decide(called_at + minutes(5), called_at=called_at) is ChaseStep.ESCALATE
    assert decide(called_at + hours(9), called_at=called_at, is_escalated=True) is ChaseStep.WAIT


@given(offsets, offsets)
def test_nobody_who_has_the_text_is_called_before_there_was_time_to_answer(
    since_told: dt.timedelta, until_start: dt.timedelta
) -> None:
    now = MORNING + since_told

    if decide(now, starts_at=now + until_start) is ChaseStep.CALL:
        assert since_told >= minutes(DEFAULT_FIGURES.technician_answer_minutes)
        assert until_start <= minutes(DEFAULT_FIGURES.technician_lead_minutes)
