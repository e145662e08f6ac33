"""From the live plan to what people are told: propose a better day, decide whether a person must look, publish (D9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import dispatch
from models import Message, PlanProposal, Shift, Technician, Visit
from operations.dispatching.proposal_plans import part_of, plan_of
from operations.dispatching.routes import tell_changes, tell_route
from operations.foundation.changes import BOARD, note_change
from operations.foundation.house import House
from operations.messages.promises import tell_new_technician
from operations.planning.live import OpenPlan, open_plan, read_plan, save_plan
from operations.planning.live_plan import StalePlan, expect_revision, lock_live_plan
from operations.planning.rows import PlacedStop
from operations.planning.snapshot import ROAD_PERCENT, Snapshot, id_in_key
from policies.message_states import MessageState
from policies.publication import ProposalState, PublicationDecision, decide_publication

DAY = dt.timedelta(hours=24)


class ProposalRefused(RuntimeError):
    """The proposal is no longer open: somebody has published it, or the plan has moved on."""


class PartBreaksPromises(RuntimeError):
    """The changes that were taken break a promise, or a visit loses its place, without those that were left."""


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


def publish_proposal(
    session: Session,
    *,
    proposal: PlanProposal,
    house: House,
    by: str,
    now: dt.datetime,
    accepted: frozenset[int] | None = None,
    is_undoable: bool = False,
) -> int:
    """Make the proposal the live plan and tell everybody it concerns today; return how many visits were told.

    `accepted` names the visits whose change of hands is taken; the others stay where they are. Where it may be undone,
    customers are told after `undo_minutes` only. Raises ProposalRefused when it has been decided or has expired,
    StalePlan when the live plan has moved on meanwhile, PartBreaksPromises when the part does not stand on its own.
    """
    opened = open_plan(session, area_id=proposal.area_id, now=now)
    session.refresh(proposal)
    _refuse_unless_open(proposal, now=now, hours=opened.figures.proposal_expiry_hours)
    expect_revision(opened.row, revision=proposal.base_revision)
    plan = plan_of(proposal, opened)
    if accepted is not None:
        proposal.changes = [change for change in proposal.changes if change["visit"] in accepted]
        starts = {id_in_key(row["key"]): dt.datetime.fromisoformat(row["start"]) for row in proposal.stops}
        plan = part_of(opened, proposal.changes, starts=starts)
        _refuse_if_worse(opened, plan)
    save_plan(session, opened, plan, now=now)
    proposal.state, proposal.decided_at, proposal.decided_by = ProposalState.PUBLISHED, now, by
    hold_until = now + dt.timedelta(minutes=opened.figures.undo_minutes) if is_undoable else None
    cause = f"proposal:{proposal.id}"
    _hand_over(session, proposal.changes, cause=cause, hold_until=hold_until, house=house, now=now)
    return tell_day(session, area_id=proposal.area_id, house=house, now=now)


def refuse_proposal(session: Session, *, proposal: PlanProposal, by: str, now: dt.datetime) -> None:
    """Decide against a proposal; the live plan stays. Raises ProposalRefused when it has been decided already."""
    lock_live_plan(session, area_id=proposal.area_id, now=now)
    session.refresh(proposal)
    if proposal.state is not ProposalState.PROPOSED:
        raise ProposalRefused(f"proposal {proposal.id} is {proposal.state}")
    proposal.state, proposal.decided_at, proposal.decided_by = ProposalState.REFUSED, now, by
    note_change(session, topic=BOARD, now=now)


def undo_publication(session: Session, *, proposal: PlanProposal, house: House, by: str, now: dt.datetime) -> None:
    """Give every visit of a published proposal back to whom it had before; raises ProposalRefused when it is too late.

    Customers who have not been told yet hear of neither; technicians are told the difference. It is too late after
    `undo_minutes`, once one of the visits has begun, or when it would break what is kept now.
    """
    opened = open_plan(session, area_id=proposal.area_id, now=now)
    session.refresh(proposal)
    until = (proposal.decided_at or now) + dt.timedelta(minutes=opened.figures.undo_minutes)
    if proposal.state is not ProposalState.PUBLISHED or now >= until:
        raise ProposalRefused(f"proposal {proposal.id}")
    back = [
        {"visit": change["visit"], "from_shift": change["to_shift"], "to_shift": change["from_shift"]}
        for change in proposal.changes
    ]
    plan = part_of(opened, back, starts=_starts_wished(session, back))
    try:
        _refuse_if_worse(opened, plan)
    except PartBreaksPromises as trouble:
        raise ProposalRefused(f"proposal {proposal.id}") from trouble
    save_plan(session, opened, plan, now=now)
    session.execute(
        update(Message)
        .where(
            Message.template == "technician_changed",
            Message.state == MessageState.PENDING,
            Message.visit_id.in_([change["visit"] for change in back]),
        )
        .values(state=MessageState.EXPIRED, decided_at=now, error="publication undone")
        .execution_options(synchronize_session="fetch")
    )
    told_already = frozenset(
        session.scalars(
            select(Message.visit_id).where(
                Message.template == "technician_changed",
                Message.created_at == proposal.decided_at,
                Message.state != MessageState.EXPIRED,
            )
        )
    )
    _hand_over(session, back, cause=f"undone:{proposal.id}", tell=told_already, house=house, now=now)
    proposal.state, proposal.decided_at, proposal.decided_by = ProposalState.REFUSED, now, by
    tell_day(session, area_id=proposal.area_id, house=house, now=now)


def _starts_wished(session: Session, changes: Sequence[Mapping[str, int]]) -> dict[int, dt.datetime]:
    visits = session.scalars(select(Visit).where(Visit.id.in_([change["visit"] for change in changes])))
    return {visit.id: visit.window_from_at for visit in visits if visit.window_from_at is not None}


def _refuse_unless_open(proposal: PlanProposal, *, now: dt.datetime, hours: int) -> None:
    if proposal.state is not ProposalState.PROPOSED:
        raise ProposalRefused(f"proposal {proposal.id} is {proposal.state}")
    if now >= proposal.made_at + dt.timedelta(hours=hours):
        raise ProposalRefused(f"proposal {proposal.id} has expired")


def _refuse_if_worse(opened: OpenPlan, plan: dispatch.Plan) -> None:
    """A part may cost more than the whole; it may not break what the live plan keeps, nor lose anybody's place."""
    before, placed = opened.snapshot.plan, {stop.visit_id for route in plan.routes for stop in route.stops}
    lost = [stop.visit_id for route in before.routes for stop in route.stops if stop.visit_id not in placed]
    if (
        lost
        or _broken(asdict(plan.score)) > _broken(asdict(before.score))
        or dispatch.check(opened.snapshot.problem, plan)
    ):
        raise PartBreaksPromises(", ".join(lost))


