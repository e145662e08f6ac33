"""A report as a file: CSV for other systems, XLSX for people (R). Pure: headings and cells in, bytes out."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.workbook.child import INVALID_TITLE_REGEX

from operations.imports.formulas import neutralise

FileCell = str | int | float | dt.date | None
LONGEST_TITLE, LONGEST_CELL = 31, 32_000
"""What a workbook holds: characters in the name of a sheet, and in one cell."""
BYTE_ORDER_MARK = "\ufeff"


def write_csv(headings: Sequence[str], rows: Iterable[Sequence[FileCell]]) -> bytes:
    """Return a CSV file that every spreadsheet opens; texts that look like formulas are made harmless."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(headings)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return (BYTE_ORDER_MARK + buffer.getvalue()).encode()


def write_xlsx(title: str, headings: Sequence[str], rows: Iterable[Sequence[FileCell]]) -> bytes:
    """Return a workbook with one sheet; it is written line by line, so a long report needs little memory."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(INVALID_TITLE_REGEX.sub(" ", title)[:LONGEST_TITLE])
    sheet.append(list(headings))
    for row in rows:
        sheet.append([_readable(cell) if isinstance(cell, str) else cell for cell in row])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _readable(cell: str) -> str:
    """Return a text as a cell of a workbook takes it: no formula, no character that its format does not know."""
    return neutralise(ILLEGAL_CHARACTERS_RE.sub("", cell)[:LONGEST_CELL])


def _plain(cell: FileCell) -> str:
    if cell is None:
        return ""
    return neutralise(cell) if isinstance(cell, str) else str(cell)
