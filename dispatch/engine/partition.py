"""Recombining remembered routes exactly: one route per shift, each visit once, least cost (OR-Tools MathOpt).

The linear relaxation is solved over ever more of the routes, chosen by reduced cost; the whole-number problem then
over the best of them, with the incumbent as a hint.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from ortools.math_opt.python import mathopt

from dispatch.engine.model import Floats, Ints
from dispatch.engine.pool import Column

FIRST_COLUMNS = 1500
COLUMNS_PER_ROUND = 1000
ROUNDS = 12
MOST_COLUMNS = 2500
ELITE = 6000


@dataclass(frozen=True, slots=True)
class Recombined:
    """The routes chosen, what they cost with the visits left out, the relaxation's bound, and columns worth keeping."""

    columns: tuple[Column, ...]
    cost: float
    bound: float
    elite: tuple[Column, ...]


class Rows:
    """Which visits each column covers, as flat arrays; the shift's row follows the visits' rows."""

    def __init__(self, columns: Sequence[Column], visits: int) -> None:
        """`visits` also is the number of the pick-up point, which has no row."""
        members = [[*(stop for stop in column.stops if stop != visits), visits + column.shift] for column in columns]
        self.members = members
        self.flat: Ints = np.array([row for rows in members for row in rows], np.int64)
        self.starts: Ints = np.cumsum([0, *map(len, members[:-1])]).astype(np.int64)
        self.costs: Floats = np.array([column.cost for column in columns])

    def reduced_costs(self, duals: Floats) -> Floats:
        """What each column costs beyond what its rows are worth."""
        return self.costs - np.add.reduceat(duals[self.flat], self.starts)


def recombine(
    columns: Sequence[Column],
    incumbent: Sequence[Column],
    drop_costs: Floats,
    *,
    shifts: int,
    seconds: float | None,
    may_drop: bool,
) -> Recombined | None:
    """The best set of routes out of these, or None when nothing better than the incumbent comes out of it.

    Without `seconds` the search is bounded by nodes and the answer is always the same.
    """
    visits = len(drop_costs)
    known = [*incumbent, *_others(columns, incumbent)]
    if len(known) <= len(incumbent):
        return None
    needed = _needed(incumbent, visits, may_drop=may_drop)
    rows = Rows(known, visits)
    duals, bound = _relax(rows, drop_costs, needed, shifts, len(incumbent), seconds)
    reduced = rows.reduced_costs(duals)
    held = sum(column.cost for column in incumbent) + float(drop_costs[_missing(incumbent, visits)].sum())
    gap = held - bound
    order = np.argsort(reduced, kind="stable")
    near = [int(index) for index in order if reduced[index] <= gap + 1e-6][:MOST_COLUMNS]
    picked = sorted({*near, *range(len(incumbent))})
    found = _choose(rows, picked, drop_costs, needed, shifts, len(incumbent), seconds)
    elite = tuple(known[int(index)] for index in order[:ELITE])
    if found is None:
        return Recombined(tuple(incumbent), held, bound, elite)
    routes = tuple(known[index] for index in found)
    cost = sum(column.cost for column in routes) + float(drop_costs[_missing(routes, visits)].sum())
    return Recombined(routes, cost, bound, elite)


def _others(columns: Iterable[Column], incumbent: Sequence[Column]) -> list[Column]:
    best: dict[tuple[int, frozenset[int]], Column] = {}
    for column in columns:
        key = (column.shift, frozenset(column.stops))
        if key not in best or column.cost < best[key].cost:
            best[key] = column
    for column in incumbent:
        best.pop((column.shift, frozenset(column.stops)), None)
    return list(best.values())


def _missing(columns: Iterable[Column], visits: int) -> list[int]:
    placed = {stop for column in columns for stop in column.stops}
    return [visit for visit in range(visits) if visit not in placed]


