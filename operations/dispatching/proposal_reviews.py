"""A proposal as a person judges it: change by change, what it does to promises and people, is it stale (D9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

import dispatch
from models import PlanProposal, Shift, Technician, ToldStop, Visit
from operations.dispatching.proposal_plans import plan_of
from operations.foundation.figures import figures_at
from operations.planning.live import OpenPlan, read_plan
from operations.planning.rows import visit_key
from policies.publication import ProposalState
from policies.route_changes import RETIME_TOLERANCE


@dataclass(frozen=True, slots=True)
class Placement:
    """Who goes, and when service starts."""

    technician: Technician
    start_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ProposedChange:
    """One visit that would change hands or time. `breaks_window` compares the new start with what was promised.

    `is_rescued`: as things stand nobody comes, for whoever it was given to is away.
    """

    visit: Visit
    before: Placement
    after: Placement
    breaks_window: bool
    tells_customer: bool
    is_rescued: bool

    @property
    def changes_hands(self) -> bool:
        """True when somebody else would come; only such changes can be taken or left one by one."""
        return self.before.technician.id != self.after.technician.id


@dataclass(frozen=True, slots=True)
class Measure:
    """What a plan comes to, before or after."""

    broken_promises: int
    broken_commitments: int
    travel_minutes: int
    overtime_minutes: int
    cost_cents: int


@dataclass(frozen=True, slots=True)
class Drift:
    """What has happened to the live plan since a proposal was made: visits that came, went, or changed hands."""

    new: Sequence[Visit]
    gone: Sequence[Visit]
    moved: Sequence[Visit]


@dataclass(frozen=True, slots=True)
class ProposalReview:
    """Everything a dispatcher needs to decide. A stale or expired proposal can only be refused."""

    proposal: PlanProposal
    changes: Sequence[ProposedChange]
    before: Measure
    after: Measure
    is_no_worse: bool
    is_no_worse_than_nearest: bool
    violations: int
    customer_texts: int
    technician_texts: int
    expires_at: dt.datetime
    is_expired: bool
    drift: Drift | None

    @property
    def can_be_accepted(self) -> bool:
        """True while it is open, fresh, and fits the plan as it is."""
        return self.proposal.state is ProposalState.PROPOSED and not self.is_expired and self.drift is None


def review_proposal(session: Session, *, proposal: PlanProposal, now: dt.datetime) -> ProposalReview:
    """Compare a proposal with the live plan as it is now; nothing is changed."""
    opened = read_plan(session, area_id=proposal.area_id, now=now)
    problem, before = opened.snapshot.problem, opened.snapshot.plan
    after = plan_of(proposal, opened)
    changes = _list_changes(session, opened, after)
    expires_at = proposal.made_at + dt.timedelta(hours=figures_at(session, now).proposal_expiry_hours)
    is_stale = opened.row.revision != proposal.base_revision and proposal.state is ProposalState.PROPOSED
    nearest = dispatch.nearest_technician_plan(problem)
    return ProposalReview(
        proposal=proposal,
        changes=changes,
        before=_measure(problem, before),
        after=_measure(problem, after),
        is_no_worse=_levels(problem, after) <= _levels(problem, before),
        is_no_worse_than_nearest=_levels(problem, after) <= _levels(problem, nearest),
        violations=len(dispatch.check(problem, after)),
        customer_texts=sum(change.tells_customer for change in changes),
        technician_texts=_count_technician_texts(session, changes, now),
        expires_at=expires_at,
        is_expired=now >= expires_at,
        drift=_find_drift(session, proposal, opened) if is_stale else None,
    )


def _levels(problem: dispatch.Problem, plan: dispatch.Plan) -> tuple[int, int, int, int]:
    """What a plan is worth, level by level; that people would be told anew has a price but makes no day worse."""
    score = plan.score
    cost = score.cost_cents - problem.prices.change_cents_per_person_told * score.changes_told
    return score.broken_commitments, score.broken_promises, score.unplaced_priority, round(cost)


def _measure(problem: dispatch.Problem, plan: dispatch.Plan) -> Measure:
    ends = {shift.id: shift.until_seconds for shift in problem.shifts}
    routes = [route for route in plan.routes if route.stops]
    travel = sum(sum(stop.travel_seconds for stop in route.stops) + route.return_travel_seconds for route in routes)
    overtime = sum(max(0.0, route.return_seconds - ends[route.shift_id]) for route in routes)
    broken_commitments, broken_promises, _, cost_cents = _levels(problem, plan)
    return Measure(broken_promises, broken_commitments, round(travel / 60), round(overtime / 60), cost_cents)


def _list_changes(session: Session, opened: OpenPlan, after: dispatch.Plan) -> list[ProposedChange]:
    stranded = {key: (stop.shift_id, stop.start_at) for key, stop in opened.stranded.items()}
    was, will = stranded | _places(opened, opened.snapshot.plan), _places(opened, after)
    touched = [
        key
        for key, (shift_id, start_at) in will.items()
        if key in was and (was[key][0] != shift_id or abs(was[key][1] - start_at) > RETIME_TOLERANCE)
    ]
    ids = [int(key.partition(":")[2]) for key in touched]
    visits = session.scalars(select(Visit).where(Visit.id.in_(ids)).options(joinedload(Visit.request))).all()
    shifts = session.scalars(
        select(Shift).options(joinedload(Shift.technician)).where(Shift.id.in_(_shift_ids(opened)))
    )
    technician_of = {shift.id: shift.technician for shift in shifts}
    changes = [_change(visit, was, will, technician_of, is_rescued=visit_key(visit.id) in stranded) for visit in visits]
    return sorted(changes, key=lambda change: (not change.changes_hands, change.after.start_at, change.visit.id))


def _change(
    visit: Visit,
    was: Mapping[str, tuple[int, dt.datetime]],
    will: Mapping[str, tuple[int, dt.datetime]],
    technician_of: Mapping[int, Technician],
    *,
    is_rescued: bool,
) -> ProposedChange:
    key = visit_key(visit.id)
    before, after = (Placement(technician_of[shift], at) for shift, at in (was[key], will[key]))
    from_at, until_at = visit.window_from_at, visit.window_until_at
    return ProposedChange(
        visit,
        before,
        after,
        breaks_window=from_at is not None and until_at is not None and not from_at <= after.start_at <= until_at,
        tells_customer=before.technician.id != after.technician.id and visit.request.contact_phone is not None,
        is_rescued=is_rescued,
    )


def _places(opened: OpenPlan, plan: dispatch.Plan) -> dict[str, tuple[int, dt.datetime]]:
    return {
        stop.visit_id: (int(route.shift_id), opened.snapshot.instant(stop.start_seconds))
        for route in plan.routes
        for stop in route.stops
        if stop.visit_id.startswith("visit:")
    }


def _shift_ids(opened: OpenPlan) -> list[int]:
    return [shift.id for shift in opened.rows.shifts]


def _count_technician_texts(session: Session, changes: Sequence[ProposedChange], now: dt.datetime) -> int:
    """How many technicians who know their day already would hear that it changes."""
    touched = {one.technician.id for change in changes for one in (change.before, change.after)}
    told = select(ToldStop.technician_id).join(Shift, Shift.id == ToldStop.shift_id).where(Shift.ends_at > now)
    return len(touched & set(session.scalars(told)))


def _find_drift(session: Session, proposal: PlanProposal, opened: OpenPlan) -> Drift:
    then = {row["key"] for row in proposal.stops if row["key"].startswith("visit:")}
    now_placed = {stop.key: stop.shift_id for stop in opened.stops if stop.hold_id is None}
    from_shift = {visit_key(change["visit"]): change["from_shift"] for change in proposal.changes}
    moved = [key for key, shift_id in from_shift.items() if key in now_placed and now_placed[key] != shift_id]
    return Drift(
        _visits(session, [key for key in now_placed if key not in then]),
        _visits(session, [key for key in then if key not in now_placed]),
        _visits(session, moved),
    )


def _visits(session: Session, keys: Sequence[str]) -> Sequence[Visit]:
    ids = [int(key.partition(":")[2]) for key in keys]
    return session.scalars(select(Visit).where(Visit.id.in_(ids)).order_by(Visit.id)).all()
