"""The clocks beside a slow, obvious reference: any zone, any hours, any pauses, any order.

What people got wrong elsewhere, and where it is tried here:

- both changes of the clocks, by an hour and by half an hour, north and south: `ZONES`, drawn by `situations`;
- a zone without any change, and one whose rules change with Ramadan: `ZONES`;
- 24:00, nights, several intervals a day: `opening_hours`, `NIGHTS`; the minute itself: `test_calendars.py`;
- a leap day: `ZONES` (2028) and `test_a_clock_of_400_days…`;
- pauses across midnight and across a holiday, overlapping pauses, a resumption without a pause: `situations`;
  each by name: `test_pauses_that_overlap_across_midnight_and_a_holiday_count_once`;
- events out of order: the shuffle in the first test;
- a clock of one minute, and of 400 days: the last two tests;
- a holiday added afterwards, a policy changed in between: `tests/operations/clocks/test_clocks_and_later_versions.py`.
"""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from policies.clocks.calendars import Hours, WorkingCalendar
from policies.clocks.reading import PAUSED, RESUMED, Fact, read_clock
from policies.clocks.rules import ClockRule, Target
from policies.commitments import CommitmentState
from tests.policies.clocks.reference import MINUTE, Happened, Wall, read_by_the_minute

ALL_DAY: Hours = ((0, 1440),)
OFFICE: tuple[Hours, ...] = (((540, 720), (780, 1080)),) * 5 + ((), ())
NIGHTS: tuple[Hours, ...] = (((1320, 1800),),) * 7
Situation = tuple[Wall, list[Happened], int, dt.datetime]
"""Where it happens, what happens, the minutes promised, and when the clock is read."""
WORDS = {"start": "opened", "meet": "arrived", "withdraw": "closed", "pause": PAUSED, "resume": RESUMED}

# Zones that put the clock forward and back by an hour, by half an hour, the other way round, and never.
ZONES = {
    "America/New_York": ((2026, 3, 8, 7), (2026, 11, 1, 6)),
    "Europe/Berlin": ((2026, 3, 29, 1), (2026, 10, 25, 1)),
    "Australia/Lord_Howe": ((2026, 4, 4, 15), (2026, 10, 3, 15)),
    "Africa/Casablanca": ((2026, 2, 15, 2), (2026, 3, 22, 2)),
    "Asia/Kolkata": ((2026, 2, 28, 18), (2028, 2, 28, 18)),
    "Asia/Shanghai": ((2026, 10, 1, 0), (2028, 2, 29, 0)),
}
MOMENTS = [(zone, dt.datetime(*moment, tzinfo=dt.UTC)) for zone, found in ZONES.items() for moment in found]


def rule_of(minutes: int) -> ClockRule:
    return ClockRule(
        kind="test",
        names={},
        started_by=frozenset({"opened"}),
        met_by=frozenset({"arrived"}),
        withdrawn_by=frozenset({"closed"}),
        target=Target("minutes", minutes),
        calendar="",
        pausable_for=frozenset({"a", "b"}),
        steps=(),
    )


def ours(wall: Wall, happened: list[Happened], *, target_minutes: int, now: dt.datetime) -> object:
    calendar = WorkingCalendar(wall.zone, wall.weekly, wall.days)
    facts = [
        Fact(WORDS[one.word], one.at, position, {"reason": one.reason} if one.reason else {})
        for position, one in enumerate(happened)
    ]
    verdict = read_clock(rule_of(target_minutes), calendar, facts, now=now)
    return verdict and (str(verdict.state), verdict.started_at, verdict.decided_at)


quarters = st.integers(0, 95).map(lambda quarter: quarter * 15)


