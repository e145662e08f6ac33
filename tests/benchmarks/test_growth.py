"""The curve of growth is a picture any page can show."""

from __future__ import annotations

from benchmarks.curve import write_curves
from benchmarks.growth import TITLES, draw


def test_each_measure_of_growth_has_its_panel_with_a_dot_per_size() -> None:
    rows = [dict.fromkeys(TITLES, size / 10) | {"visits": size} for size in (50, 200, 5000)]

    picture = draw(rows)

    assert all(f">{title}</text>" in picture for title in TITLES.values())
    assert picture.count("<circle") == 3 * len(TITLES)


def test_a_single_value_and_values_of_one_power_of_ten_can_be_drawn() -> None:
    assert "<svg" in write_curves({"one": [(100.0, 1.0)], "two": [(100.0, 5.0), (900.0, 6.0)]}, "visits")
