"""Who is rung next for a waiting caller, and how long it takes (H8, H12)."""

import datetime as dt

from hypothesis import given, strategies as st

from policies.languages import Language
from policies.person_queue import FEWEST_TALKS, FreeAgent, QueueLine, choose_agent, expect_wait_minutes

NOON = dt.datetime(2026, 11, 22, 4, tzinfo=dt.UTC)


def agent(agent_id: int, *, minutes: int = 0, language: Language = Language.ZH, complaints: bool = False) -> FreeAgent:
    return FreeAgent(agent_id, language, complaints, NOON - dt.timedelta(minutes=minutes))


def choose(free: list[FreeAgent], *, line: QueueLine = QueueLine.SERVICE, rung: tuple[int, ...] = ()) -> int | None:
    chosen = choose_agent(free, line=line, language=Language.ZH, rung=rung)
    return chosen.agent_id if chosen else None


def test_whoever_has_been_free_for_longest_is_rung_first_and_nobody_twice() -> None:
    free = [agent(1, minutes=3), agent(2, minutes=9), agent(3, minutes=1)]

    assert [choose(free), choose(free, rung=(2,)), choose(free, rung=(1, 2, 3))] == [2, 1, None]


def test_who_speaks_the_callers_language_comes_before_who_has_been_free_for_longer() -> None:
    assert choose([agent(1, minutes=30, language=Language.EN), agent(2)]) == 2


def test_a_complaint_goes_to_those_who_take_complaints_and_to_others_after_them() -> None:
    free = [agent(1, minutes=30), agent(2, complaints=True, language=Language.EN)]

    assert choose(free, line=QueueLine.COMPLAINT) == 2
    assert choose(free, line=QueueLine.COMPLAINT, rung=(2,)) == 1
    assert choose(free) == 1


def test_the_wait_is_what_the_talks_before_take_shared_among_the_agents() -> None:
    talks = [300] * FEWEST_TALKS

    assert expect_wait_minutes(position=1, agents=1, talk_seconds=talks) == 5
    assert expect_wait_minutes(position=4, agents=2, talk_seconds=talks) == 10
    assert expect_wait_minutes(position=1, agents=10, talk_seconds=talks) == 1


def test_with_too_few_measured_talks_or_nobody_to_answer_no_wait_is_made_up() -> None:
    assert expect_wait_minutes(position=1, agents=2, talk_seconds=[300] * (FEWEST_TALKS - 1)) is None
    assert expect_wait_minutes(position=1, agents=0, talk_seconds=[300] * FEWEST_TALKS) is None


@given(
    position=st.integers(1, 500),
    agents=st.integers(1, 50),
    talks=st.lists(st.integers(1, 3600), min_size=FEWEST_TALKS, max_size=80),
)
def test_the_wait_is_a_whole_minute_at_least_and_grows_with_the_place(
    position: int, agents: int, talks: list[int]
) -> None:
    said = expect_wait_minutes(position=position, agents=agents, talk_seconds=talks)
    after = expect_wait_minutes(position=position + 1, agents=agents, talk_seconds=talks)
    helped = expect_wait_minutes(position=position, agents=agents + 1, talk_seconds=talks)

    assert said is not None and after is not None and helped is not None  # noqa: PT018 - for the type checker
    assert 1 <= helped <= said <= after
