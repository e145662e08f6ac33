"""Instants to steps of five minutes."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from web.board.timeline import STEP, Axis, Place, steps_stylesheet

SHANGHAI = Axis(dt.date(2026, 11, 23), ZoneInfo("Asia/Shanghai"))
ZONES = st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe"])
DAYS = st.dates(dt.date(2024, 1, 1), dt.date(2028, 12, 31))


def at(hour: float) -> dt.datetime:
    return SHANGHAI.from_at + dt.timedelta(hours=hour)


def test_a_stretch_stands_where_it_begins_and_is_as_long_as_it_lasts() -> None:
    assert SHANGHAI.place(at(8.5), at(9.5)) == Place(102, 12)


@pytest.mark.parametrize(
    ("from_hour", "until_hour", "place"),
    [(-2, 1, Place(0, 12)), (23, 26, Place(276, 12)), (-2, 30, Place(0, 288)), (12, 12, Place(144, 1))],
)
def test_what_reaches_over_midnight_is_cut_to_the_day(from_hour: float, until_hour: float, place: Place) -> None:
    assert SHANGHAI.place(at(from_hour), at(until_hour)) == place


@pytest.mark.parametrize(("from_hour", "until_hour"), [(-3, -1), (-1, 0), (24, 25)])
def test_what_lies_on_another_day_has_no_place(from_hour: float, until_hour: float) -> None:
    assert SHANGHAI.place(at(from_hour), at(until_hour)) is None


def test_a_day_of_25_hours_has_25_labels() -> None:
    axis = Axis(dt.date(2026, 10, 25), ZoneInfo("Europe/Berlin"))

    labels = [label for _, label in axis.hours()]

    assert len(labels) == 25
    assert labels.count("02:00") == 2


@given(zone=ZONES, on=DAYS, minutes=st.integers(-3000, 3000), length=st.integers(0, 3000))
def test_every_place_lies_inside_its_day_and_has_its_style(zone: str, on: dt.date, minutes: int, length: int) -> None:
    axis = Axis(on, ZoneInfo(zone))
    from_at = axis.from_at + dt.timedelta(minutes=minutes)
    until_at = from_at + dt.timedelta(minutes=length)

    place = axis.place(from_at, until_at)

    if place is None:
        assert until_at <= axis.from_at or from_at >= axis.until_at
    else:
        assert 0 <= place.start < place.start + place.length <= axis.steps
        start, size = place.css.split()
        assert f".{start}{{" in steps_stylesheet()
        assert f".{size}{{" in steps_stylesheet()


@given(on=DAYS, seconds=st.integers(0, 86_399))
def test_every_instant_of_the_day_has_its_moment(on: dt.date, seconds: int) -> None:
    axis = Axis(on, ZoneInfo("Asia/Shanghai"))

    moment = axis.moment(axis.from_at + dt.timedelta(seconds=seconds))

    assert moment == seconds // STEP.seconds
    assert axis.moment(axis.until_at) is None
