"""Who leads among the technicians: how figures are weighed for the yearly award (T2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

BEST_SCORE = 5
Who = TypeVar("Who")


def award_points(
    *, on_time: float | None, at_once: float | None, checklist: float | None, mean_score: float | None
) -> float | None:
    """Return the mean of four shares in percent, one decimal: on time, fixed at once, checklist kept, mean score of 5.

    Who has one of them not yet has no points.
    """
    if on_time is None or at_once is None or checklist is None or mean_score is None:
        return None
    return round((on_time + at_once + checklist + 100 * mean_score / BEST_SCORE) / 4, 1)


def rank(points: Mapping[Who, float | None]) -> dict[Who, int]:
    """Return the place of everybody who has points, 1 for the most; equals share a place and leave the next free."""
    known = sorted((value for value in points.values() if value is not None), reverse=True)
    return {who: known.index(value) + 1 for who, value in points.items() if value is not None}