def _needed(incumbent: Sequence[Column], visits: int, *, may_drop: bool) -> Floats:
    """One for visits that have to be covered, zero for those that may be left out at no further cost."""
    needed = np.ones(visits)
    if not may_drop:
        needed[_missing(incumbent, visits)] = 0.0
    return needed


def _model(
    rows: Rows, picked: Sequence[int], drop_costs: Floats, needed: Floats, shifts: int, *, is_whole: bool
) -> tuple[mathopt.Model, list[mathopt.Variable], list[mathopt.LinearConstraint]]:
    model = mathopt.Model(name="recombine")
    visits = len(drop_costs)
    has_drops = bool(drop_costs.max(initial=0.0) < 1e6)
    constraints = [model.add_linear_constraint(lb=float(needed[visit]), ub=1.0) for visit in range(visits)]
    constraints += [model.add_linear_constraint(lb=0.0, ub=1.0) for _ in range(shifts)]
    objective = []
    variables = []
    for index in picked:
        variable = model.add_variable(lb=0.0, ub=1.0, is_integer=is_whole)
        variables.append(variable)
        objective.append((variable, float(rows.costs[index])))
        for row in rows.members[index]:
            constraints[row].set_coefficient(variable, 1.0)
    for visit in range(visits if has_drops else 0):
        variable = model.add_variable(lb=0.0, ub=1.0)
        constraints[visit].set_coefficient(variable, 1.0)
        objective.append((variable, float(drop_costs[visit])))
    model.objective.is_maximize = False
    for variable, cost in objective:
        model.objective.set_linear_coefficient(variable, cost)
    return model, variables, constraints


def _relax(
    rows: Rows, drop_costs: Floats, needed: Floats, shifts: int, held: int, seconds: float | None
) -> tuple[Floats, float]:
    """Solve the relaxation over all columns: the duals and the bound."""
    per_stop = rows.costs / np.maximum(1, np.diff(np.append(rows.starts, len(rows.flat))))
    order = np.argsort(per_stop, kind="stable")
    chosen = list(dict.fromkeys([*range(held), *(int(index) for index in order[:FIRST_COLUMNS])]))
    limit = None if seconds is None else timedelta(seconds=max(0.2, seconds / 2))
    duals: Floats = np.zeros(len(drop_costs) + shifts)
    bound = -np.inf
    for _ in range(ROUNDS):
        model, _, constraints = _model(rows, chosen, drop_costs, needed, shifts, is_whole=False)
        result = mathopt.solve(model, mathopt.SolverType.GLOP, params=mathopt.SolveParameters(time_limit=limit))
        if not result.has_dual_feasible_solution():
            break
        duals = np.array([result.dual_values(constraint) for constraint in constraints])
        bound = result.objective_value() if result.has_primal_feasible_solution() else bound
        reduced = rows.reduced_costs(duals)
        reduced[chosen] = 0.0
        better = [
            int(index) for index in np.argsort(reduced, kind="stable")[:COLUMNS_PER_ROUND] if reduced[index] < -1e-6
        ]
        if not better:
            break
        chosen += better
    return duals, float(bound)


def _choose(
    rows: Rows, picked: list[int], drop_costs: Floats, needed: Floats, shifts: int, held: int, seconds: float | None
) -> list[int] | None:
    model, variables, _ = _model(rows, picked, drop_costs, needed, shifts, is_whole=True)
    hint = mathopt.SolutionHint(
        variable_values={variable: float(index < held) for index, variable in zip(picked, variables, strict=True)}
    )
    params = mathopt.SolveParameters(
        time_limit=None if seconds is None else timedelta(seconds=max(0.2, seconds)),
        node_limit=2000 if seconds is None else None,
        threads=1,
        random_seed=1,
    )
    result = mathopt.solve(
        model,
        mathopt.SolverType.GSCIP,
        params=params,
        model_params=mathopt.ModelSolveParameters(solution_hints=[hint]),
    )
    if not result.has_primal_feasible_solution():
        return None
    return [index for index, variable in zip(picked, variables, strict=True) if result.variable_values(variable) > 0.5]
