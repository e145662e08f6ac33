"""A spreadsheet's workbook as the CSV file it could have been saved as. Pure: bytes in, bytes out."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

ZIP = b"PK\x03\x04"
LARGEST_UNPACKED_BYTES = 64 * 1024 * 1024
"""A small file that unpacks to gigabytes is no workbook of ours."""


class NotAWorkbook(ValueError):
    """The file begins like a workbook and is none, or would unpack to more than 64 MB."""


def is_workbook(data: bytes) -> bool:
    """Tell whether the file is packed as workbooks are."""
    return data.startswith(ZIP)


def read_workbook(data: bytes) -> bytes:
    """Return the first sheet as a CSV file in UTF-8: dates as 2026-05-11, whole numbers without decimals.

    Raises NotAWorkbook.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED_BYTES:
                raise NotAWorkbook
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        for row in book.worksheets[0].iter_rows(values_only=True):
            writer.writerow([_write(cell) for cell in row])
        book.close()
    # What a damaged workbook raises is the library's business, and many things; each means the same here.
    except (zipfile.BadZipFile, InvalidFileException, KeyError, IndexError, ValueError, OSError, SyntaxError) as error:
        raise NotAWorkbook from error
    return buffer.getvalue().encode()


def _write(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        is_day = cell.time() == dt.time()
        return f"{cell:%Y-%m-%d}" if is_day else f"{cell:%Y-%m-%d %H:%M}"
    return str(cell)
