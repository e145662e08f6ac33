import datetime as dt
import random
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from policies.clocks.calendars import ALWAYS
from policies.clocks.reading import (
    AGREED,
    CORRECTED,
    PAUSED,
    RESUMED,
    Fact,
    Verdict,
    calendar_code,
    list_steps_due,
    read_clock as read,
)
from policies.clocks.rules import ClockRule, Target, target_length
from policies.commitments import CommitmentKind, CommitmentState
from policies.figures import DEFAULT_FIGURES, Figures
from tests.factories.clocks import RULES, delivered_calendar, delivered_rule
from tests.factories.instants import NIGHT, hours, minutes, monday, seconds

ON_SITE = delivered_rule("on_site")
ANSWER = delivered_rule("answer")
WORKSHOP = delivered_rule("workshop")
RESTORATION = delivered_rule("restoration")
OFFICE = delivered_calendar("office")
LATER = NIGHT + hours(1000)

kinds = st.sampled_from(["request_opened", "visit_arrived", "request_closed", "window_promised", "visit_declined"])
facts = st.builds(Fact, kinds, st.integers(-5, 60).map(lambda hour: NIGHT + hours(hour)))
instants = st.integers(-5, 70).map(lambda hour: NIGHT + hours(hour))


def read_clock(rule: ClockRule, happened: list[Fact], *, now: dt.datetime) -> Verdict | None:
    return read(rule, ALWAYS, happened, now=now)


def fact(kind: str, after_hours: float) -> Fact:
    return Fact(kind, NIGHT + hours(after_hours))


def test_every_kind_the_house_is_delivered_with_has_one_rule_in_the_same_order() -> None:
    assert [rule["kind"] for rule in RULES] == list(CommitmentKind)


def test_the_figures_set_the_targets() -> None:
    figures = Figures(
        answer_seconds=20,
        human_seconds=10,
        on_site_hours=4,
        measure_hours=2,
        workshop_workdays=3,
        complaint_hours=8,
        explanation_hours=9,
        voicemail_callback_minutes=10,
        email_hours=5,
    )

    targets = {rule["kind"]: delivered_rule(rule["kind"], figures).target for rule in RULES}

    assert targets == {
        "answer": Target("seconds", 20),
        "human": Target("seconds", 10),
        "on_site": Target("hours", 4),
        "measure": Target("hours", 2),
        "restoration": Target("minutes", 0, is_agreed=True),
        "workshop": Target("workdays", 3),
        "complaint": Target("hours", 8),
        "explanation": Target("hours", 9),
        "solution": Target("minutes", 0, is_agreed=True),
        "call_back": Target("minutes", 10),
        "email": Target("hours", 5),
        "expert": Target("minutes", 0, is_agreed=True),
        "improvement": Target("minutes", 0, is_agreed=True),
        "courier_claim": Target("minutes", 0, is_agreed=True),
    }


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

    assert verdict is not None
    assert (verdict.state, verdict.started_at, verdict.deadline_at) == (state, NIGHT, NIGHT + hours(24))
    assert verdict.decided_at == NIGHT + hours(decided_after_hours)


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


@given(st.lists(facts, max_size=8), st.randoms(), instants)
def test_events_in_any_order_give_the_same_verdict(
    happened: list[Fact], shuffle: random.Random, now: dt.datetime
) -> None:
    shuffled = list(happened)
    shuffle.shuffle(shuffled)

    assert read_clock(ON_SITE, shuffled, now=now) == read_clock(ON_SITE, happened, now=now)


@given(st.lists(facts, max_size=8), instants, st.integers(0, 40))
def test_what_is_decided_stays_decided_however_late_it_is_read(
    happened: list[Fact], now: dt.datetime, later: int
) -> None:
    first = read_clock(ON_SITE, happened, now=now)
    second = read_clock(ON_SITE, happened, now=now + hours(later))

    if first is not None and first.state is not CommitmentState.RUNNING:
        assert second is not None
        # What was broken may still be fulfilled, late; the verdict stays.
        assert replace(second, fulfilled_at=first.fulfilled_at) == first


