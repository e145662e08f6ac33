"""From the order of visits somebody else keeps (rows of a database) to a timed plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dispatch.carry import carry_over
from dispatch.facts import Facts
from dispatch.plan import Plan, Route, Score, Stop
from dispatch.problem import Problem

_UNSCORED = Score(0, 0, 0, 0.0, 0.0)


def time_routes(problem: Problem, sequences: Mapping[str, Sequence[str]]) -> Plan:
    """Return the plan in which each shift serves its visits in the order given, as early as the problem allows.

    `sequences` maps a shift's id to visit ids; ids the problem does not have are passed over. Where a route no longer
    fits its shift, the least important visits are left unplaced, promised ones last.
    """
    routes = tuple(
        Route(
            shift_id=shift_id,
            stops=tuple(
                Stop(visit_id, index, index, index, 0.0, 0.0) for index, visit_id in enumerate(visit_ids)
            ),
            leave_seconds=0.0,
            return_seconds=0.0,
        )
        for shift_id, visit_ids in sequences.items()
    )
    return carry_over(Facts(problem), Plan(routes=routes, unplaced=(), score=_UNSCORED))
