import datetime as dt

import pytest
from hypothesis import given, strategies as st

from policies.commitments import (
    Clock,
    CommitmentKind,
    CommitmentState,
    Fact,
    Verdict,
    list_clocks,
    read_clock,
)
from policies.figures import DEFAULT_FIGURES, Figures
from tests.factories.instants import NIGHT, hours, minutes, seconds

ON_SITE = next(clock for clock in list_clocks(DEFAULT_FIGURES) if clock.kind is CommitmentKind.ON_SITE)
ANSWER = next(clock for clock in list_clocks(DEFAULT_FIGURES) if clock.kind is CommitmentKind.ANSWER)
LATER = NIGHT + hours(1000)

kinds = st.sampled_from(["request_opened", "visit_arrived", "request_closed", "window_promised", "visit_declined"])
facts = st.builds(Fact, kinds, st.integers(-5, 60).map(lambda hour: NIGHT + hours(hour)))
instants = st.integers(-5, 70).map(lambda hour: NIGHT + hours(hour))


def fact(kind: str, after_hours: float) -> Fact:
    return Fact(kind, NIGHT + hours(after_hours))


def test_every_promise_of_the_first_release_has_one_clock() -> None:
    assert [clock.kind for clock in list_clocks(DEFAULT_FIGURES)] == list(CommitmentKind)


def test_the_figures_set_the_limits() -> None:
    figures = Figures(
        answer_seconds=20, on_site_hours=4, measure_hours=2, complaint_hours=8, voicemail_callback_minutes=10
    )

    limits = [clock.limit for clock in list_clocks(figures)]

    assert limits == [seconds(20), hours(4), hours(2), hours(8), seconds(600)]


def test_without_a_starting_event_there_is_no_clock() -> None:
    assert read_clock(ON_SITE, [fact("visit_arrived", 1)], now=LATER) is None
    assert read_clock(ON_SITE, [fact("request_opened", 5)], now=NIGHT) is None


# what happened, hours after the call -> state and when it was decided, read long after
TABLE = [
    ([("request_opened", 0), ("visit_arrived", 10)], CommitmentState.MET, 10),
    ([("request_opened", 0), ("visit_arrived", 24)], CommitmentState.MET, 24),
    ([("request_opened", 0), ("visit_arrived", 24.001)], CommitmentState.BROKEN, 24),
    ([("request_opened", 0)], CommitmentState.BROKEN, 24),
    ([("request_opened", 0), ("request_closed", 2)], CommitmentState.WITHDRAWN, 2),
    ([("request_opened", 0), ("request_closed", 25)], CommitmentState.BROKEN, 24),
    ([("request_opened", 0), ("visit_arrived", 3), ("request_closed", 4)], CommitmentState.MET, 3),
    ([("request_opened", 0), ("request_closed", 3), ("visit_arrived", 4)], CommitmentState.WITHDRAWN, 3),
    ([("request_opened", 0), ("request_closed", 3), ("visit_arrived", 3)], CommitmentState.MET, 3),
    ([("request_opened", 0), ("request_opened", 20), ("visit_arrived", 30)], CommitmentState.BROKEN, 24),
    ([("request_opened", 0), ("visit_arrived", -1)], CommitmentState.BROKEN, 24),
    ([("request_opened", 0), ("visit_arrived", 30), ("visit_arrived", 40)], CommitmentState.BROKEN, 24),
    ([("request_opened", 0), ("window_promised", 1), ("visit_declined", 2)], CommitmentState.BROKEN, 24),
]


@pytest.mark.parametrize(("happened", "state", "decided_after_hours"), TABLE)
def test_the_24_hour_clock_is_decided_by_what_happened(
    happened: list[tuple[str, float]], state: CommitmentState, decided_after_hours: float
) -> None:
    verdict = read_clock(ON_SITE, [fact(*one) for one in happened], now=LATER)

    assert verdict == Verdict(state, NIGHT, NIGHT + hours(24), NIGHT + hours(decided_after_hours))


def test_at_the_very_deadline_a_clock_still_runs_and_a_moment_later_it_is_broken() -> None:
    opened = [fact("request_opened", 0)]
    deadline = NIGHT + hours(24)

    at_deadline = read_clock(ON_SITE, opened, now=deadline)
    after = read_clock(ON_SITE, opened, now=deadline + dt.timedelta(microseconds=1))

    assert at_deadline is not None
    assert at_deadline.state is CommitmentState.RUNNING
    assert at_deadline.decided_at is None
    assert after is not None
    assert after.state is CommitmentState.BROKEN


@pytest.mark.parametrize(("after", "state"), [(0, "met"), (15, "met"), (15.1, "broken"), (60, "broken")])
def test_a_call_is_answered_in_time_within_fifteen_seconds(after: float, state: str) -> None:
    happened = [Fact("call_received", NIGHT), Fact("call_answered", NIGHT + seconds(after))]

    verdict = read_clock(ANSWER, happened, now=NIGHT + minutes(5))

    assert verdict is not None
    assert verdict.state == state


def obvious_verdict(clock: Clock, happened: list[Fact], now: dt.datetime) -> Verdict | None:
    """The same clock, read minute by minute as a person with a stopwatch would."""
    known = [one for one in happened if one.occurred_at <= now]
    starts = [one.occurred_at for one in known if one.kind == clock.started_by]
    if not starts:
        return None
    started = min(starts)
    deadline = started + clock.limit
    at = started
    while at <= min(now, deadline):
        if any(one.kind in clock.met_by and one.occurred_at == at for one in known):
            return Verdict(CommitmentState.MET, started, deadline, at)
        if any(one.kind in clock.withdrawn_by and one.occurred_at == at for one in known):
            return Verdict(CommitmentState.WITHDRAWN, started, deadline, at)
        at += hours(1)
    if now > deadline:
        return Verdict(CommitmentState.BROKEN, started, deadline, deadline)
    return Verdict(CommitmentState.RUNNING, started, deadline, None)


@given(st.lists(facts, max_size=8), instants)
def test_a_clock_reads_as_a_person_with_a_stopwatch_would_read_it(happened: list[Fact], now: dt.datetime) -> None:
    assert read_clock(ON_SITE, happened, now=now) == obvious_verdict(ON_SITE, happened, now)


@given(st.lists(facts, max_size=8), st.randoms(), instants)
def test_events_in_any_order_give_the_same_verdict(happened: list[Fact], random: object, now: dt.datetime) -> None:
    shuffled = list(happened)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert read_clock(ON_SITE, shuffled, now=now) == read_clock(ON_SITE, happened, now=now)


@given(st.lists(facts, max_size=8), instants, st.integers(0, 40))
def test_what_is_decided_stays_decided_however_late_it_is_read(
    happened: list[Fact], now: dt.datetime, later: int
) -> None:
    first = read_clock(ON_SITE, happened, now=now)
    second = read_clock(ON_SITE, happened, now=now + hours(later))

    if first is not None and first.state is not CommitmentState.RUNNING:
        assert second == first


@given(st.lists(facts, max_size=6), st.lists(facts, max_size=4), instants)
def test_nothing_that_happens_later_restarts_a_clock(happened: list[Fact], more: list[Fact], now: dt.datetime) -> None:
    first = read_clock(ON_SITE, happened, now=now)
    later = [Fact(one.kind, one.occurred_at + hours(100)) for one in more]

    second = read_clock(ON_SITE, happened + later, now=now + hours(200))

    if first is not None:
        assert second is not None
        assert (second.started_at, second.deadline_at) == (first.started_at, first.deadline_at)
