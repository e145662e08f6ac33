"""When remembered routes are recombined beside the search, and what becomes of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic

import numpy as np

from dispatch.engine.clock import Clock
from dispatch.engine.model import CITY, COST, DROP, DURATION, MODE, Floats, Ints, Model, new_state
from dispatch.engine.partition import Recombine, Recombined, Task
from dispatch.engine.pool import Column, Pool, Remembered, joined_of
from dispatch.engine.pricing import Pricing
from dispatch.engine.workers import Worker, restore

RECOMBINE_AT = (0.4, 0.6, 0.76, 0.88)
MOST_DRAINED = 24000
TIME_SHARE = 0.85
"""The part of the time until the next recombination, or the end, that one may take."""


@dataclass(slots=True)
class Recombining:
    """One recombination after the other in a thread of its own; a failed one is told in the trace and costs nothing."""

    model: Model
    executor: ThreadPoolExecutor
    clock: Clock
    pools: Sequence[Pool]
    recombiner: Recombine
    points: list[float] = field(default_factory=lambda: list(RECOMBINE_AT))
    elite: Remembered | None = None
    pending: Future[Recombined | None] | None = None
    pricing: Pricing | None = None
    duals: Floats | None = None
    bound: float = -np.inf
    done: int = 0
    made: int = 0
    failures: list[str] = field(default_factory=list)

    def is_ready(self) -> bool:
        """Whether an answer may be fetched; where only iterations count it is waited for, so that nothing is chance."""
        return self.pending is not None and (self.clock.seconds is None or self.pending.done())

    def better(self, best: Ints, best_cost: float) -> tuple[Ints, float]:
        """The recombined routes where they are better than these, and the cost."""
        answer = self._answer()
        if answer is None or answer.cost >= best_cost - 1e-7:
            return best, best_cost
        return _rows_from(self.model, answer.columns, best.shape[1]), answer.cost

    def begin_if_due(self, best: Ints, share: float) -> None:
        """Start the next one when it is time and none is under way."""
        if self.pending is not None or not self.points or share < self.points[0] - 1e-9:
            return
        self.points.pop(0)
        incumbent = _columns_of(self.model, best)
        if not incumbent:
            return
        worth = _worth(incumbent, len(self.model.visits))
        drained = [pool.drain(worth, MOST_DRAINED // len(self.pools)) for pool in self.pools]
        remembered = joined_of(drained if self.elite is None else [self.elite, *drained])
        task = Task(
            self.model.visits[:-1, DROP].copy(),
            len(self.model.shifts),
            may_drop=bool(self.model.fixed[MODE] == CITY),
            until=self._until(share),
            price=self._price(),
            duals=self.duals,
        )
        held = self.pools[0].remembered(incumbent)
        self.pending = self.executor.submit(self.recombiner, remembered, held, incumbent, task)

    def finish(self, best: Ints, best_cost: float) -> tuple[Ints, float]:
        """The last answer; its own time limit ends before the search's."""
        if self.pending is None:
            return best, best_cost
        return self.better(best, best_cost)

    def trace(self) -> dict[str, float | int | str]:
        """How often, how many routes were made, the bound of the last, and what failed."""
        trace: dict[str, float | int | str] = {
            "pool_bound": float(self.bound), "recombined": self.done, "priced": self.made,
        }  # fmt: skip
        if self.failures:
            trace["recombination_failed"] = "; ".join(dict.fromkeys(self.failures))
        return trace

    def _answer(self) -> Recombined | None:
        pending, self.pending = self.pending, None
        try:
            answer = pending.result() if pending is not None else None
        except Exception as error:  # noqa: BLE001 - whatever the solver does, the search goes on without it
            self.failures.append(f"{type(error).__name__}: {error}")
            return None
        if answer is None:
            self.failures.append("nothing came back")
            return None
        if answer.failed:
            self.failures.append(answer.failed)
        self.elite, self.bound, self.done, self.made = (
            answer.elite,
            answer.bound,
            self.done + 1,
            self.made + answer.made,
        )
        self.duals = answer.duals
        return answer

    def _until(self, share: float) -> float | None:
        if self.clock.seconds is None:
            return None
        following = self.points[0] if self.points else 1.0
        part = (following - share) / max(1e-9, 1.0 - share)
        return monotonic() + TIME_SHARE * self.clock.left() * min(1.0, max(0.0, part))

    def _price(self) -> Pricing | None:
        if self.pricing is None and self.model.fixed[MODE] == DURATION:
            self.pricing = Pricing(self.model, self.pools[0].stops.shape[1] - 2)
        return self.pricing


def _worth(columns: Sequence[Column], visits: int) -> Floats:
    """What each visit costs in the best routes: its route's cost shared out evenly."""
    worth = np.zeros(visits)
    for column in columns:
        worth[list(column.stops)] = column.cost / len(column.stops)
    worth[-1] = 0.0
    return worth


def _rows_from(model: Model, columns: Sequence[Column], width: int) -> Ints:
    rows = np.zeros((len(model.shifts), width), np.int64)
    middle = width // 2
    for column in columns:
        rows[column.shift, middle : middle + len(column.tiers)] = column.tiers
        rows[column.shift, 0] = len(column.stops)
        rows[column.shift, 1 : 1 + len(column.stops)] = column.stops
    return rows


def _columns_of(model: Model, best: Ints) -> list[Column]:
    """The best routes as columns, with their costs worked out again."""
    scratch = Worker(new_state(model, best.shape[1] // 2), np.ones(1, np.uint64), best, 0.0, Pool(1, 0, 1, 1))
    restore(model, scratch, best)
    middle = best.shape[1] // 2
    return [
        Column(
            row,
            tuple(best[row, 1 : 1 + best[row, 0]].tolist()),
            float(scratch.state.routes[row, COST]),
            tuple(best[row, middle : middle + best[row, 0]].tolist()),
        )
        for row in range(len(best))
        if best[row, 0] > 0
    ]
