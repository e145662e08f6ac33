"""Windows are offered as the product offers them, and chosen as the scenario says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from dispatch import TimeWindow
from dispatch.replay import ChoiceRule, OfferRule, Policy, Taste
from dispatch.replay.choices import Ranked, candidate_windows, choose, shortlist
from dispatch.replay.draws import Draws
from policies.figures import DEFAULT_FIGURES
from policies.offers import RankedWindow, Window, choose_windows, list_candidate_windows
from tests.dispatch.problems import HOUR
from tests.dispatch.replay.days import a_request, at

MIDNIGHT = dt.datetime(2026, 5, 11, tzinfo=dt.UTC)
TASTE = Taste()


def instant(seconds: float) -> dt.datetime:
    return MIDNIGHT + dt.timedelta(seconds=seconds)


@given(
    now=st.integers(0, 48 * 3600),
    deadline=st.none() | st.integers(0, 96 * 3600),
    origin_minutes=st.sampled_from([0, 30, 480, 1200]),
    window_minutes=st.sampled_from([60, 90, 120, 180]),
)
def test_the_windows_asked_about_are_those_of_the_product(
    now: int, deadline: int | None, origin_minutes: int, window_minutes: int
) -> None:
    policy = Policy(window_minutes=window_minutes)
    begin = instant(-origin_minutes * 60)  # the local day's midnight, so that seconds count from `origin_hour`
    at_now = instant(now)
    due = instant(now if deadline is None else deadline)
    until = min(
        at_now + dt.timedelta(hours=policy.horizon_hours),
        max(due, at_now) + dt.timedelta(hours=policy.offer_beyond_hours),
    )
    shift = MIDNIGHT - begin

    theirs = list_candidate_windows(
        now=at_now + shift,
        until=until + shift,
        lead_minutes=policy.offer_lead_minutes,
        window_minutes=window_minutes,
        time_zone="UTC",
    )
    ours = candidate_windows(policy, now=now, deadline=deadline, origin_hour=origin_minutes / 60)

    assert [instant(window.from_seconds) + shift for window in ours] == [window.from_at for window in theirs]
    assert all(window.until_seconds - window.from_seconds == window_minutes * 60 for window in ours)


@given(
    ranked=st.lists(
        st.tuples(st.integers(0, 47), st.integers(0, 500), st.booleans()), max_size=12, unique_by=lambda item: item[0]
    ),
    count=st.integers(1, 4),
)
def test_the_windows_read_out_are_those_of_the_product(ranked: list[tuple[int, int, bool]], count: int) -> None:
    theirs = choose_windows(
        [RankedWindow(Window(instant(h * HOUR), instant((h + 2) * HOUR)), cost, inside) for h, cost, inside in ranked],
        count=count,
        time_zone="UTC",
        night_from_hour=22,
        night_until_hour=7,
    )
    ours = shortlist(
        Policy(offer_count=count),
        [Ranked(TimeWindow(h * HOUR, (h + 2) * HOUR), cost, inside) for h, cost, inside in ranked],
        origin_hour=0.0,
    )

    assert [instant(item.window.from_seconds) for item in ours] == [item.window.from_at for item in theirs]


def test_a_policy_left_alone_has_the_figures_of_the_product() -> None:
    policy = Policy()
    shared = {"window_minutes", "offer_count", "offer_lead_minutes", "offer_beyond_hours"}
    shared |= {"night_from_hour", "night_until_hour", "horizon_hours", "freeze_minutes"}

    assert {name: getattr(policy, name) for name in shared} == {name: getattr(DEFAULT_FIGURES, name) for name in shared}
    hour, minute = map(int, DEFAULT_FIGURES.publish_at_local.split(":"))
    assert policy.publish_at_hour == hour + minute / 60


@pytest.mark.parametrize(
    ("rule", "expected"),
    [(OfferRule.PRODUCT, [8, 14]), (OfferRule.EARLIEST, [8, 10]), (OfferRule.CHEAPEST, [12, 14])],
)
def test_a_rule_of_offering_picks_its_windows(rule: OfferRule, expected: list[int]) -> None:
    costs = {8: 900, 10: 500, 12: 300, 14: 100}
    ranked = [Ranked(TimeWindow(hour * HOUR, (hour + 2) * HOUR), cost, is_inside=True) for hour, cost in costs.items()]

    chosen = shortlist(Policy(offer_count=2, offer_rule=rule), ranked, origin_hour=0.0)

    assert [item.window.from_seconds / HOUR for item in chosen] == expected


def pick(taste: Taste, *, wished: float | None = None, seed: int = 1) -> float | None:
    """The hour of the window a caller takes among eight, fourteen and midnight."""
    offered = [TimeWindow(hour * HOUR, (hour + 2) * HOUR) for hour in (8, 14, 24)]
    request = replace(a_request("r", "7:00"), wished_from_seconds=wished)
    chosen = choose(taste, Policy(), request, offered, now=at("7:00"), origin_hour=0.0, draws=Draws(seed=seed, run=0))
    return None if chosen is None else chosen.from_seconds / HOUR


def test_a_caller_takes_the_earliest_or_the_one_nearest_to_what_was_chosen_then() -> None:
    assert pick(Taste(ChoiceRule.EARLIEST), wished=13 * HOUR) == 8
    assert pick(Taste(ChoiceRule.AS_THEN), wished=13 * HOUR) == 14
    assert pick(Taste(ChoiceRule.AS_THEN)) == 8


def test_by_taste_most_take_an_early_window_by_day_and_some_none_at_all() -> None:
    picked = [pick(Taste(ChoiceRule.BY_TASTE), seed=seed) for seed in range(200)]
    choosy = [pick(Taste(ChoiceRule.BY_TASTE, of_none=0.0), seed=seed) for seed in range(200)]

    assert picked.count(8) > picked.count(14) > picked.count(24)
    assert picked.count(14) > 10
    assert picked.count(None) == 0
    assert choosy.count(None) > 10


def test_nothing_offered_is_nothing_chosen() -> None:
    draws = Draws(seed=1, run=0)

    assert choose(TASTE, Policy(), a_request("r", "7:00"), (), now=0.0, origin_hour=0.0, draws=draws) is None
