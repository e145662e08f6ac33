"""What if: another policy, another team."""

from __future__ import annotations

import pytest

from dispatch.replay import (
    ChangeRefused,
    Hours,
    OfferRule,
    Scenario,
    WhatIf,
    with_calls,
    with_hours,
    with_policy,
    with_team,
)
from tests.dispatch.problems import HOUR
from tests.dispatch.replay.days import a_day, a_request, a_worker, next_day


def a_team() -> Scenario:
    """One for the whole north, one for north and south, one by night."""
    north = a_worker("a", technician_id="T01", territories=frozenset({"north"}), skills={"tv": 2})
    both = a_worker("b", technician_id="T02", territories=frozenset({"north", "south"}))
    night = a_worker(
        "c", technician_id="T00", territories=frozenset({"north"}), from_seconds=21 * HOUR, until_seconds=29 * HOUR
    )
    return a_day([a_request("r", "9:00")], [both, north, next_day(north), night])


def test_a_figure_of_the_policy_is_changed_by_name() -> None:
    changed = with_policy(a_team(), {"freeze_minutes": "30", "offer_rule": "earliest", "window_minutes": 60})

    assert changed.policy.freeze_minutes == 30.0
    assert changed.policy.offer_rule is OfferRule.EARLIEST
    assert changed.policy.window_minutes == 60


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("freeze", "30", "there is no freeze; there are window_minutes"),
        ("freeze_minutes", "soon", "freeze_minutes: 'soon' is no number"),
        ("freeze_minutes", "-1", "freeze_minutes: '-1' is no number of zero or more"),
        ("freeze_minutes", "inf", "is no number of zero or more"),
        ("offer_count", "2.5", "offer_count: '2.5' is no whole number"),
        ("offer_rule", "random", "is no word of product, earliest, cheapest"),
    ],
)
def test_a_change_of_policy_that_makes_no_sense_is_named(name: str, value: str, words: str) -> None:
    with pytest.raises(ChangeRefused, match=words):
        with_policy(a_team(), {name: value})


def test_one_technician_more_in_the_north_is_a_copy_of_who_works_there_alone_by_day() -> None:
    changed = with_team(a_team(), "+1 north")

    added = [shift for shift in changed.shifts if shift not in a_team().shifts]
    assert [shift.id for shift in added] == ["a/north+1", "a/1/north+1"]
    assert {shift.technician_id for shift in added} == {"north+1"}
    assert {shift.territories for shift in added} == {frozenset({"north"})}
    assert added[0].skills == {"tv": 2}


def test_two_technicians_more_are_copies_of_two_and_have_names_of_their_own() -> None:
    changed = with_team(a_team(), "+2 north")

    assert {shift.technician_id for shift in changed.shifts} == {"T00", "T01", "T02", "north+1", "north+2"}
    assert len({shift.id for shift in changed.shifts}) == len(changed.shifts)


def test_one_technician_less_has_no_shifts() -> None:
    changed = with_team(a_team(), "-T01")

    assert {shift.technician_id for shift in changed.shifts} == {"T00", "T02"}
    assert changed.name == "a day, -T01"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("+1 moon", "nobody works in the territory 'moon'"),
        ("-T99", "no technician 'T99'; there are T00, T01, T02"),
        ("more", "neither like"),
        ("+ north", "neither like"),
    ],
)
def test_a_change_of_team_that_makes_no_sense_is_named(change: str, words: str) -> None:
    with pytest.raises(ChangeRefused, match=words):
        with_team(a_team(), change)


def test_shifts_of_a_territory_begin_earlier_and_end_later() -> None:
    team = a_team()

    changed = with_hours(team, Hours(earlier_minutes=30, later_minutes=60, territory="south"))

    before, after = ({shift.id: shift for shift in one.shifts} for one in (team, changed))
    assert after["b"].from_seconds == before["b"].from_seconds - 1800
    assert after["b"].until_seconds == before["b"].until_seconds + 3600
    assert [key for key in before if before[key] != after[key]] == ["b"]


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (Hours(later_minutes=5000), "5000 minutes are more than"),
        (Hours(later_minutes=-700), "would end before"),
        (Hours(earlier_minutes=10, territory="moon"), "nobody works in the territory 'moon'"),
    ],
)
def test_hours_that_nobody_could_work_are_refused(hours: Hours, words: str) -> None:
    with pytest.raises(ChangeRefused, match=words):
        with_hours(a_team(), hours)


def test_the_calls_of_a_past_day_are_what_they_were() -> None:
    with pytest.raises(ChangeRefused, match="a past day"):
        with_calls(a_team(), percent=120)


def test_all_changes_together_are_one_scenario_named_after_them() -> None:
    what_if = WhatIf(team=("+1 north", "-T00"), hours=Hours(later_minutes=30), policy={"freeze_minutes": "30"})

    changed = what_if.apply(a_team())

    assert what_if.words() == ["+1 north", "-T00", "hours +0/+30", "freeze_minutes=30"]
    assert changed.name.endswith("+1 north, -T00, hours +0/+30, freeze_minutes=30")
    assert {shift.technician_id for shift in changed.shifts} == {"T01", "T02", "north+1"}
    assert changed.policy.freeze_minutes == 30
    assert WhatIf().is_nothing
    assert WhatIf().apply(a_team()).shifts == a_team().shifts
