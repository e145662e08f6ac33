"""From the live plan to what people are told: propose a better day, decide whether a person must look, publish (D9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import dispatch
from models import PlanProposal, Shift, Technician, Visit
from operations.changes import BOARD, note_change
from operations.house import House
from operations.planning.live import OpenPlan, open_plan, read_plan, save_plan
from operations.planning.live_plan import StalePlan, expect_revision, lock_live_plan
from operations.planning.rows import PlacedStop
from operations.planning.snapshot import ROAD_PERCENT, Snapshot, id_in_key
from operations.promises import tell_new_technician
from operations.routes import tell_changes, tell_route
from policies.publication import ProposalState, PublicationDecision, decide_publication

DAY = dt.timedelta(hours=24)


class ProposalRefused(RuntimeError):
    """The proposal is no longer open: somebody has published it, or the plan has moved on."""


@dataclass(frozen=True, slots=True)
class DayToSolve:
    """What a solve needs, read in one transaction so that the solve itself holds none."""

    area_id: int
    revision: int
    snapshot: Snapshot


def read_day(session: Session, *, area_id: int, now: dt.datetime) -> DayToSolve:
    """Read the area's live plan for a solve."""
    opened = read_plan(session, area_id=area_id, now=now)
    return DayToSolve(area_id, opened.row.revision, opened.snapshot)


def propose_plan(
    session: Session, *, day: DayToSolve, solved: dispatch.Plan, reason: str, now: dt.datetime
) -> PlanProposal:
    """Store a solved plan as a proposal; raises StalePlan when the live plan has moved on since it was read."""
    opened = open_plan(session, area_id=day.area_id, now=now)
    expect_revision(opened.row, revision=day.revision)
    session.execute(
        update(PlanProposal)
        .where(PlanProposal.area_id == day.area_id, PlanProposal.state == ProposalState.PROPOSED)
        .values(state=ProposalState.SUPERSEDED, decided_at=now, decided_by=reason)
    )
    proposal = PlanProposal(
        area_id=day.area_id,
        base_revision=day.revision,
        state=ProposalState.PROPOSED,
        reason=reason,
        made_at=now,
        stops=[_stop_row(day.snapshot, route.shift_id, stop) for route in solved.routes for stop in route.stops],
        changes=_list_changes(opened.stops, solved),
        score={
            **asdict(solved.score),
            "broken_before": _broken(asdict(day.snapshot.plan.score)),
            ROAD_PERCENT: day.snapshot.plan.trace[ROAD_PERCENT],
        },
    )
    session.add(proposal)
    session.flush()
    note_change(session, topic=BOARD, now=now)
    return proposal


def judge_proposal(
    session: Session, *, proposal: PlanProposal, is_auto_publish_on: bool, is_morning: bool
) -> PublicationDecision:
    """Decide whether the proposal may go out without a person (policy `auto_publish`).

    A promise that the live plan has lost already is no reason to leave everybody else untold: only what the proposal
    breaks beyond it counts.
    """
    touched = [change["visit"] for change in proposal.changes]
    told = session.scalars(select(Visit.id).where(Visit.id.in_(touched), Visit.state != "booked")).all()
    return decide_publication(
        is_auto_publish_on=is_auto_publish_on,
        broken_promises=max(0, _broken(proposal.score) - proposal.score.get("broken_before", 0)),
        moved_windows=0,
        people_told_touched=len(told),
        is_morning=is_morning,
    )


def publish_proposal(session: Session, *, proposal: PlanProposal, house: House, by: str, now: dt.datetime) -> int:
    """Make the proposal the live plan and tell everybody it concerns today; return how many visits were told.

    Raises ProposalRefused when it has been decided already, StalePlan when the live plan has moved on meanwhile.
    """
    if proposal.state is not ProposalState.PROPOSED:
        raise ProposalRefused(f"proposal {proposal.id} is {proposal.state}")
    opened = open_plan(session, area_id=proposal.area_id, now=now)
    expect_revision(opened.row, revision=proposal.base_revision)
    save_plan(session, opened, _plan_of(proposal, opened), now=now)
    proposal.state, proposal.decided_at, proposal.decided_by = ProposalState.PUBLISHED, now, by
    _tell_of_new_technicians(session, proposal, house=house, now=now)
    return tell_day(session, area_id=proposal.area_id, house=house, now=now)


def tell_day(session: Session, *, area_id: int, house: House, now: dt.datetime) -> int:
    """Send every technician whose shift starts within a day, or runs now, what he has not been told yet."""
    # Bookings tell differences too; at the live plan they take turns, so that nobody hears the same thing twice.
    lock_live_plan(session, area_id=area_id, now=now)
    shifts = session.scalars(
        select(Shift)
        .join(Technician)
        .where(Technician.area_id == area_id, Shift.ends_at > now, Shift.starts_at < now + DAY)
        .order_by(Shift.starts_at, Shift.id)
    ).all()
    # Removals first for all: a visit that changes hands must be taken from one before it is given to the other.
    told = tell_changes(session, shifts=shifts, house=house, now=now)
    told += sum(tell_route(session, shift=shift, house=house, now=now) for shift in shifts)
    note_change(session, topic=BOARD, now=now)
    return told


def _broken(score: Mapping[str, Any]) -> int:
    return int(score["broken_promises"] + score["broken_commitments"])


def _stop_row(snapshot: Snapshot, shift_id: str, stop: dispatch.Stop) -> dict[str, Any]:
    row = {name: value for name, value in asdict(stop).items() if name.startswith("travel")}
    times = {
        name: snapshot.instant(getattr(stop, f"{name}_seconds")).isoformat() for name in ("arrive", "start", "end")
    }
    return {"key": stop.visit_id, "shift": int(shift_id), **times, **row}


def _list_changes(stops: Sequence[PlacedStop], solved: dispatch.Plan) -> list[dict[str, Any]]:
    """Return the visits that go to another shift: who has them now, who would."""
    before = {stop.visit.id: stop.shift_id for stop in stops if stop.hold_id is None}
    after = {
        id_in_key(stop.visit_id): int(route.shift_id)
        for route in solved.routes
        for stop in route.stops
        if stop.visit_id.startswith("visit:")
    }
    return [
        {"visit": visit_id, "from_shift": before[visit_id], "to_shift": shift_id}
        for visit_id, shift_id in after.items()
        if visit_id in before and before[visit_id] != shift_id
    ]


def _plan_of(proposal: PlanProposal, opened: OpenPlan) -> dispatch.Plan:
    """Return the proposal's routes timed against the plan as it is now."""
    sequences: dict[str, list[str]] = {}
    known = {visit.id for visit in opened.snapshot.problem.visits}
    for row in sorted(proposal.stops, key=lambda row: row["start"]):
        if row["key"] in known:
            sequences.setdefault(str(row["shift"]), []).append(row["key"])
    return dispatch.time_routes(opened.snapshot.problem, sequences)


def _tell_of_new_technicians(session: Session, proposal: PlanProposal, *, house: House, now: dt.datetime) -> None:
    for change in proposal.changes:
        visit = session.get_one(Visit, change["visit"])
        technician = session.get_one(Shift, change["to_shift"]).technician
        if visit.technician_id == technician.id:
            continue
        visit.technician_id, visit.technician = technician.id, technician
        tell_new_technician(session, visit=visit, cause=f"proposal:{proposal.id}", house=house, now=now)


__all__ = [
    "DayToSolve",
    "ProposalRefused",
    "StalePlan",
    "judge_proposal",
    "propose_plan",
    "publish_proposal",
    "read_day",
    "tell_day",
]
