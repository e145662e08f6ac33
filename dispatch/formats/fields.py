"""Reading JSON and its fields with their path in every error."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import isfinite

from dispatch.formats.errors import FileFormatError

Json = object
Fields = Mapping[str, Json]
MOST = 2**32 - 1
"""The largest time, length or amount: what VROOM can hold, and far below where seconds lose their fractions."""

MOST_PLACES = 20_000
"""Roads between more places than this do not fit into the memory of an ordinary machine."""


def as_json(text: str, what: str) -> Json:
    """The text's content; raises `FileFormatError` for what is not JSON and for a field that stands twice."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise FileFormatError(error.lineno, error.msg) from None
    except RecursionError:
        raise FileFormatError(what, "nested too deeply") from None
    except FileFormatError:
        raise
    except ValueError as error:
        raise FileFormatError(what, str(error)) from None


def _once(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    content = dict(pairs)
    if len(content) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise FileFormatError(_printable(twice), "this field stands twice in one object")
    for name, value in pairs:
        for text in (name, value):
            if isinstance(text, str) and _printable(text) != text:
                raise FileFormatError(_printable(name), "half a character (a lone surrogate)")
    return content


def _printable(text: str) -> str:
    """The text with what no file can hold, half characters, replaced by question marks."""
    return text if text.isascii() else text.encode("utf-8", errors="replace").decode("utf-8")


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
    """A finite number, not beyond what can be counted in seconds."""
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FileFormatError(path, f"a number is expected, not {_shown(value)}")
    if not -MOST <= value <= MOST or not isfinite(value):
        raise FileFormatError(path, f"a number of at most {MOST} is expected, not {_shown(value)}")
    return float(value)


def as_amount(value: Json, path: str, default: float | None = None) -> float:
    """A number that is not negative."""
    number = as_number(value, path, default)
    if number < 0:
        raise FileFormatError(path, f"{_shown(value)} is negative")
    return number


def as_whole(value: Json, path: str, default: int | None = None) -> int:
    """A whole number."""
    number = as_number(value, path, default)
    if number != int(number):
        raise FileFormatError(path, f"a whole number is expected, not {_shown(value)}")
    return int(number)


def as_count(value: Json, path: str, default: int | None = None) -> int:
    """A whole number that is not negative."""
    number = as_whole(value, path, default)
    if number < 0:
        raise FileFormatError(path, f"{_shown(value)} is negative")
    return number


def as_text(value: Json, path: str) -> str | None:
    """A text, or nothing."""
    if value is not None and not isinstance(value, str):
        raise FileFormatError(path, f"a text is expected, not {_shown(value)}")
    return value


def _shown(value: Json) -> str:
    shown = f"{value:.6g}" if isinstance(value, float) else "a very long number"
    if not isinstance(value, int | float) or isinstance(value, bool):
        shown = repr(value)
    elif isinstance(value, int) and value.bit_length() <= 64:  # noqa: PLR2004 - what can be read at a glance
        shown = str(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}…"  # noqa: PLR2004 - one line of a terminal
