"""One run: by hand where a day can be followed by hand, by its rules where chance decides."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings, strategies as st

from dispatch import Plan, Problem, TimeWindow, check
from dispatch.replay import Chances, Outcome, Policy, Scenario, simulate
from dispatch.replay.agenda import Agenda, EventOutOfOrder, What
from dispatch.replay.diary import Happening
from dispatch.replay.people import FINAL, Doing, Stage
from dispatch.risk.spreads import Spread, Spreads
from tests.dispatch.problems import HOUR
from tests.dispatch.replay.days import a_day, a_random_day, a_request, a_worker, at, next_day

THAWED = Policy(freeze_minutes=0)


def began(outcome: Outcome) -> dict[str, float]:
    """When work began, per request."""
    return {
        line.request_id: line.at_seconds
        for line in outcome.diary.lines
        if line.what is Happening.BEGAN and line.request_id is not None
    }


def windows(outcome: Outcome) -> dict[str, tuple[float, float]]:
    """The window promised last, per request."""
    return {
        line.request_id: (line.from_seconds or 0.0, line.until_seconds or 0.0)
        for line in outcome.diary.lines
        if line.what is Happening.PROMISED and line.request_id is not None
    }


def test_a_day_of_three_calls_is_what_one_works_out_by_hand() -> None:
    calls = [a_request("first", "7:00"), a_request("second", "7:10", 2), a_request("third", "7:20", 3)]

    outcome = simulate(a_day(calls, [a_worker()]))

    # 8:00 leave, 8:05 at place 1 for an hour, five minutes on, an hour, and the third no longer before ten.
    assert windows(outcome) == {
        "first": (at("8:00"), at("10:00")),
        "second": (at("8:00"), at("10:00")),
        "third": (at("10:00"), at("12:00")),
    }
    assert began(outcome) == {"first": at("8:05"), "second": at("9:10"), "third": at("10:15")}
    figures = outcome.figures
    assert (figures.requests, figures.done, figures.unplaced) == (3, 3, 0)
    assert (figures.commitments_kept_percent, figures.promises_kept_percent) == (100.0, 100.0)
    assert (figures.travel_minutes, figures.work_minutes) == (30.0, 180.0)
    assert figures.utilisation_percent == pytest.approx(100 * 210 / 540)
    assert figures.hours_to_arrival == pytest.approx((65 + 120 + 175) / 180)
    assert (figures.overtime_minutes, figures.late_minutes, figures.visits_per_shift) == (0.0, 0.0, 3.0)


def test_a_technician_who_needs_twice_as_long_is_late_and_the_customer_is_told() -> None:
    calls = [
        a_request("long", "7:00", real_duration_seconds=2.5 * HOUR),
        a_request("waits", "7:10", 2, real_duration_seconds=HOUR),
    ]

    outcome = simulate(a_day(calls, [a_worker()]))

    # 8:05 until 10:35, then five minutes: forty minutes after the window that ended at ten.
    assert began(outcome) == {"long": at("8:05"), "waits": at("10:40")}
    assert outcome.figures.promises_kept_percent == 50.0
    assert outcome.figures.late_minutes == pytest.approx(40.0)
    assert (outcome.figures.customers_told_late, outcome.figures.customers_moved) == (1, 0)


def test_a_colleague_who_is_free_takes_over_what_an_overrun_would_make_late() -> None:
    standing = [
        a_request("long", "0:00", 1, promised=TimeWindow(at("8:00"), at("10:00")), real_duration_seconds=5 * HOUR),
        a_request("noon", "0:00", 2, promised=TimeWindow(at("11:00"), at("12:00")), real_duration_seconds=HOUR),
    ]
    standing = [replace(request, called_seconds=-HOUR, shift_id="s1") for request in standing]

    alone = simulate(a_day(standing, [a_worker("s1")], policy=THAWED))
    helped = simulate(a_day(standing, [a_worker("s1"), a_worker("s2")], policy=THAWED))

    assert alone.figures.promises_kept_percent == 50.0
    assert helped.figures.promises_kept_percent == 100.0
    assert helped.figures.customers_handed_on == 1


def test_who_would_wait_too_long_is_asked_to_move_and_gets_another_window() -> None:
    standing = [
        a_request("whole day", "0:00", promised=TimeWindow(at("8:00"), at("10:00")), real_duration_seconds=8 * HOUR),
        a_request("afternoon", "0:00", 2, promised=TimeWindow(at("11:00"), at("12:00"))),
    ]
    standing = [replace(request, called_seconds=-HOUR, shift_id="s1") for request in standing]

    outcome = simulate(a_day(standing, [a_worker("s1"), next_day(a_worker("s1"))]))

    assert outcome.figures.customers_moved == 1
    assert windows(outcome)["afternoon"] == (at("16:00"), at("18:00"))
    assert began(outcome)["afternoon"] == at("16:10")
    assert outcome.figures.promises_kept_percent == 50.0


def test_the_visits_of_an_ill_technician_go_to_a_colleague() -> None:
    standing = [
        replace(
            a_request(f"v{place}", "0:00", place, promised=TimeWindow(at("12:00"), at("14:00"))),
            called_seconds=-HOUR,
            shift_id="s1",
        )
        for place in (1, 2)
    ]
    scenario = a_day(standing, [a_worker("s1"), a_worker("s2")], chances=Chances(illness_share=0.5))
    run = next(run for run in range(99) if _ill(scenario, run) == {"s1"})

    outcome = simulate(scenario, run=run)

    assert outcome.figures.shifts_ill == 1
    assert {line.shift_id for line in outcome.diary.lines if line.what is Happening.BEGAN} == {"s2"}
    assert outcome.figures.promises_kept_percent == 100.0


def _ill(scenario: Scenario, run: int) -> set[str]:
    """Who is ill before noon in a run."""
    return {
        line.shift_id
        for line in simulate(scenario, run=run).diary.lines
        if line.what is Happening.FELL_ILL and line.shift_id is not None and line.at_seconds < at("11:00")
    }


def test_a_call_that_nobody_can_take_stays_open_and_ends_unplaced() -> None:
    outcome = simulate(a_day([a_request("projector", "9:00", skills={"optics": 3})], [a_worker()]))

    assert outcome.stages == {"projector": Stage.UNPLACED}
    assert outcome.figures.commitments_kept_percent == 0.0
    assert outcome.figures.promises_kept_percent == 100.0


def test_a_call_for_which_today_is_full_is_called_back_in_the_morning() -> None:
    tomorrow = next_day(a_worker())
    policy = Policy(horizon_hours=12.0)

    outcome = simulate(
        a_day([a_request("evening", "16:30")], [a_worker(overtime_limit_seconds=0.0), tomorrow], policy=policy)
    )

    lines = [(line.at_seconds, line.what) for line in outcome.diary.lines if line.request_id == "evening"]
    assert (at("16:30"), Happening.LEFT_OPEN) in lines
    assert (at("30:30"), Happening.PROMISED) in lines


def test_a_visit_cancelled_before_the_technician_leaves_is_not_driven_to() -> None:
    outcome = simulate(a_day([a_request("off", "7:00", cancels_seconds=at("7:30"))], [a_worker()]))

    assert outcome.stages == {"off": Stage.CANCELLED}
    assert outcome.figures.travel_minutes == 0.0
    assert outcome.figures.commitments_kept_percent == 100.0


def test_nobody_at_home_costs_the_drive_and_ten_minutes() -> None:
    outcome = simulate(a_day([a_request("closed", "7:00", is_no_access=True)], [a_worker()]))

    assert outcome.stages == {"closed": Stage.NO_ACCESS}
    assert (outcome.figures.travel_minutes, outcome.figures.work_minutes) == (10.0, 10.0)
    assert outcome.figures.commitments_kept_percent == 100.0


def test_hours_kept_in_reserve_are_given_to_urgent_calls_only() -> None:
    calls = [a_request(f"c{number}", "6:00", priority=30) for number in range(4)]
    urgent = a_request("urgent", "6:30", priority=90)
    policy = Policy(reserve_share=0.6)

    outcome = simulate(a_day([*calls, urgent], [a_worker()], policy=policy))

    assert Counter(outcome.stages.values()) == {Stage.DONE: 4, Stage.UNPLACED: 1}
    assert outcome.stages["urgent"] is Stage.DONE


def test_a_margin_keeps_the_end_of_the_window_free() -> None:
    calls = [a_request("first", "7:00"), a_request("second", "7:10", 2)]

    without = simulate(a_day(calls, [a_worker()]))
    with_margin = simulate(a_day(calls, [a_worker()], policy=Policy(margin_minutes=60)))

    assert windows(without)["second"] == (at("8:00"), at("10:00"))
    assert windows(with_margin)["second"] == (at("10:00"), at("12:00"))


def test_what_starts_soon_is_frozen_with_its_technician() -> None:
    """The overrun is known at 9:20; the visit at ten starts within the hour that is frozen."""
    standing = [
        a_request("long", "0:00", 1, promised=TimeWindow(at("8:00"), at("9:00")), real_duration_seconds=5 * HOUR),
        a_request("ten", "0:00", 2, promised=TimeWindow(at("10:00"), at("10:30"))),
    ]
    standing = [replace(request, called_seconds=-HOUR, shift_id="s1") for request in standing]
    team = [a_worker("s1"), a_worker("s2")]

    frozen = simulate(a_day(standing, team, policy=Policy(freeze_minutes=120)))
    thawed = simulate(a_day(standing, team, policy=THAWED))

    assert frozen.figures.customers_handed_on == 0
    assert thawed.figures.customers_handed_on == 1


def test_a_locked_visit_keeps_its_technician() -> None:
    standing = [
        a_request("long", "0:00", 1, promised=TimeWindow(at("8:00"), at("9:00")), real_duration_seconds=6 * HOUR),
        a_request("locked", "0:00", 2, promised=TimeWindow(at("12:00"), at("13:00")), is_locked=True),
    ]
    standing = [replace(request, called_seconds=-HOUR, shift_id="s1") for request in standing]

    team = [a_worker("s1"), a_worker("s2")]

    locked = simulate(a_day(standing, team, policy=THAWED))
    free = simulate(a_day([replace(request, is_locked=False) for request in standing], team, policy=THAWED))

    assert (locked.figures.customers_handed_on, locked.figures.promises_kept_percent) == (0, 50.0)
    assert (free.figures.customers_handed_on, free.figures.promises_kept_percent) == (1, 100.0)


def test_a_break_is_taken_between_two_visits() -> None:
    scenario = a_random_day(3)
    outcomes = [simulate(scenario, run=run) for run in range(3)]

    rests = [
        spell for one in outcomes for spells in one.spells.values() for spell in spells if spell.doing is Doing.RESTING
    ]
    assert all(spell.from_location == spell.to_location for spell in rests)


def test_an_event_for_a_time_that_has_passed_is_a_defect() -> None:
    agenda = Agenda()
    agenda.put(10.0, What.CALL, "a")
    agenda.take()

    with pytest.raises(EventOutOfOrder, match="CALL of b at 9"):
        agenda.put(9.0, What.CALL, "b")


@given(seed=st.integers(0, 10**6), run=st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_whatever_happens_every_rule_of_a_day_holds(seed: int, run: int) -> None:
    scenario = a_random_day(seed)
    plans: list[tuple[Problem, Plan]] = []

    outcome = simulate(scenario, run=run, on_plan=lambda problem, plan: plans.append((problem, plan)))

    lines = outcome.diary.lines
    assert all(first.at_seconds <= second.at_seconds for first, second in pairwise(lines))
    assert set(outcome.stages) == {request.id for request in scenario.requests}
    assert set(outcome.stages.values()) <= FINAL
    ends = Counter(
        line.request_id
        for line in lines
        if line.what in {Happening.FINISHED, Happening.NO_ACCESS, Happening.CANCELLED, Happening.UNPLACED}
    )
    assert ends == Counter(list(outcome.stages))
    for problem, plan in plans:
        assert check(problem, plan) == ()
    assert_nobody_is_in_two_places(scenario, outcome)
    assert_every_promise_was_quoted(scenario, outcome)


def assert_nobody_is_in_two_places(scenario: Scenario, outcome: Outcome) -> None:
    """Spells follow one another, each where the last one ended."""
    homes = {shift.id: shift.start_location for shift in scenario.shifts}
    for shift_id, spells in outcome.spells.items():
        here = homes[shift_id]
        for spell in spells:
            assert spell.from_location == here
            here = spell.to_location
        assert all(first.until_seconds <= second.from_seconds + 1e-6 for first, second in pairwise(spells))


def assert_every_promise_was_quoted(scenario: Scenario, outcome: Outcome) -> None:
    """A promise follows a quote, lies ahead and on the grid, and is kept by somebody who may do the work."""
    requests = {request.id: request for request in scenario.requests}
    shifts = {shift.id: shift for shift in scenario.shifts}
    offered: set[str | None] = set()
    for line in outcome.diary.lines:
        if line.what is Happening.OFFERED:
            offered.add(line.request_id)
        if line.what is not Happening.PROMISED:
            continue
        assert line.request_id in offered
        request, shift = requests[line.request_id or ""], shifts[line.shift_id or ""]
        assert line.from_seconds is not None
        assert line.from_seconds >= line.at_seconds + 1800
        assert line.from_seconds % 7200 == 0
        assert all(shift.skills.get(skill, 0) >= level for skill, level in request.skills.items())


def test_the_same_call_takes_as_long_whoever_else_works() -> None:
    calls = [a_request(f"c{number}", f"{6 + number}:00", number + 1) for number in range(6)]
    loose = Spreads(duration=Spread(log_sigma=0.5), travel=Spread(log_sigma=0.3))

    one = simulate(a_day(calls, [a_worker("s1")], spreads=loose), seed=7)
    two = simulate(a_day(calls, [a_worker("s1"), a_worker("s2")], spreads=loose), seed=7)

    assert worked(one) == pytest.approx(worked(two))
    assert len(worked(one)) == 6


def worked(outcome: Outcome) -> dict[str | None, float]:
    """Seconds on site, per request."""
    return {
        spell.request_id: spell.until_seconds - spell.from_seconds
        for spells in outcome.spells.values()
        for spell in spells
        if spell.doing is Doing.WORKING
    }