def tell_day(session: Session, *, area_id: int, house: House, now: dt.datetime) -> int:
    """Send every technician whose shift starts within a day, or runs now, what he has not been told yet."""
    # Bookings tell differences too; at the live plan they take turns, so that nobody hears the same thing twice.
    lock_live_plan(session, area_id=area_id, now=now).day_told_at = now
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


def _hand_over(
    session: Session,
    changes: Sequence[Mapping[str, int]],
    *,
    cause: str,
    house: House,
    now: dt.datetime,
    tell: Collection[int | None] | None = None,
    hold_until: dt.datetime | None = None,
) -> None:
    """Write down who has each visit now, and tell customers (those in `tell`, if given), not before `hold_until`."""
    for change in changes:
        visit = session.get_one(Visit, change["visit"])
        technician = session.get_one(Shift, change["to_shift"]).technician
        if visit.technician_id == technician.id:
            continue
        visit.technician_id, visit.technician = technician.id, technician
        if tell is None or visit.id in tell:
            tell_new_technician(session, visit=visit, cause=cause, house=house, now=now, not_before_at=hold_until)


__all__ = [
    "DayToSolve",
    "PartBreaksPromises",
    "ProposalRefused",
    "StalePlan",
    "judge_proposal",
    "propose_plan",
    "publish_proposal",
    "read_day",
    "refuse_proposal",
    "tell_day",
    "undo_publication",
]
