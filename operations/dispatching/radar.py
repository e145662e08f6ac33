"""The promise radar: what is likely to break, what saves it cheapest, and what has no place and why (D13, D8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

import dispatch
from dispatch.explain import Explanation, explain
from dispatch.risk import Rescue, RescueKind, Spreads, VisitRisk, assess, cheapest_rescue
from models import Area, PlanMove, ServiceRequest, Shift, Visit
from operations.clocks.commitments import deadline_of
from operations.day.day import request_parts
from operations.day.explanations import Names
from operations.dispatching.move_verdicts import MoveImpossible, Place, Wish, place_of
from operations.dispatching.moves import Consent, carry_out_move
from operations.foundation.house import House
from operations.planning.live import OpenPlan, read_plan
from operations.planning.live_plan import StalePlan
from operations.planning.rows import visit_key
from operations.planning.snapshot import id_in_key, visit_data
from operations.planning.spreads import LearntSpreads, learn_spreads

SAMPLES = 500
WORTH_A_LOOK = 0.05
"""A promise that breaks in fewer than one of twenty days is in order."""
LONGER_MINUTES = 30
"""How much longer a day gets where a rescue needs overtime."""


class RescueLost(RuntimeError):
    """What would have saved the visit is no longer possible, or no longer enough; look again."""


@dataclass(frozen=True, slots=True)
class RiskLine:
    """One promise and how likely it breaks if nobody acts; it starts between the two instants in 8 of 10 runs.

    One that `is_stranded` breaks for certain: its technician, of the shift named here, does not come.
    """

    visit: Visit
    shift: Shift
    chance: float
    early_at: dt.datetime
    late_at: dt.datetime
    is_stranded: bool = False


@dataclass(frozen=True, slots=True)
class RescueOption:
    """Something that makes a visit safer: what is done, by whom, at what cost, and whom it concerns.

    `expected_broken` counts broken promises of the whole day, before and after.
    """

    kind: RescueKind
    shift: Shift
    start_at: dt.datetime
    chance_before: float
    chance_after: float
    expected_broken_before: float
    expected_broken_after: float
    extra_cost_cents: int
    told: Sequence[Visit]


def list_risks(session: Session, *, area_id: int, now: dt.datetime, least: float = WORTH_A_LOOK) -> list[RiskLine]:
    """Return the promises likely to break, the likeliest first, by playing the plan many times with learnt spreads.

    Those nobody comes to stand before all others, in the order of their beginning.
    """
    opened = read_plan(session, area_id=area_id, now=now)
    risks = _assess(session, opened, area_id=area_id, now=now)
    worth = [risk for risk in risks if risk.broken >= least and risk.visit_id.startswith("visit:")]
    stranded = sorted(opened.stranded.values(), key=lambda stop: (stop.start_at, stop.id))
    visits = _visits(session, [*(risk.visit_id for risk in worth), *(stop.key for stop in stranded)])
    shifts = _shifts(session, [*(risk.shift_id for risk in worth), *(str(stop.shift_id) for stop in stranded)])
    instant = opened.snapshot.instant
    certain = [
        RiskLine(visits[stop.key], shifts[str(stop.shift_id)], 1.0, stop.start_at, stop.start_at, is_stranded=True)
        for stop in stranded
    ]
    return certain + [
        RiskLine(
            visits[risk.visit_id],
            shifts[risk.shift_id],
            risk.broken,
            instant(risk.early_seconds),
            instant(risk.late_seconds),
        )
        for risk in worth
        if risk.visit_id in visits
    ]


def list_rescues(session: Session, *, visit: Visit, now: dt.datetime) -> list[RescueOption]:
    """Return what makes a visit safer without more broken promises expected on the day, the cheapest first.

    Every option is a plan that the planner's check has passed. Earlier beginnings are left out: technicians are told
    their day the evening before.
    """
    opened = read_plan(session, area_id=visit.area_id, now=now)
    key = visit_key(visit.id)
    if all(known.id != key for known in opened.snapshot.problem.visits):
        return []
    spreads = _spreads(opened, learn_spreads(session, area_id=visit.area_id, before=now))
    found = cheapest_rescue(opened.snapshot.problem, opened.snapshot.plan, key, spreads=spreads, samples=SAMPLES)
    usable = [rescue for rescue in found if rescue.kind is not RescueKind.EARLIER]
    visits = _visits(session, [key for rescue in usable for key in rescue.told_visit_ids])
    shifts = _shifts(session, [rescue.shift_id for rescue in usable])
    return [_option(rescue, key, opened, visits, shifts) for rescue in usable]


def carry_out_rescue(
    session: Session, *, visit: Visit, shift_id: int, kind: str, by: str, house: House, now: dt.datetime
) -> PlanMove:
    """Do what a rescue says, proven anew; everybody concerned is told after a moment, as of any move by hand.

    Raises RescueLost when that way is no longer open, or would break another promise.
    """
    options = list_rescues(session, visit=visit, now=now)
    option = next((one for one in options if one.kind == kind and one.shift.id == shift_id), None)
    if option is None or visit.technician_id is None:
        raise RescueLost(visit.code)
    if option.kind is RescueKind.OVERTIME:
        option.shift.overtime_limit_minutes += LONGER_MINUTES
    place = _place(session, visit, now)
    consent = Consent(before=place, troubles=frozenset({"freeze"}), reason=f"radar: {kind}", by=by)
    wish = Wish(visit.id, shift_id, option.start_at)
    try:
        return carry_out_move(session, wish=wish, consent=consent, house=house, now=now)
    except (StalePlan, MoveImpossible) as trouble:
        raise RescueLost(visit.code) from trouble


def explain_unplaced(session: Session, *, visit: Visit, now: dt.datetime) -> tuple[Explanation, Names]:
    """Return why a visit without a window has no place, or which it could have, and how to say it.

    Raises VisitWithoutSite when its request does not say where or what.
    """
    opened = read_plan(session, area_id=visit.area_id, now=now, also=[visit])
    snapshot = opened.snapshot
    data = visit_data(snapshot, visit, deadline_at=deadline_of(session, request_id=visit.request_id))
    problem = replace(snapshot.problem, visits=(*snapshot.problem.visits, data))
    plan = replace(snapshot.plan, unplaced=(dispatch.UnplacedVisit(data.id, ""),))
    return explain(problem, plan, data.id), name_everybody(session, opened)


def name_everybody(session: Session, opened: OpenPlan) -> Names:
    """Return how the ids of a plan are said to the office: shifts by technician, visits by code."""
    shifts = _shifts(session, [shift.id for shift in opened.snapshot.problem.shifts])
    visits = _visits(session, [visit.id for visit in opened.snapshot.problem.visits])
    area = session.get_one(Area, opened.row.area_id)
    return Names(
        {key: shift.technician.name for key, shift in shifts.items()},
        {key: visit.code for key, visit in visits.items()},
        opened.snapshot.instant,
        area.time_zone,
    )


def _assess(session: Session, opened: OpenPlan, *, area_id: int, now: dt.datetime) -> Sequence[VisitRisk]:
    spreads = _spreads(opened, learn_spreads(session, area_id=area_id, before=now))
    return assess(opened.snapshot.problem, opened.snapshot.plan, spreads=spreads, samples=SAMPLES).visits


def _spreads(opened: OpenPlan, learnt: LearntSpreads) -> Spreads:
    by_visit = {
        visit.id: learnt.duration_of(fault=None, skill=next(iter(visit.skills), None))
        for visit in opened.snapshot.problem.visits
    }
    return Spreads(learnt.duration, learnt.travel, durations_by_visit=by_visit)


def _option(
    rescue: Rescue, key: str, opened: OpenPlan, visits: dict[str, Visit], shifts: dict[str, Shift]
) -> RescueOption:
    start = next(stop.start_seconds for route in rescue.plan.routes for stop in route.stops if stop.visit_id == key)
    return RescueOption(
        rescue.kind,
        shifts[rescue.shift_id],
        opened.snapshot.instant(start),
        rescue.risk_before,
        rescue.risk_after,
        rescue.expected_broken_before,
        rescue.expected_broken_after,
        round(rescue.extra_cost_cents),
        [visits[told] for told in rescue.told_visit_ids if told in visits],
    )


def _place(session: Session, visit: Visit, now: dt.datetime) -> Place:
    place = place_of(read_plan(session, area_id=visit.area_id, now=now), visit_key(visit.id))
    if place is None:
        raise RescueLost(visit.code)
    return place


def _visits(session: Session, keys: Sequence[str]) -> dict[str, Visit]:
    ids = {id_in_key(key) for key in keys if key.startswith("visit:")}
    wanted = select(Visit).where(Visit.id.in_(ids)).options(joinedload(Visit.request).options(*request_parts()))
    return {visit_key(visit.id): visit for visit in session.scalars(wanted)}


def _shifts(session: Session, shift_ids: Sequence[str]) -> dict[str, Shift]:
    ids = {int(shift_id) for shift_id in shift_ids}
    wanted = select(Shift).where(Shift.id.in_(ids)).options(joinedload(Shift.technician))
    return {str(shift.id): shift for shift in session.scalars(wanted)}


def list_unplaced(session: Session, *, area_id: int) -> Sequence[Visit]:
    """Return the visits that wait for a window, the most urgent first."""
    return session.scalars(
        select(Visit)
        .join(ServiceRequest)
        .where(Visit.area_id == area_id, Visit.state.in_(["draft", "offered"]), ServiceRequest.state == "open")
        .order_by(ServiceRequest.priority.desc(), ServiceRequest.opened_at)
        .options(joinedload(Visit.request).options(*request_parts()))
    ).all()
