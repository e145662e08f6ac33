"""Dates of active service: the same settings give the same dates, once, on days that exist (F3)."""

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from policies.care import (
    CareMoveRefused,
    CareOutOfTolerance,
    CareRhythm,
    CareState,
    Rhythm,
    RhythmIncomplete,
    check_day,
    list_due_dates,
    move_care,
)
from tests.policies.cases.care import DATES
from tests.policies.cases.table import Case

DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2032, 12, 31))
RHYTHMS = st.one_of(
    st.builds(CareRhythm, st.sampled_from([Rhythm.MONTHLY, Rhythm.QUARTERLY, Rhythm.YEARLY])),
    st.builds(CareRhythm, st.just(Rhythm.SEASON), st.integers(1, 12), st.integers(1, 28)),
    st.builds(CareRhythm, st.just(Rhythm.ONCE), after_days=st.integers(0, 400)),
)


def due(rhythm: CareRhythm, anchor_on: dt.date, from_on: dt.date, days: int) -> list[dt.date]:
    until_on = from_on + dt.timedelta(days=days)
    return list_due_dates(rhythm, anchor_on=anchor_on, from_on=from_on, until_on=until_on)


@pytest.mark.parametrize("case", DATES, ids=lambda case: case.en)
def test_active_service_falls_due_on_the_manuals_days(case: Case) -> None:
    rhythm, anchor_on, from_on, until_on = case.given

    found = list_due_dates(rhythm, anchor_on=anchor_on, from_on=from_on, until_on=until_on)

    assert tuple(on.isoformat() for on in found) == case.expected


@given(rhythm=RHYTHMS, anchor_on=DAYS, from_on=DAYS, days=st.integers(0, 800), cut=st.integers(0, 800))
def test_two_stretches_give_together_what_the_whole_gives_each_date_once(
    rhythm: CareRhythm, anchor_on: dt.date, from_on: dt.date, days: int, cut: int
) -> None:
    cut = min(cut, days)
    whole = due(rhythm, anchor_on, from_on, days)
    parts = due(rhythm, anchor_on, from_on, cut) + due(rhythm, anchor_on, from_on + dt.timedelta(days=cut), days - cut)

    assert whole == parts == sorted(set(whole))
    assert all(on >= anchor_on for on in whole)


def test_a_season_without_a_day_and_a_single_date_without_days_are_refused() -> None:
    for rhythm in (CareRhythm(Rhythm.SEASON, 5), CareRhythm(Rhythm.SEASON, 2, 29), CareRhythm(Rhythm.ONCE)):
        with pytest.raises(RhythmIncomplete):
            rhythm.check()


def test_a_date_moves_as_far_as_its_plan_tolerates() -> None:
    rhythm, due_on = CareRhythm(Rhythm.YEARLY, days_before=2, days_after=3), dt.date(2028, 3, 1)
    check_day(rhythm, due_on=due_on, wanted_on=dt.date(2028, 2, 28))
    check_day(rhythm, due_on=due_on, wanted_on=dt.date(2028, 3, 4))

    for wanted_on in (dt.date(2028, 2, 27), dt.date(2028, 3, 5)):
        with pytest.raises(CareOutOfTolerance):
            check_day(rhythm, due_on=due_on, wanted_on=wanted_on)


def test_what_is_done_is_done() -> None:
    for to in CareState:
        with pytest.raises(CareMoveRefused):
            move_care(CareState.DONE, to)
