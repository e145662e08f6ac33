"""The benchmark of the clocks reads the same year every time, and draws what it measured."""

from benchmarks.clocks import TITLES, draw, measure


def test_the_same_year_gives_the_same_verdicts_and_every_measure_its_panel() -> None:
    first, second = measure(40), measure(40)

    verdicts = [{name: row.get(name, 0) for name in ("clocks", "met", "broken", "running")} for row in (first, second)]
    assert verdicts[0] == verdicts[1]
    assert first["clocks"] == 50
    assert all(f">{title}</text>" in draw([first, {**second, "requests": 400}]) for title in TITLES.values())