@given(st.lists(facts, max_size=6), st.lists(facts, max_size=4), instants)
def test_nothing_that_happens_later_restarts_a_clock(happened: list[Fact], more: list[Fact], now: dt.datetime) -> None:
    first = read_clock(ON_SITE, happened, now=now)
    later = [Fact(one.kind, one.occurred_at + hours(100)) for one in more]

    second = read_clock(ON_SITE, happened + later, now=now + hours(200))

    if first is not None:
        assert second is not None
        assert (second.started_at, second.deadline_at) == (first.started_at, first.deadline_at)


def chain(*happened: tuple[str, dt.datetime, dict[str, object]]) -> list[Fact]:
    return [Fact(kind, at, position, facts) for position, (kind, at, facts) in enumerate(happened)]


def test_the_time_of_a_pause_does_not_count_and_the_deadline_moves_by_it() -> None:
    happened = chain(
        ("request_opened", NIGHT, {}),
        (PAUSED, NIGHT + hours(5), {"clock": "on_site", "reason": "customer_wish"}),
        (RESUMED, NIGHT + hours(8), {"clock": "on_site", "reason": "customer_wish"}),
    )

    verdict = read_clock(ON_SITE, happened, now=NIGHT + hours(9))

    assert verdict is not None
    assert (verdict.state, verdict.deadline_at) == (CommitmentState.RUNNING, NIGHT + hours(27))
    assert verdict.left == hours(18)


def test_while_a_pause_holds_a_clock_it_keeps_what_is_left_and_breaks_nothing() -> None:
    happened = chain(
        ("request_opened", NIGHT, {}),
        (PAUSED, NIGHT + hours(20), {"clock": "on_site", "reason": "no_access"}),
    )

    for later in (20, 25, 900):
        verdict = read_clock(ON_SITE, happened, now=NIGHT + hours(later))
        assert verdict is not None
        assert (verdict.state, verdict.left) == (CommitmentState.PAUSED, hours(4))
        assert verdict.deadline_at == NIGHT + hours(24)


@pytest.mark.parametrize(
    ("clock", "reason"), [("on_site", "part_missing"), ("measure", "customer_wish"), ("on_site", "made_up")]
)
def test_a_pause_for_another_clock_or_a_reason_its_rule_does_not_allow_changes_nothing(clock: str, reason: str) -> None:
    happened = chain(("request_opened", NIGHT, {}), (PAUSED, NIGHT, {"clock": clock, "reason": reason}))

    verdict = read_clock(ON_SITE, happened, now=NIGHT + hours(1))

    assert verdict is not None
    assert verdict.state is CommitmentState.RUNNING


def test_a_pause_after_the_deadline_saves_nothing() -> None:
    happened = chain(
        ("request_opened", NIGHT, {}),
        (PAUSED, NIGHT + hours(24.01), {"clock": "on_site", "reason": "no_access"}),
    )

    verdict = read_clock(ON_SITE, happened, now=LATER)

    assert verdict is not None
    assert (verdict.state, verdict.decided_at) == (CommitmentState.BROKEN, NIGHT + hours(24))


def test_what_is_done_too_late_is_known_beside_the_broken_promise() -> None:
    happened = chain(("request_opened", NIGHT, {}), ("visit_arrived", NIGHT + hours(30), {}))

    verdict = read_clock(ON_SITE, happened, now=LATER)

    assert verdict is not None
    assert (verdict.state, verdict.fulfilled_at) == (CommitmentState.BROKEN, NIGHT + hours(30))


def test_a_corrected_event_counts_as_corrected_and_one_taken_back_not_at_all() -> None:
    happened = chain(
        ("request_opened", NIGHT, {}),
        ("visit_arrived", NIGHT + hours(2), {}),
        (CORRECTED, NIGHT + hours(50), {"position": 1, "occurred_at": (NIGHT + hours(26)).isoformat()}),
        (CORRECTED, NIGHT + hours(51), {"position": 1, "is_void": True}),
        (CORRECTED, NIGHT + hours(52), {"position": 9, "is_void": True}),
        (CORRECTED, NIGHT + hours(53), {"position": 5, "is_void": True}),
    )

    read = [read_clock(ON_SITE, happened[:known], now=LATER) for known in (2, 3, 4, 6)]

    assert [verdict and verdict.fulfilled_at for verdict in read] == [NIGHT + hours(2), NIGHT + hours(26), None, None]
    assert [verdict and str(verdict.state) for verdict in read] == ["met", "broken", "broken", "broken"]


