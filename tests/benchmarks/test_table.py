"""Figures of several runs become one table, the losses beside the wins."""

from __future__ import annotations

from benchmarks.solvers import Row
from benchmarks.table import write_tables


def a_row(solver: str, objective: float | None, **more: float | str | None) -> Row:
    return {
        "family": "city", "instance": "city40", "seconds": 10.0, "solver": solver, "wall": 11.0, "cpu": 10.0,
        "peak_mb": 100, "load": 0.1, "objective": objective, "unplaced": 4, "note": None, "gap_percent": None, **more,
    }  # fmt: skip


def test_the_ratio_is_taken_to_the_best_peer_of_the_same_instance() -> None:
    table = write_tables([a_row("onecall", 90.0), a_row("pyvrp", 100.0), a_row("vroom", 120.0)])

    assert "| city40 | 90.0 / 4 (11.0 s) | 100.0 / 4 (11.0 s) | 120.0 / 4 (11.0 s) | 0.900 |" in table


def test_a_solver_without_a_plan_is_shown_as_none_and_never_counts_as_a_peer() -> None:
    table = write_tables([a_row("onecall", 90.0), a_row("pyvrp", None, note="3 not served")])

    assert "none (11.0 s)" in table
    assert "3 not served" in table
    assert "ratio to the best peer:" not in table


def test_of_two_rows_for_the_same_run_the_later_counts() -> None:
    table = write_tables([a_row("onecall", 90.0), a_row("onecall", 80.0)])

    assert "80.0" in table
    assert "90.0" not in table


def test_where_a_best_value_is_known_the_gap_is_shown() -> None:
    table = write_tables(
        [a_row("onecall", 99.0, gap_percent=-1.0), a_row("onecall", 103.0, gap_percent=3.0, instance="x")]
    )

    assert "gap median +1.00 %, worst +3.00 %, below the best known 1" in table
