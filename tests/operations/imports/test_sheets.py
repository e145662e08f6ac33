import csv
import io

import pytest
from hypothesis import given, strategies as st

from operations.imports.problems import Problem, Trouble
from operations.imports.sheets import Column, read_sheet, write_sheet

COLUMNS = (
    Column("serial", "序列号", str, aliases=("serial number",)),
    Column("name", "名称", str, is_required=False),
)
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12).map(str.strip)


def read(text: str) -> tuple[list[tuple[int, dict[str, str]]], list[Problem]]:
    sheet = read_sheet(text.encode(), COLUMNS)
    return [(line.number, line.values) for line in sheet.lines], sheet.problems


@given(st.lists(st.tuples(CELLS.filter(bool), CELLS), max_size=6), st.booleans())
def test_what_is_written_is_read_back(rows: list[tuple[str, str]], is_chinese: bool) -> None:  # noqa: FBT001
    data = "".join(write_sheet(COLUMNS, rows, is_chinese=is_chinese)).encode()

    sheet = read_sheet(data, COLUMNS)

    assert sheet.problems == []
    assert [(line.values["serial"], line.values["name"] or "") for line in sheet.lines] == rows


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_named_as_a_problem(data: bytes) -> None:
    sheet = read_sheet(data, COLUMNS)

    assert sheet.problems or all(line.number > 1 for line in sheet.lines)


@pytest.mark.parametrize(
    "header", ["serial,name", "序列号,名称", "Serial Number, NAME ", "\ufeffserial,name", "serial,name,,"]
)
def test_headers_are_known_in_both_languages_whatever_their_case(header: str) -> None:
    lines, problems = read(f"{header}\nA1,屏\n")

    assert problems == []
    assert lines == [(2, {"serial": "A1", "name": "屏"})]


def test_missing_unknown_and_repeated_columns_are_all_named() -> None:
    _, problems = read("名称,name,colour\nx,y,z\n")

    assert problems == [
        Problem(1, "name", Trouble.REPEATED_COLUMN),
        Problem(1, "colour", Trouble.UNKNOWN_COLUMN),
        Problem(1, "serial", Trouble.MISSING_COLUMN),
    ]


def test_a_line_number_is_where_the_line_begins_even_after_cells_with_line_breaks() -> None:
    lines, problems = read('serial,name\nA1,"two\nlines"\n\n,x\nA2,\n')

    assert lines == [
        (2, {"serial": "A1", "name": "two\nlines"}),
        (5, {"name": "x"}),
        (6, {"serial": "A2", "name": None}),
    ]
    assert problems == [Problem(5, "serial", Trouble.MISSING)]


def test_a_file_that_is_not_utf8_is_refused_with_the_line() -> None:
    sheet = read_sheet("serial,name\nA1,ok\nA2,投影机\n".encode("gbk"), COLUMNS)

    assert sheet.problems == [Problem(3, "", Trouble.NOT_UTF8)]


@pytest.mark.parametrize("data", [b"", b"\n\n", "\ufeff".encode()])
def test_a_file_without_a_header_is_refused(data: bytes) -> None:
    assert read_sheet(data, COLUMNS).problems == [Problem(1, "", Trouble.NO_HEADER)]


def test_lines_with_too_many_or_too_few_cells_are_refused() -> None:
    _, problems = read("serial,name\nA1\nA2,x,y\nA3,x,\n")

    assert [(problem.line, problem.trouble) for problem in problems] == [
        (2, Trouble.WRONG_CELL_COUNT),
        (3, Trouble.WRONG_CELL_COUNT),
    ]


def test_a_quote_that_never_ends_is_named_with_the_line_it_begins_on() -> None:
    _, problems = read('serial,name\nA1,x\nA2,"open\nA3,y\n')

    assert problems == [Problem(3, "", Trouble.BROKEN_QUOTES)]


def test_a_formula_leaves_as_text_and_comes_back_as_it_was() -> None:
    written = "".join(write_sheet(COLUMNS, [("A1", "=1+1")], is_chinese=False))

    assert list(csv.reader(io.StringIO(written)))[1] == ["A1", "'=1+1"]
    assert read(written)[0] == [(2, {"serial": "A1", "name": "=1+1"})]
