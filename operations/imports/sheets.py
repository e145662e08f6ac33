"""A file as lines of cells under known columns, and back. Pure: bytes in, values or problems out."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from operations.imports.formulas import neutralise, restore
from operations.imports.problems import BadCell, Problem, Trouble
from operations.imports.workbooks import NotAWorkbook, is_workbook, read_workbook

BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name in both languages, other headers it is known by, how its cells are read.

    A column that `may_be_absent` came later: older files go on without it, and leave what it holds as it is.
    """

    name: str
    name_zh: str
    read: Callable[[str], Any]
    is_required: bool = True
    aliases: tuple[str, ...] = ()
    may_be_absent: bool = False

    def is_headed(self, header: str) -> bool:
        """Tell whether a header cell means this column; case and the spaces of a header do not matter."""
        wanted = _fold(header)
        return any(wanted == _fold(name) for name in (self.name, self.name_zh, *self.aliases))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file: its number and the values of the cells that could be read (None where empty)."""

    number: int
    values: dict[str, Any]


@dataclass(slots=True)
class Sheet:
    """What could be read of a file, and everything that could not."""

    lines: list[Line] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_sheet(data: bytes, columns: Sequence[Column]) -> Sheet:
    """Read a CSV file (UTF-8, with or without byte order mark) or the first sheet of an XLSX workbook.

    What is wrong with it is in `Sheet.problems`.
    """
    if is_workbook(data):
        try:
            data = read_workbook(data)
        except NotAWorkbook:
            return Sheet(problems=[Problem(1, "", Trouble.NOT_A_WORKBOOK)])
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Sheet(problems=[Problem(line, "", Trouble.NOT_UTF8)])
    sheet = Sheet()
    rows = _rows(text.removeprefix(BYTE_ORDER_MARK), sheet)
    first = next(rows, None)
    if first is None:
        sheet.problems = sheet.problems or [Problem(1, "", Trouble.NO_HEADER)]
        return sheet
    order = _read_header(first, columns, sheet)
    for number, cells in rows:
        _read_line(number, cells, order, sheet)
    return sheet


def write_sheet(columns: Sequence[Column], rows: Iterable[Sequence[str]], *, is_chinese: bool) -> Iterator[str]:
    """Yield the lines of a CSV file that `read_sheet` reads and every spreadsheet opens, with a byte order mark."""
    yield BYTE_ORDER_MARK + write_line([column.name_zh if is_chinese else column.name for column in columns])
    for row in rows:
        yield write_line([neutralise(cell) for cell in row])


def write_line(cells: Sequence[str]) -> str:
    """Return one line of a CSV file, with its end."""
    buffer = io.StringIO()
    csv.writer(buffer).writerow(cells)
    return buffer.getvalue()


def _rows(text: str, sheet: Sheet) -> Iterator[tuple[int, list[str]]]:
    """Yield each line that is not empty with its number: the one it begins on, for cells with line breaks."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins_on = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            sheet.problems.append(Problem(begins_on, "", Trouble.BROKEN_QUOTES))
            return
        if any(cell.strip() for cell in cells):
            yield begins_on, cells
        begins_on = reader.line_num + 1


def _read_header(first: tuple[int, list[str]], columns: Sequence[Column], sheet: Sheet) -> list[Column | None]:
    number, headers = first
    order: list[Column | None] = []
    for header in _without_empty_end(headers):
        found = next((column for column in columns if column.is_headed(header)), None)
        if found is None:
            sheet.problems.append(Problem(number, header.strip(), Trouble.UNKNOWN_COLUMN))
        elif found in order:
            sheet.problems.append(Problem(number, found.name, Trouble.REPEATED_COLUMN))
        order.append(found)
    missing = [column for column in columns if column not in order and not column.may_be_absent]
    sheet.problems.extend(Problem(number, column.name, Trouble.MISSING_COLUMN) for column in missing)
    return order


def _read_line(number: int, cells: list[str], order: list[Column | None], sheet: Sheet) -> None:
    if len(cells) < len(order) or any(cell.strip() for cell in cells[len(order) :]):
        sheet.problems.append(Problem(number, "", Trouble.WRONG_CELL_COUNT, f"{len(order)}"))
        return
    values: dict[str, Any] = {}
    for column, cell in zip(order, cells, strict=False):
        if column is None:
            continue
        text = restore(cell.strip())
        try:
            values[column.name] = _read_cell(column, text)
        except BadCell as bad:
            sheet.problems.append(Problem(number, column.name, bad.trouble, bad.detail))
    sheet.lines.append(Line(number, values))


def _read_cell(column: Column, text: str) -> object:
    if text:
        return column.read(text)
    if column.is_required:
        raise BadCell(Trouble.MISSING)
    return None


def _without_empty_end(headers: list[str]) -> list[str]:
    while headers and not headers[-1].strip():
        headers = headers[:-1]
    return headers


def _fold(header: str) -> str:
    return "".join(header.split()).replace("_", "").casefold()
