import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from policies.offers import RankedWindow, Window, choose_windows, list_candidate_windows
from tests.factories.instants import MIDNIGHT, NIGHT, hours, minutes

ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"]
instants = st.integers(0, 2 * 365 * 24 * 60).map(lambda minute: NIGHT + minutes(minute))


def candidates(
    now: dt.datetime, until: dt.datetime, *, zone: str = "Asia/Shanghai", lead: int = 30, length: int = 120
) -> tuple[Window, ...]:
    return list_candidate_windows(now=now, until=until, lead_minutes=lead, window_minutes=length, time_zone=zone)


def test_at_2240_the_first_window_is_at_midnight_and_they_follow_every_two_hours() -> None:
    found = candidates(NIGHT, NIGHT + hours(24))

    assert [window.from_at for window in found] == [MIDNIGHT + hours(2 * index) for index in range(12)]
    assert all(window.until_at - window.from_at == hours(2) for window in found)


def test_a_window_that_starts_before_the_lead_time_is_over_is_not_asked_for() -> None:
    just_in_time = candidates(MIDNIGHT - minutes(30), MIDNIGHT + hours(3))
    too_late = candidates(MIDNIGHT - minutes(29), MIDNIGHT + hours(3))

    assert just_in_time[0].from_at == MIDNIGHT
    assert too_late[0].from_at == MIDNIGHT + hours(2)


def test_the_last_window_starts_before_the_end() -> None:
    assert candidates(NIGHT, MIDNIGHT + hours(2))[-1].from_at == MIDNIGHT
    assert candidates(NIGHT, MIDNIGHT) == ()
    assert candidates(NIGHT, NIGHT - hours(5)) == ()


@given(instants, st.sampled_from(ZONES), st.sampled_from([60, 120, 180, 240]), st.integers(0, 180))
def test_windows_lie_on_the_local_clocks_grid_on_every_day_of_the_year(
    now: dt.datetime, zone: str, length: int, lead: int
) -> None:
    found = candidates(now, now + hours(72), zone=zone, lead=lead, length=length)

    starts = [window.from_at for window in found]
    assert starts == sorted(set(starts))
    assert all(window.until_at - window.from_at == minutes(length) for window in found)
    for window in found:
        local = window.from_at.astimezone(ZoneInfo(zone))
        assert (local.hour * 60 + local.minute) % length == 0
        assert now + minutes(lead) <= window.from_at < now + hours(72)


@given(instants, st.sampled_from(ZONES))
def test_whoever_asks_is_never_without_a_window_for_long(now: dt.datetime, zone: str) -> None:
    found = [now, *(window.from_at for window in candidates(now, now + hours(72), zone=zone, lead=0))]

    # Two hours, and one more where the clocks change.
    assert max(later - earlier for earlier, later in pairwise(found)) <= hours(3)


@pytest.mark.parametrize(
    ("changes_on", "zone", "local_starts"),
    [
        (dt.date(2026, 3, 29), "Europe/Berlin", ["00:00", "04:00", "06:00", "08:00"]),  # 02:00 does not exist
        (dt.date(2026, 10, 25), "Europe/Berlin", ["00:00", "02:00", "04:00", "06:00", "08:00"]),
    ],
)
def test_where_clocks_change_windows_stay_at_the_hours_people_know(
    changes_on: dt.date, zone: str, local_starts: list[str]
) -> None:
    midnight = dt.datetime.combine(changes_on, dt.time(), ZoneInfo(zone)).astimezone(dt.UTC)

    found = candidates(midnight - hours(1), midnight + hours(10), zone=zone)

    local = [f"{window.from_at.astimezone(ZoneInfo(zone)):%H:%M}" for window in found]
    assert [start for start in local if start <= "08:00"][: len(local_starts)] == local_starts


def ranked(hour: float, cost: float = 0.0, *, inside: bool = True) -> RankedWindow:
    start = MIDNIGHT + hours(hour)
    return RankedWindow(Window(start, start + hours(2)), cost, inside)


def choose(windows: list[RankedWindow], count: int = 3) -> list[float]:
    chosen = choose_windows(windows, count=count, time_zone="Asia/Shanghai", night_from_hour=22, night_until_hour=7)
    return [(window.window.from_at - MIDNIGHT) / hours(1) for window in chosen]


def test_the_earliest_window_is_offered_even_at_night_and_at_any_price() -> None:
    assert choose([ranked(0, 9000), ranked(8, 500), ranked(10, 400), ranked(12, 300)]) == [0, 10, 12]


def test_night_windows_come_after_day_windows_however_cheap() -> None:
    assert choose([ranked(8, 100), ranked(10, 9000), ranked(22, 0), ranked(23, 0)]) == [8, 10, 22]


def test_with_too_few_day_windows_the_night_is_offered_too() -> None:
    assert choose([ranked(0), ranked(2, 50), ranked(4, 20), ranked(8, 900)]) == [0, 4, 8]


def test_windows_outside_the_commitment_are_offered_only_when_there_is_none_inside() -> None:
    inside_and_outside = [ranked(8, 900), ranked(10, 0, inside=False), ranked(12, 800)]
    only_outside = [ranked(10, 5, inside=False), ranked(12, 0, inside=False)]

    assert choose(inside_and_outside) == [8, 12]
    assert choose(only_outside) == [10, 12]


def test_with_nothing_to_choose_from_nothing_is_offered() -> None:
    assert choose([]) == []


lists_of_windows = st.lists(
    st.builds(ranked, st.integers(0, 40), st.integers(0, 100).map(float), inside=st.booleans()),
    unique_by=lambda window: window.window.from_at,
    max_size=12,
)


@given(lists_of_windows, st.integers(1, 5))
def test_what_is_chosen_obeys_the_rules_whatever_is_possible(windows: list[RankedWindow], count: int) -> None:
    chosen = choose_windows(windows, count=count, time_zone="Asia/Shanghai", night_from_hour=22, night_until_hour=7)

    inside = [window for window in windows if window.is_inside_commitment]
    pool = inside or windows
    starts = [window.window.from_at for window in chosen]
    assert len(chosen) == min(count, len(pool))
    assert all(window in pool for window in chosen)
    assert starts == sorted(set(starts))
    assert not pool or min(window.window.from_at for window in pool) == starts[0]


@given(lists_of_windows, st.randoms())
def test_the_order_in_which_windows_were_found_does_not_matter(windows: list[RankedWindow], random: object) -> None:
    shuffled = list(windows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    assert choose(shuffled) == choose(windows)
