"""Reading JSON fields with their path in every error."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from dispatch.formats.errors import FileFormatError

Json = object
Fields = Mapping[str, Json]


def as_fields(value: Json, path: str, known: frozenset[str]) -> Fields:
    """An object with no other fields than these; names beginning with an underscore are anybody's."""
    if not isinstance(value, dict):
        raise FileFormatError(path, "an object is expected")
    for name in value:
        if name not in known and not name.startswith("_"):
            raise FileFormatError(f"{path}.{name}", "this field is not supported")
    return value


def as_list(value: Json, path: str) -> list[Json]:
    """A list; nothing counts as an empty one."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise FileFormatError(path, "a list is expected")
    return value


def as_number(value: Json, path: str, default: float | None = None) -> float:
    """A finite number."""
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise FileFormatError(path, f"a number is expected, not {value!r}")
    return float(value)


def as_whole(value: Json, path: str, default: int | None = None) -> int:
    """A whole number."""
    number = as_number(value, path, default)
    if number != int(number):
        raise FileFormatError(path, f"a whole number is expected, not {value!r}")
    return int(number)


def refuse(fields: Fields, path: str, *names: str) -> None:
    """These fields are known, and not supported unless empty."""
    for name in names:
        if fields.get(name) not in (None, 0, [], {}):
            raise FileFormatError(f"{path}.{name}", "this field is not supported")
