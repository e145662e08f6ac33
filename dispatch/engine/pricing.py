"""Making new routes for the recombination: the compiled pricing with scratch paper and a pool of its own."""

from __future__ import annotations

import numpy as np

from dispatch.engine.model import Floats, Model, new_state
from dispatch.engine.pool import Pool, Remembered
from dispatch.engine.price import price

SLOTS = 2**15
MOST_MADE = 12000


class Pricing:
    """Call it with routes, the duals of visits and shifts, and a limit: it answers with cheaper routes near them."""

    def __init__(self, model: Model, longest: int, slots: int = SLOTS) -> None:
        """`longest` is the width of the search's routes."""
        self.model = model
        self.state = new_state(model, longest)
        self.pool = Pool(slots, longest, len(model.visits) - 1, len(model.shifts))

    def __call__(self, base: Remembered, duals: Floats, limit: float) -> Remembered:
        """Routes like these whose cost less what their visits and their shift are worth is below the limit."""
        model, visits = self.model, len(self.model.visits) - 1
        worth = np.concatenate([duals[:visits], np.zeros(1), duals[visits:]])
        codes, keys, costs, stops, counts = self.pool.tables()
        price(
            model.fixed, model.seconds, model.visits, model.windows, model.shifts, model.assign, *self.state,
            codes, keys, costs, stops, counts, base.shifts, base.counts, np.ascontiguousarray(base.stops), worth, limit,
        )  # fmt: skip
        return self.pool.drain(worth[: visits + 1], MOST_MADE)
