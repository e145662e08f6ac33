"""Recombining remembered routes exactly: one route per shift, each visit once, least cost (OR-Tools MathOpt).

The linear relaxation is solved over ever more of the routes, chosen by reduced cost, and new ones are made from the
best where they pay; the whole-number problem then over the best of them, with the incumbent as a hint.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

import numpy as np
import numpy.typing as npt
from ortools.math_opt.python import mathopt

from dispatch.engine.model import Floats, Ints
from dispatch.engine.pool import Column, Remembered, cheapest_of, joined_of

FIRST_COLUMNS = 1500
COLUMNS_PER_ROUND = 1000
ROUNDS = 16
PRICED_AT_ONCE = 120
PRICINGS = 3
PRICED_NEAR_GAP = 0.3
MOST_COLUMNS = 2500
NODES = 50
ELITE = 6000
RELAXING_SHARE = 0.5

Flags = npt.NDArray[np.bool_]
Price = Callable[[Remembered, Floats, float], Remembered]
"""Makes routes out of these whose cost less what visits and shifts are worth is below a limit."""


@dataclass(frozen=True, slots=True)
class Recombined:
    """The routes chosen, what they cost with the visits left out, the relaxation's bound, and routes worth keeping."""

    columns: tuple[Column, ...]
    cost: float
    bound: float
    elite: Remembered
    made: int = 0
    failed: str = ""
    duals: Floats | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be recombined: costs of leaving visits out, how many shifts, and until when.

    Without `until` (a time of the monotonic clock) the work is bounded by rounds and nodes and the answer is always the
    same. `may_drop`: visits may be left out at their cost; else only those the incumbent leaves out. `duals` are what
    visits and shifts were worth in an earlier recombination: they choose the routes to begin with.
    """

    drop_costs: Floats
    shifts: int
    may_drop: bool
    until: float | None = None
    price: Price | None = None
    duals: Floats | None = None

    def seconds(self, share: float) -> float | None:
        """So much of the time left, at least a little."""
        return None if self.until is None else max(0.05, share * (self.until - monotonic()))


Recombine = Callable[[Remembered, Remembered, Sequence[Column], Task], Recombined | None]


class Rows:
    """Which visits each route covers, as flat arrays; the shift's row follows the visits' rows."""

    def __init__(self, known: Remembered, visits: int) -> None:
        """`visits` also is the number of the pick-up point, which has no row."""
        is_row = np.concatenate([known.is_stop() & (known.stops != visits), np.ones((len(known), 1), np.bool_)], axis=1)
        members = np.concatenate([known.stops.astype(np.int64), (visits + known.shifts)[:, None]], axis=1)
        self.flat: Ints = members[is_row]
        self.ends: Ints = np.cumsum(is_row.sum(axis=1)).astype(np.int64)
        self.starts: Ints = np.concatenate([np.zeros(1, np.int64), self.ends[:-1]])
        self.costs: Floats = known.costs

    def members(self, index: int) -> list[int]:
        """The rows of one route."""
        rows: list[int] = self.flat[self.starts[index] : self.ends[index]].tolist()
        return rows

    def reduced_costs(self, duals: Floats) -> Floats:
        """What each route costs beyond what its rows are worth."""
        return self.costs - np.add.reduceat(duals[self.flat], self.starts)


class Partition:
    """The model: each visit once, each shift at most one route; routes are added as they are needed."""

    def __init__(self, task: Task, needed: Floats, *, is_whole: bool) -> None:
        """`needed` is one for visits that have to be covered."""
        visits = len(task.drop_costs)
        self.is_whole = is_whole
        self.model = mathopt.Model(name="recombine")
        self.constraints = [
            self.model.add_linear_constraint(lb=float(needed[visit]), ub=1.0) for visit in range(visits)
        ]
        self.constraints += [self.model.add_linear_constraint(lb=0.0, ub=1.0) for _ in range(task.shifts)]
        self.model.objective.is_maximize = False
        if bool(task.drop_costs.max(initial=0.0) < 1e6):
            for visit in range(visits):
                variable = self.model.add_variable(lb=0.0, ub=1.0)
                self.constraints[visit].set_coefficient(variable, 1.0)
                self.model.objective.set_linear_coefficient(variable, float(task.drop_costs[visit]))

    def add(self, rows: Rows, index: int) -> mathopt.Variable:
        """Add one route."""
        variable = self.model.add_variable(lb=0.0, ub=1.0, is_integer=self.is_whole)
        self.model.objective.set_linear_coefficient(variable, float(rows.costs[index]))
        for row in rows.members(index):
            self.constraints[row].set_coefficient(variable, 1.0)
        return variable


def recombine(remembered: Remembered, held: Remembered, incumbent: Sequence[Column], task: Task) -> Recombined:
    """The best set of routes out of these and those made of them, at worst the incumbent.

    `held` is the incumbent in the form of the remembered.
    """
    known = _after(held, remembered)
    before = len(known)
    needed = _needed(incumbent, len(task.drop_costs), may_drop=task.may_drop)
    known, reduced, bound, relaxed = _relax(known, held, task, needed)
    duals = relaxed if bound > -np.inf else task.duals
    cost_held = _cost(incumbent, task.drop_costs)
    made = len(known) - before
    gap = cost_held - bound
    order = np.argsort(reduced, kind="stable")
    rows, found, is_answered = Rows(known, len(task.drop_costs)), list(range(len(held))), False
    # Small models first, that of the remembered routes alone to begin with: they are quick and give a better hint.
    is_near = reduced[order] <= gap + 1e-6
    remembered_near = order[is_near & (order < before)][:MOST_COLUMNS]
    stages = [(remembered_near, 0.3), (order[is_near][: MOST_COLUMNS // 3], 0.3), (order[is_near][:MOST_COLUMNS], 1.0)]
    # The large model takes SCIP seconds at its root already, which only a time limit bounds.
    for near, share in stages[: 1 if not made else 2 if task.until is None else 3]:
        picked = np.unique(np.concatenate([near, np.array(found, np.int64)])).tolist()
        answer = _choose(rows, picked, needed, set(found), task, share if made else 1.0)
        found, is_answered = answer or found, is_answered or answer is not None
    elite = known.take(order[:ELITE])
    if not is_answered:
        return Recombined(tuple(incumbent), cost_held, bound, elite, made, "no answer from the solver", duals)
    routes = tuple(incumbent[index] if index < len(held) else known.column(index) for index in found)
    return Recombined(routes, _cost(routes, task.drop_costs), bound, elite, made, duals=duals)


def _after(held: Remembered, others: Remembered) -> Remembered:
    """The held routes and then the others, of equals the cheapest."""
    best = cheapest_of([others])
    best = best.take(~np.isin(best.keys, held.keys))
    return joined_of([held, best])


def _cost(columns: Sequence[Column], drop_costs: Floats) -> float:
    absent = _missing(columns, len(drop_costs))
    return sum(column.cost for column in columns) + float(drop_costs[absent].sum())


def _missing(columns: Sequence[Column], visits: int) -> list[int]:
    placed = {stop for column in columns for stop in column.stops}
    return [visit for visit in range(visits) if visit not in placed]


def _needed(incumbent: Sequence[Column], visits: int, *, may_drop: bool) -> Floats:
    """One for visits that have to be covered, zero for those that may be left out at no further cost."""
    needed = np.ones(visits)
    if not may_drop:
        needed[_missing(incumbent, visits)] = 0.0
    return needed


def _relax(known: Remembered, held: Remembered, task: Task, needed: Floats) -> tuple[Remembered, Floats, float, Floats]:
    """Solve the relaxation over all routes and those made on the way: all routes, reduced costs, bound and duals."""
    visits, until = len(task.drop_costs), task.seconds(RELAXING_SHARE)
    stop_at = None if until is None else monotonic() + until
    rows = Rows(known, visits)
    duals: Floats = np.zeros(visits + task.shifts) if task.duals is None else task.duals
    reduced, bound, pricings = rows.reduced_costs(duals), -np.inf, 0
    first = reduced if task.duals is not None else rows.costs / (rows.ends - rows.starts)
    order = np.argsort(first, kind="stable")
    chosen = np.zeros(len(known), np.bool_)
    chosen[np.concatenate([np.arange(len(held)), order[:FIRST_COLUMNS]])] = True
    partition = Partition(task, needed, is_whole=False)
    for index in np.flatnonzero(chosen).tolist():
        partition.add(rows, index)
    with mathopt.IncrementalSolver(partition.model, mathopt.SolverType.GLOP) as solver:
        for _ in range(ROUNDS):
            limit = None if stop_at is None else timedelta(seconds=max(0.05, stop_at - monotonic()))
            result = solver.solve(params=mathopt.SolveParameters(time_limit=limit))
            if not result.has_dual_feasible_solution() or not result.has_primal_feasible_solution():
                break
            duals = np.array(result.dual_values(partition.constraints))
            bound, reduced = result.objective_value(), rows.reduced_costs(duals)
            better = _negative(reduced, chosen)
            is_late = stop_at is not None and monotonic() > stop_at
            if len(better) == 0 and task.price is not None and not is_late and pricings < PRICINGS:
                pricings += 1
                known, rows, chosen = _made(known, chosen, reduced, duals, task.price, -1e-6, visits)
                reduced = rows.reduced_costs(duals)
                better = _negative(reduced, chosen)
            if len(better) == 0 or is_late:
                break
            chosen[better] = True
            for index in better.tolist():
                partition.add(rows, index)
    if task.price is not None and bound > -np.inf:
        gap = float(held.costs.sum()) - bound
        known, rows, _ = _made(known, chosen, reduced, duals, task.price, PRICED_NEAR_GAP * max(0.0, gap), visits)
        reduced = rows.reduced_costs(duals)
    return known, reduced, float(bound), duals


def _negative(reduced: Floats, chosen: Flags) -> Ints:
    """The routes that would make the relaxation better, the best first."""
    order = np.argsort(np.where(chosen, 0.0, reduced), kind="stable")[:COLUMNS_PER_ROUND]
    return order[np.where(chosen, 0.0, reduced)[order] < -1e-6]


def _made(
    known: Remembered, chosen: Flags, reduced: Floats, duals: Floats, price: Price, limit: float, visits: int
) -> tuple[Remembered, Rows, Flags]:
    """The routes known and behind them those made out of the best of them."""
    base = np.argsort(reduced, kind="stable")[:PRICED_AT_ONCE]
    made = price(known.take(base), duals, limit)
    order = np.argsort(known.keys, kind="stable")
    at = order[np.minimum(np.searchsorted(known.keys[order], made.keys), len(order) - 1)]
    is_new = (known.keys[at] != made.keys) | (made.costs < known.costs[at] - 1e-6)
    made = made.take(is_new)
    joined = joined_of([known, made])
    return joined, Rows(joined, visits), np.concatenate([chosen, np.zeros(len(made), np.bool_)])


def _choose(
    rows: Rows, picked: Sequence[int], needed: Floats, hinted: set[int], task: Task, share: float
) -> list[int] | None:
    partition = Partition(task, needed, is_whole=True)
    variables = [partition.add(rows, index) for index in picked]
    hint = mathopt.SolutionHint(
        variable_values={variable: float(index in hinted) for index, variable in zip(picked, variables, strict=True)}
    )
    seconds = task.seconds(share)
    params = mathopt.SolveParameters(
        time_limit=None if seconds is None else timedelta(seconds=seconds),
        node_limit=NODES if seconds is None else None,
        threads=1,
        random_seed=1,
    )
    result = mathopt.solve(
        partition.model,
        mathopt.SolverType.GSCIP,
        params=params,
        model_params=mathopt.ModelSolveParameters(solution_hints=[hint]),
    )
    if not result.has_primal_feasible_solution():
        return None
    return [index for index, variable in zip(picked, variables, strict=True) if result.variable_values(variable) > 0.5]
