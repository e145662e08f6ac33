"""Random numbers of a thread's own (xorshift64*), so that threads never depend on one another."""

from __future__ import annotations

import numpy as np

from dispatch.engine.compiled import compiled
from dispatch.engine.model import Words

SCALE = 1.0 / 9007199254740992.0
SHIFT_12, SHIFT_25, SHIFT_27, SHIFT_11 = np.uint64(12), np.uint64(25), np.uint64(27), np.uint64(11)
FACTOR = np.uint64(2685821657736338717)


@compiled
def chance(random: Words) -> float:
    """A number from 0 (included) to 1 (excluded)."""
    x = random[0]
    x ^= x >> SHIFT_12
    x ^= x << SHIFT_25
    x ^= x >> SHIFT_27
    random[0] = x
    return ((x * FACTOR) >> SHIFT_11) * SCALE


@compiled
def below(random: Words, count: int) -> int:
    """A whole number from 0 to count - 1."""
    return int(chance(random) * count)
