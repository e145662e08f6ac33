"""Which format a file is in."""

from __future__ import annotations

import codecs
from pathlib import Path

from dispatch.formats.details import Document
from dispatch.formats.errors import FileFormatError
from dispatch.formats.technicians import is_technician_file, read_technicians
from dispatch.formats.vroom import read_vroom_document
from dispatch.formats.vrplib import is_solomon, is_vrplib, read_solomon, read_vrplib
from dispatch.problem import Problem

MARKS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"))


def read_text(path: Path) -> str:
    """A file's text, whatever its byte order mark and line ends; raises `FileFormatError` for a binary one."""
    content = path.read_bytes()
    encoding = next((name for mark, name in MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise FileFormatError(str(path), f"not a text file: byte {error.start} is not {encoding}") from None
    if "\0" in text:
        raise FileFormatError(str(path), "not a text file: it has zero bytes")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read_problem(path: Path) -> Problem:
    """The problem in a file of any known format; raises `FileFormatError`, or `OSError` when it cannot be opened."""
    return read_document(path).problem


def read_document(path: Path) -> Document:
    """The problem with what its solution repeats; raises like `read_problem`."""
    text = read_text(path)
    if text.lstrip().startswith("{"):
        return read_vroom_document(text)
    if is_technician_file(text):
        return Document(read_technicians(text))
    if is_vrplib(text):
        return Document(read_vrplib(text))
    if is_solomon(text):
        return Document(read_solomon(text))
    raise FileFormatError(str(path), "neither VROOM JSON, VRPLIB, Solomon nor a technician benchmark file")