@st.composite
def opening_hours(draw: st.DrawFn) -> Hours:
    """Up to three intervals, the last perhaps over midnight."""
    times = sorted(set(draw(st.lists(quarters, max_size=6))))
    spans = list(zip(times[::2], times[1::2], strict=False))
    is_overnight: bool = draw(st.booleans())
    if spans and is_overnight:
        start, _ = spans[-1]
        spans[-1] = (start, draw(st.integers(96, 96 + spans[0][0] // 15)) * 15)
    return tuple(spans)


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    zone, moment = draw(st.sampled_from(MOMENTS))
    weekly = draw(st.sampled_from((None, (ALL_DAY,) * 7, OFFICE, NIGHTS)) | st.tuples(*[opening_hours()] * 7))
    if weekly is not None and not any(weekly):
        weekly = OFFICE
    days = draw(
        st.dictionaries(
            st.integers(-1, 4).map(lambda day: (moment + dt.timedelta(days=day)).date()), opening_hours(), max_size=3
        )
    )
    # Within two days of a change of the clocks, so that most examples meet it.
    instants = st.integers(-2 * 288, 3 * 288).map(lambda five: moment + five * 5 * MINUTE)
    happened = [Happened("start", draw(instants))]
    for word in ("start", "meet", "withdraw"):
        happened += [Happened(word, at) for at in draw(st.lists(instants, max_size=1))]
    for word in ("pause", "resume"):
        reasons = draw(st.lists(st.sampled_from(("a", "b")), max_size=3))
        happened += [Happened(word, draw(instants), reason) for reason in reasons]
    # Two of them at once have no obvious order.
    by_instant = {one.at: one for one in happened}
    started = min(one.at for one in happened if one.word == "start")
    now = started + draw(st.integers(0, 6 * 288)) * 5 * MINUTE
    return Wall(ZoneInfo(zone), weekly, days), list(by_instant.values()), draw(st.integers(1, 3000)), now


@settings(max_examples=60)
@given(situations(), st.randoms())
def test_a_clock_reads_as_a_person_with_a_stopwatch_would_read_it(situation: Situation, shuffle: random.Random) -> None:
    wall, happened, minutes, now = situation
    in_order = ours(wall, happened, target_minutes=minutes, now=now)
    shuffled = list(happened)
    shuffle.shuffle(shuffled)

    assert in_order == read_by_the_minute(wall, happened, target_minutes=minutes, now=now)
    assert ours(wall, shuffled, target_minutes=minutes, now=now) == in_order


@pytest.mark.proof
@settings(max_examples=3000)
@given(situations())
def test_three_thousand_clocks_read_as_the_reference_reads_them(
    situation: Situation,
) -> None:
    wall, happened, minutes, now = situation

    assert ours(wall, happened, target_minutes=minutes, now=now) == read_by_the_minute(
        wall, happened, target_minutes=minutes, now=now
    )


def test_pauses_that_overlap_across_midnight_and_a_holiday_count_once() -> None:
    # Friday 9:00 in Shanghai; Saturday and Sunday are free, and Monday is a holiday.
    friday = dt.datetime(2026, 11, 20, 1, tzinfo=dt.UTC)
    wall = Wall(ZoneInfo("Asia/Shanghai"), OFFICE, {dt.date(2026, 11, 23): ()})
    happened = [
        Happened("start", friday),
        Happened("pause", friday + 60 * MINUTE, "a"),
        # Over midnight, the weekend and the holiday, beside the first.
        Happened("pause", friday + 8 * 60 * MINUTE, "b"),
        Happened("resume", friday + 20 * 60 * MINUTE, "a"),
        Happened("resume", friday + 4 * 24 * 60 * MINUTE + 60 * MINUTE, "b"),
    ]
    tuesday = friday + 4 * 24 * 60 * MINUTE
    for minutes in (59, 60, 61, 120, 480, 481):
        for now in (tuesday - MINUTE, tuesday + 120 * MINUTE, tuesday + 24 * 60 * MINUTE):
            found = ours(wall, happened, target_minutes=minutes, now=now)
            assert found == read_by_the_minute(wall, happened, target_minutes=minutes, now=now), (minutes, now)
    # An hour on Friday and one on Tuesday, after the pause: two hours are used up at eleven.
    late = tuesday + 120 * MINUTE + MINUTE
    assert ours(wall, happened, target_minutes=120, now=late) == ("broken", friday, tuesday + 120 * MINUTE)


FOUR_HUNDRED_DAYS = [("America/New_York", OFFICE), ("Asia/Shanghai", NIGHTS), ("Europe/Berlin", None)]


@pytest.mark.parametrize(
    ("zone", "weekly"),
    [FOUR_HUNDRED_DAYS[0], *(pytest.param(*one, marks=pytest.mark.proof) for one in FOUR_HUNDRED_DAYS[1:])],
    ids=["office", "nights", "always"],
)
def test_a_clock_of_400_days_over_a_leap_day_and_both_changes_of_the_clocks(
    zone: str, weekly: tuple[Hours, ...] | None
) -> None:
    start = dt.datetime(2027, 8, 16, 20, 7, tzinfo=dt.UTC)
    days = {dt.date(2028, 2, 29): (), dt.date(2028, 1, 1): ((600, 660),)}
    wall = Wall(ZoneInfo(zone), weekly, days)
    share = {None: 1440, OFFICE: 343, NIGHTS: 480}[weekly]
    now = start + dt.timedelta(days=405)
    happened = [
        Happened("start", start),
        Happened("pause", start + dt.timedelta(days=100, hours=1), "a"),
        Happened("resume", start + dt.timedelta(days=101, hours=7), "a"),
    ]

    read = ours(wall, happened, target_minutes=share * 396, now=now)

    assert read == read_by_the_minute(wall, happened, target_minutes=share * 396, now=now)


def test_a_clock_of_one_minute_is_met_at_its_very_end_and_broken_a_moment_later() -> None:
    at = dt.datetime(2026, 3, 8, 6, 59, tzinfo=dt.UTC)
    wall = Wall(ZoneInfo("America/New_York"), None)
    in_time = [Happened("start", at), Happened("meet", at + MINUTE)]
    late = [Happened("start", at), Happened("meet", at + MINUTE + dt.timedelta(microseconds=1))]

    assert ours(wall, in_time, target_minutes=1, now=at + MINUTE) == (CommitmentState.MET, at, at + MINUTE)
    assert ours(wall, late, target_minutes=1, now=at + 5 * MINUTE) == (CommitmentState.BROKEN, at, at + MINUTE)
