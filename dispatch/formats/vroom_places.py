"""The locations and time windows of a VROOM file."""

from __future__ import annotations

import numpy as np

from dispatch.formats.details import Place
from dispatch.formats.errors import FileFormatError
from dispatch.formats.fields import MOST, Fields, Json, as_count, as_list, as_number
from dispatch.problem import FloatMatrix, TimeWindow

ALWAYS = TimeWindow(0.0, float(MOST))


class Places:
    """The locations of a file, numbered as they are met or as the file's indices say."""

    def __init__(self, *, has_matrix: bool) -> None:
        """With a matrix every place has to have an index into it."""
        self.has_matrix = has_matrix
        self.points: dict[tuple[float, float], int] = {}
        self.needs_anywhere = False
        self._indices: list[tuple[str, int]] = []

    def number(self, fields: Fields, path: str, name: str) -> int | None:
        """The location of `name` or `name_index`, None when neither is given."""
        index, point = fields.get(f"{name}_index"), fields.get(name)
        pair = None if point is None else [as_number(at, f"{path}.{name}") for at in as_list(point, f"{path}.{name}")]
        if pair is not None and len(pair) != 2:  # noqa: PLR2004 - x and y
            raise FileFormatError(f"{path}.{name}", "two coordinates are expected")
        if self.has_matrix:
            if index is None and pair is not None:
                raise FileFormatError(f"{path}.{name}_index", "is needed because the file has matrices")
            if index is None:
                return None
            number = as_count(index, f"{path}.{name}_index")
            self._indices.append((f"{path}.{name}_index", number))
            return number
        if pair is None:
            if index is not None:
                raise FileFormatError(f"{path}.{name}", "coordinates are needed because the file has no matrices")
            return None
        return self.points.setdefault((pair[0], pair[1]), len(self.points))

    def check_against(self, size: int) -> None:
        """Every index lies inside the matrices."""
        for path, number in self._indices:
            if number >= size:
                raise FileFormatError(path, f"{number} is outside the matrix of {size}")

    def on_a_plane(self, *, is_city: bool) -> FloatMatrix | None:
        """The places for a map, None when the file has matrices: degrees of longitude are narrower than of latitude."""
        if self.has_matrix or not self.points:
            return None
        points = np.array(list(self.points), dtype=np.float64)
        if not is_city:
            points[:, 0] *= np.cos(np.radians(points[:, 1].mean()))
        return points


def place_of(fields: Fields, name: str) -> Place | None:
    """What a solution repeats of a place, None when there is none."""
    keys = {"location": name, "location_index": f"{name}_index"}
    given = {key: fields[field] for key, field in keys.items() if fields.get(field) is not None}
    return given or None


def read_windows(value: Json, path: str) -> tuple[TimeWindow, ...]:
    """Windows in the order of the file; an end before its start is refused."""
    windows = []
    for item in as_list(value, path):
        pair = [as_number(end, path) for end in as_list(item, path)]
        if len(pair) != 2 or pair[0] > pair[1]:  # noqa: PLR2004 - from and until
            raise FileFormatError(path, f"a window of two times is expected, not {pair}")
        windows.append(TimeWindow(pair[0], pair[1]))
    return tuple(windows)
