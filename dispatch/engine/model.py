"""The problem as tables of numbers, the way the compiled search reads it.

Compiled functions take the tables they need one by one: passing them bundled costs a hundredfold in numba. A table's
columns have names here. Whole numbers are kept in the float tables too and turned back where they are used.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Array = npt.NDArray[Any]

DISTANCE, CITY, PRODUCT, DURATION = 0, 1, 2, 3
NOWHERE = -1
FAR = 1e12
EPSILON = 1e-6

# `fixed`: one row for the whole problem. Prices are per second, per shift used, and per change told.
# SYMMETRIC: driving there is as long as driving back.
MODE, TRAVEL, WAITING, OVERTIME, USE, CHANGE, PICK_UP, FLAT, OFFSET = range(9)
RATES, DONE = 9, 33  # 24 hours' rates of driving, 25 sums of them
SYMMETRIC = 58

# `visits`: a row per visit; the last row is the pick-up point. Resources needed follow from DEMAND on, and after them
# the seconds of service of technicians of each grade that differs.
PLACE, SERVICE, TIERS, DROP, TOOLS, DEADLINE, LATE_COST, TOLD_SHIFT, TOLD_START, PINNED, DEMAND = range(11)

# `windows`: visit × tier; how many windows, what the tier costs, then pairs of from and until.
COUNT, TIER_COST, FIRST_WINDOW = range(3)

# `shifts`: a row per shift. Resources held follow from CAPACITY on. KIND is equal where nothing tells shifts apart.
# GRADED is the column of `visits` with this technician's seconds of service; work beyond TARGET costs UNFAIR a second.
READY, UNTIL, LIMIT, START, END, SLOWNESS, MAX_TRAVEL, MAX_VISITS, KIND, HELD, RESTS, GRADED, TARGET, UNFAIR = range(14)
CAPACITY = 14

# `rests`: shift × rest; AFTER_BY is the latest return that leaves time for this rest and those after it.
FROM, TO, LENGTH, AFTER_BY = range(4)

# `routes`: a row per shift. Resources used before the pick-up follow from USED on. CHANGES counts changes and never
# goes back; VERSION names the route's content and goes back when a change is undone.
STOPS, COST, DRIVEN, IDLE, VERSION, CHANGES, USED = range(7)

# `where`: a row per visit.
ROUTE, POSITION, TIER = range(3)

# `known`: visit × shift; the cheapest place in that version of the route, or what every place costs at least.
AS_OF, EXTRA, AT, PICK_UP_AT = range(4)


class Model(NamedTuple):
    """The tables of one problem.

    `assign` is the cost of a technician for a visit, infinite where he may not go; `near` lists the nearest visits,
    `homes` the nearest shifts that may serve one.
    """

    fixed: Floats
    seconds: Floats
    metres: Floats
    visits: Floats
    windows: Floats
    shifts: Floats
    rests: Floats
    assign: Floats
    near: Ints
    homes: Ints


class State(NamedTuple):
    """Routes being worked on: `order[r, p]` is route r's p-th stop, `rows` the times belonging to it.

    Threads may share one state when each is given its own routes.
    """

    order: Ints
    routes: Floats
    where: Ints
    rows: Floats


def new_state(model: Model, longest: int) -> State:
    """Empty routes that can hold `longest` stops each."""
    shifts, visits = len(model.shifts), len(model.visits)
    resources = model.shifts.shape[1] - CAPACITY
    where = np.zeros((visits, 3), np.int64)
    where[:, ROUTE] = NOWHERE
    return State(
        order=np.zeros((shifts, longest + 2), np.int64),
        routes=np.zeros((shifts, USED + resources)),
        where=where,
        rows=np.zeros((shifts, longest + 2, max(6, 3 * model.rests.shape[1]) + 1)),
    )
