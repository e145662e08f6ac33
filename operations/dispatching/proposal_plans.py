"""The plan a proposal stands for, in whole or in part, timed against the live plan as it is now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import dispatch
from models import PlanProposal
from operations.planning.live import OpenPlan
from operations.planning.rows import visit_key


def plan_of(proposal: PlanProposal, opened: OpenPlan) -> dispatch.Plan:
    """Return the proposal's routes timed against the plan as it is now."""
    sequences: dict[str, list[str]] = {}
    known = {visit.id for visit in opened.snapshot.problem.visits}
    for row in sorted(proposal.stops, key=lambda row: row["start"]):
        if row["key"] in known:
            sequences.setdefault(str(row["shift"]), []).append(row["key"])
    return dispatch.time_routes(opened.snapshot.problem, sequences)


def part_of(
    opened: OpenPlan, changes: Sequence[Mapping[str, int]], *, starts: Mapping[int, dt.datetime]
) -> dispatch.Plan:
    """Return the live plan with only these visits changing hands; everybody else keeps his order.

    `changes` name `visit` and `to_shift`; `starts` says when each visit is to begin, which decides its place.
    """
    snapshot = opened.snapshot
    at = {stop.visit_id: stop.start_seconds for route in snapshot.plan.routes for stop in route.stops}
    taken = {visit_key(change["visit"]): change for change in changes}
    sequences = {
        route.shift_id: [stop.visit_id for stop in route.stops if stop.visit_id not in taken]
        for route in snapshot.plan.routes
    }
    for key, change in taken.items():
        start = starts.get(change["visit"])
        at[key] = snapshot.seconds(start) if start is not None else at.get(key, 0.0)
        row = sequences.setdefault(str(change["to_shift"]), [])
        row.insert(sum(at[other] < at[key] for other in row), key)
    return dispatch.time_routes(snapshot.problem, sequences)
