import datetime as dt
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from models import Customer, Site
from operations.imports.cells import (
    read_code,
    read_date,
    read_degrees,
    read_level,
    read_moment,
    read_phone,
    read_several,
    read_text,
    read_time_zone,
    read_whole,
    read_word,
    read_yes_no,
    write_degrees,
    write_moment,
)
from operations.imports.problems import BadCell, Trouble
from policies.languages import Language

READERS = [
    read_text(Customer.name),
    read_code(Site.code),
    read_word(Language, {"中文": Language.ZH}),
    read_phone,
    read_several(read_phone),
    read_several(read_level),
    read_whole(0, 240),
    read_degrees(90),
    read_date,
    read_moment,
    read_time_zone,
    read_yes_no,
]


@given(st.sampled_from(READERS), st.text(min_size=1) | st.from_regex(r"[-+0-9:/ .TZ]{1,30}", fullmatch=True))
def test_whatever_a_cell_holds_it_is_read_or_refused(read: Callable[[str], object], cell: str) -> None:
    with suppress(BadCell):  # nothing else may come out
        assert read(cell) is not None


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("+86 154 1234 5678", "+8615412345678"),
        ("15412345678", "+8615412345678"),
        ("１５４１２３４５６７８", "+8615412345678"),
        ("+447700900123", "+447700900123"),
    ],
)
def test_a_telephone_number_becomes_e164(cell: str, number: str) -> None:
    assert read_phone(cell) == number


@pytest.mark.parametrize("cell", ["1.54E+10", "123", "139 1234", "电话", "+86 154 1234 5678 ext. 9"])
def test_what_cannot_be_dialled_is_no_telephone_number(cell: str) -> None:
    with pytest.raises(BadCell) as caught:
        read_phone(cell)

    assert caught.value.trouble is Trouble.NOT_A_PHONE


def test_several_values_stand_apart_by_semicolons_narrow_or_wide() -> None:
    assert read_several(read_phone)("15412345678；+447700900123; 15412345678;") == ("+8615412345678", "+447700900123")


def test_a_skill_is_a_code_and_a_level() -> None:
    assert read_level("optics：3") == ("optics", 3)
    for cell in ("optics", "optics:x", ":3", "optics:0"):
        with pytest.raises(BadCell):
            read_level(cell)


@pytest.mark.parametrize("cell", ["2026-05-11", "2026/5/11", "2026.05.11"])
def test_a_date_is_read_as_people_and_spreadsheets_write_it(cell: str) -> None:
    assert read_date(cell) == dt.date(2026, 5, 11)


@pytest.mark.parametrize("cell", ["2026-02-30", "11.05.2026", "46153", "2026-13-01"])
def test_a_day_that_does_not_exist_is_no_date(cell: str) -> None:
    with pytest.raises(BadCell):
        read_date(cell)


def test_a_moment_without_an_offset_stays_local_and_one_with_it_is_an_instant() -> None:
    assert read_moment("2026/5/11 8:00") == dt.datetime(2026, 5, 11, 8)  # noqa: DTZ001 - local on purpose
    assert read_moment("2026-05-11T08:00+08:00") == dt.datetime(2026, 5, 11, 0, tzinfo=dt.UTC)
    assert read_moment("2026-05-11 00:00:30Z") == dt.datetime(2026, 5, 11, 0, 0, 30, tzinfo=dt.UTC)


@given(st.datetimes(min_value=dt.datetime(1000, 1, 2), timezones=st.just(dt.timezone(dt.timedelta(hours=8)))))  # noqa: DTZ001
def test_a_written_moment_is_read_back_to_the_second(at: dt.datetime) -> None:
    assert read_moment(write_moment(at)) == at.replace(microsecond=0)


@given(st.floats(-90, 90))
def test_written_degrees_are_read_back_exactly(degrees: float) -> None:
    assert read_degrees(90)(write_degrees(degrees)) == degrees


def test_a_text_that_does_not_fit_its_column_is_refused_with_the_limit() -> None:
    with pytest.raises(BadCell) as caught:
        read_text(Customer.name)("长" * 121)

    assert (caught.value.trouble, caught.value.detail) == (Trouble.TOO_LONG, "120")


def test_a_line_break_inside_a_name_is_refused() -> None:
    with pytest.raises(BadCell):
        read_text(Customer.name)("王\n伟")


def test_a_wide_code_is_made_narrow_and_upper_case_where_asked() -> None:
    assert read_code(Site.code, is_upper=True)("ｌｖｐ２４-1") == "LVP24-1"
    with pytest.raises(BadCell):
        read_code(Site.code)("地点一")
