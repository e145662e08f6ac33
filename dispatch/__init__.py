"""Who goes where, when: pure planning. Imports nothing of ours; see docs/planner.md.

`solve`, `replan` and everything compiled are loaded when first used, so that a web process that only quotes, books
and checks stays small and starts quickly.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from dispatch.check import check
from dispatch.difference import Difference, Moved, Retimed, ShiftDifference, difference
from dispatch.plan import PickUp, Plan, QuotedWindow, Route, Score, Stop, UnplacedVisit, Violation
from dispatch.problem import (
    Assignment,
    Break,
    Lock,
    LockKind,
    ObjectiveKind,
    PickUpPoint,
    Prices,
    Problem,
    Shift,
    TimeWindow,
    Travel,
    Visit,
    VisitKind,
)
from dispatch.quote import (
    QuoteNoLongerFitsError,
    RouteCannotCloseUpError,
    VisitAlreadyPlannedError,
    VisitUnknownError,
    insert,
    quote,
    remove,
)
from dispatch.quoting.moving import MovedQuote, quote_by_moving
from dispatch.quoting.plan_slack import PlanSlack
from dispatch.road_table import RoadTravel, lay_roads, merge_roads, missing_roads, place_key, point_of_place
from dispatch.sequences import time_routes
from dispatch.straight_line import straight_line_travel
from dispatch.validate import ProblemError, validate

if TYPE_CHECKING:
    from dispatch.baseline import nearest_technician_plan
    from dispatch.replanning import let_pinned_slip, replan
    from dispatch.solver import Limits, NoPlanError, solve

_LOADED_WHEN_USED = {
    "Limits": "dispatch.solver",
    "NoPlanError": "dispatch.solver",
    "let_pinned_slip": "dispatch.replanning",
    "nearest_technician_plan": "dispatch.baseline",
    "replan": "dispatch.replanning",
    "solve": "dispatch.solver",
}


def __getattr__(name: str) -> object:
    """Load what plans, on first use."""
    if name not in _LOADED_WHEN_USED:
        message = f"module 'dispatch' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_LOADED_WHEN_USED[name]), name)


__all__ = [
    "Assignment",
    "Break",
    "Difference",
    "Limits",
    "Lock",
    "LockKind",
    "Moved",
    "MovedQuote",
    "NoPlanError",
    "ObjectiveKind",
    "PickUp",
    "PickUpPoint",
    "Plan",
    "PlanSlack",
    "Prices",
    "Problem",
    "ProblemError",
    "QuoteNoLongerFitsError",
    "QuotedWindow",
    "Retimed",
    "RoadTravel",
    "Route",
    "RouteCannotCloseUpError",
    "Score",
    "Shift",
    "ShiftDifference",
    "Stop",
    "TimeWindow",
    "Travel",
    "UnplacedVisit",
    "Violation",
    "Visit",
    "VisitAlreadyPlannedError",
    "VisitKind",
    "VisitUnknownError",
    "check",
    "difference",
    "insert",
    "lay_roads",
    "let_pinned_slip",
    "merge_roads",
    "missing_roads",
    "nearest_technician_plan",
    "place_key",
    "point_of_place",
    "quote",
    "quote_by_moving",
    "remove",
    "replan",
    "solve",
    "straight_line_travel",
    "time_routes",
    "validate",
]