def test_an_agreement_sets_target_and_calendar_and_a_later_one_changes_nothing() -> None:
    agreed = {"clock": "on_site", "minutes": 240, "calendar": "office", "agreement": "A-7"}
    happened = chain(
        ("request_opened", NIGHT, {}),
        (AGREED, NIGHT, agreed),
        (AGREED, NIGHT + hours(1), {"clock": "on_site", "minutes": 9000}),
    )

    verdict = read(ON_SITE, OFFICE, happened, now=NIGHT + hours(2))

    assert calendar_code(ON_SITE, happened, now=NIGHT + hours(2)) == "office"
    assert verdict is not None
    assert (verdict.deadline_at, verdict.agreement) == (monday(14), "A-7")


def test_restoration_is_promised_only_once_it_was_agreed() -> None:
    opened = chain(("request_opened", NIGHT, {}))
    until = (NIGHT + hours(72)).isoformat()
    agreed = chain(("request_opened", NIGHT, {}), (AGREED, NIGHT + hours(3), {"clock": "restoration", "until": until}))

    assert read_clock(RESTORATION, opened, now=LATER) is None
    verdict = read_clock(RESTORATION, agreed, now=NIGHT + hours(4))
    assert verdict is not None
    assert verdict.deadline_at == NIGHT + hours(72)


def test_five_workdays_end_with_the_fifth_workday_and_a_make_up_saturday_is_one() -> None:
    # 1 to 8 October 2026 are holidays but for a make-up Saturday the 10th; the machine comes in on 30 September.
    received = dt.datetime(2026, 9, 30, 3, 0, tzinfo=dt.UTC)
    happened = chain(("workshop_received", received, {}))

    verdict = read(WORKSHOP, OFFICE, happened, now=received)

    assert verdict is not None
    assert verdict.deadline_at == dt.datetime(2026, 10, 13, 10, 0, tzinfo=dt.UTC)


def test_steps_fall_into_office_hours_and_stop_when_the_clock_is_met() -> None:
    received = monday(17.5)
    opened = chain(("workshop_received", received, {}))
    done = [*opened, Fact("workshop_finished", received + hours(90), 1)]

    dues = list_steps_due(WORKSHOP, OFFICE, opened, now=received)
    after = list_steps_due(WORKSHOP, OFFICE, done, now=received + hours(91))

    local = [due.due_at.astimezone(OFFICE.zone) for due in dues if due.due_at]
    assert len(local) == len(WORKSHOP.steps)
    assert all(9 <= at.hour + at.minute / 60 <= 18 and at.weekday() < 5 for at in local)
    assert [due.is_over for due in dues] == [False, False, False]
    assert [due.is_over for due in after] == [True, True, True]


def test_a_pause_holds_the_steps_and_they_move_with_the_deadline() -> None:
    happened = chain(
        ("request_opened", NIGHT, {}),
        (PAUSED, NIGHT + hours(20), {"clock": "on_site", "reason": "no_access"}),
        (RESUMED, NIGHT + hours(30), {"clock": "on_site", "reason": "no_access"}),
    )

    held = list_steps_due(ON_SITE, ALWAYS, happened, now=NIGHT + hours(25))
    moved = list_steps_due(ON_SITE, ALWAYS, happened, now=NIGHT + hours(31))

    assert [due.due_at for due in held] == [NIGHT + hours(18), None, None]
    assert [due.due_at for due in moved] == [NIGHT + hours(18), NIGHT + hours(31.6), NIGHT + hours(34)]


def test_a_step_with_a_calendar_of_its_own_waits_until_that_opens() -> None:
    rule = delivered_rule("email")
    happened = chain(("email_received", monday(20), {}))

    dues = list_steps_due(rule, ALWAYS, happened, now=monday(21), calendars={"office": OFFICE})

    assert [due.due_at for due in dues] == [monday(38), monday(57)]  # Tuesday 14:00; Wednesday 9:00, not Tuesday 20:00


def test_a_target_in_workdays_is_as_long_as_those_days() -> None:
    assert target_length(Target("workdays", 1), OFFICE, monday(9)) == hours(16)
    assert target_length(Target("minutes", 7), OFFICE, monday(9)) == minutes(7)
    assert DEFAULT_FIGURES.workshop_workdays == 5
