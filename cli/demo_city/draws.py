"""Draws from a seed: one independent source per part, so that changing one part leaves the others as they were."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def open_draws(seed: int, part: str) -> random.Random:
    """Return the source of one part of the city, the same on every machine."""
    return random.Random(f"{seed}/{part}")


def draw_weighted(draws: random.Random, items: Sequence[tuple[T, float]]) -> T:
    """Return one item, each as likely as its weight says."""
    things, weights = zip(*items, strict=True)
    return draws.choices(things, weights)[0]
