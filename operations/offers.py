"""Offer a caller windows the planner has proven, each held while they choose; free what was not chosen (H5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

import dispatch
from models import Area, SlotHold, SlotOffer, Stop, Visit
from operations.commitments import deadline_of
from operations.planning.live import OpenPlan, drop_stops, open_plan, save_plan
from operations.planning.live_plan import lock_live_plan, take_step
from operations.planning.snapshot import hold_key, visit_data, with_identity
from policies.offers import HoldState, RankedWindow, Window, choose_windows, list_candidate_windows
from policies.visit_states import VisitState, move_visit


def offer_windows(session: Session, *, visit: Visit, now: dt.datetime, skip: Sequence[dt.datetime] = ()) -> SlotOffer:
    """Hold the best windows for a visit and return them; the offer has no holds when nothing at all fits.

    Windows that the visit was offered before are freed first. Each window is placed in the live plan on its own, so
    all that are read out can be kept at the same time. `skip` lists starts the caller does not want to hear again.
    """
    drop_holds_of(session, visit=visit, state=HoldState.FREED, now=now)
    expire_holds(session, area_id=visit.area_id, now=now)
    opened = open_plan(session, area_id=visit.area_id, now=now, also=[visit])
    offer = SlotOffer(request_id=visit.request_id, visit_id=visit.id, plan_revision=opened.row.revision, offered_at=now)
    session.add(offer)
    session.flush()
    deadline_at = deadline_of(session, request_id=visit.request_id)
    data = visit_data(opened.snapshot, visit, deadline_at=deadline_at)
    plan = _hold_best(session, opened, offer, data, skip=skip, deadline_at=deadline_at, now=now)
    if offer.holds:
        save_plan(session, opened, plan, now=now)
        if visit.state is VisitState.DRAFT:
            visit.state = move_visit(visit.state, VisitState.OFFERED)
    return offer


def _hold_best(
    session: Session,
    opened: OpenPlan,
    offer: SlotOffer,
    data: dispatch.Visit,
    *,
    skip: Sequence[dt.datetime],
    deadline_at: dt.datetime | None,
    now: dt.datetime,
) -> dispatch.Plan:
    """Add holds to `offer`, one window after the other, each proven against the plan with those before it."""
    problem, plan = opened.snapshot.problem, opened.snapshot.plan
    candidates = _candidates(session, opened, deadline_at=deadline_at, now=now)
    candidates = [window for window in candidates if window.from_at not in skip]
    while len(offer.holds) < opened.figures.offer_count:
        choice = _choose_next(session, opened, problem, plan, data, offer, candidates, deadline_at)
        if choice is None:
            break
        ranked, quoted = choice
        hold = SlotHold(
            offer=offer,
            position=len(offer.holds),
            window_from_at=ranked.window.from_at,
            window_until_at=ranked.window.until_at,
            is_inside_commitment=ranked.is_inside_commitment,
            extra_cost_cents=round(ranked.extra_cost_cents),
            state=HoldState.HELD,
            expires_at=now + dt.timedelta(minutes=opened.figures.hold_minutes),
        )
        session.add(hold)
        session.flush()
        held = with_identity(data, key=hold_key(hold.id), window=quoted.window)
        problem, plan = dispatch.insert(problem, plan, held, quoted)
    offer.holds.sort(key=lambda hold: hold.window_from_at)
    for position, hold in enumerate(offer.holds):
        hold.position = position
    return plan


def _choose_next(
    session: Session,
    opened: OpenPlan,
    problem: dispatch.Problem,
    plan: dispatch.Plan,
    data: dispatch.Visit,
    offer: SlotOffer,
    candidates: Sequence[Window],
    deadline_at: dt.datetime | None,
) -> tuple[RankedWindow, dispatch.QuotedWindow] | None:
    """Quote every candidate against the plan as it now is and return the one to hold next, if any is left."""
    snapshot, figures = opened.snapshot, opened.figures
    asked = {dispatch.TimeWindow(snapshot.seconds(w.from_at), snapshot.seconds(w.until_at)): w for w in candidates}
    quotes = {asked[q.window]: q for q in dispatch.quote(problem, plan, data, tuple(asked))}
    ranked = [
        RankedWindow(window, q.extra_cost_cents, deadline_at is None or window.until_at <= deadline_at)
        for window, q in quotes.items()
    ]
    area = session.get_one(Area, opened.row.area_id)
    wanted = choose_windows(
        ranked,
        count=figures.offer_count,
        time_zone=area.time_zone,
        night_from_hour=figures.night_from_hour,
        night_until_hour=figures.night_until_hour,
    )
    taken = {hold.window_from_at for hold in offer.holds}
    best = next((r for r in wanted if r.window.from_at not in taken), None)
    return None if best is None else (best, quotes[best.window])


def _candidates(
    session: Session, opened: OpenPlan, *, deadline_at: dt.datetime | None, now: dt.datetime
) -> list[Window]:
    figures = opened.figures
    area = session.get_one(Area, opened.row.area_id)
    horizon = now + dt.timedelta(hours=figures.horizon_hours)
    until = min(horizon, (deadline_at or now) + dt.timedelta(hours=figures.offer_beyond_hours))
    return list(
        list_candidate_windows(
            now=now,
            until=until,
            lead_minutes=figures.offer_lead_minutes,
            window_minutes=figures.window_minutes,
            time_zone=area.time_zone,
        )
    )


def drop_holds_of(session: Session, *, visit: Visit, state: HoldState, now: dt.datetime) -> int:
    """Free every window still held for a visit, as `state`; return how many there were."""
    plan = lock_live_plan(session, area_id=visit.area_id, now=now)
    holds = session.scalars(
        select(SlotHold).join(SlotOffer).where(SlotOffer.visit_id == visit.id, SlotHold.state == HoldState.HELD)
    ).all()
    _release(session, holds, state)
    if holds:
        take_step(session, plan=plan, now=now)
    return len(holds)


def expire_holds(session: Session, *, area_id: int, now: dt.datetime) -> int:
    """Free every held window of an area whose time is up; return how many there were."""
    plan = lock_live_plan(session, area_id=area_id, now=now)
    holds = session.scalars(
        select(SlotHold)
        .join(SlotOffer)
        .join(Visit, Visit.id == SlotOffer.visit_id)
        .where(Visit.area_id == area_id, SlotHold.state == HoldState.HELD, SlotHold.expires_at <= now)
        .options(joinedload(SlotHold.offer))
    ).all()
    _release(session, holds, HoldState.EXPIRED)
    if holds:
        take_step(session, plan=plan, now=now)
    return len(holds)


def _release(session: Session, holds: Sequence[SlotHold], state: HoldState) -> None:
    for hold in holds:
        hold.state = state
    drop_stops(session, session.scalars(select(Stop).where(Stop.hold_id.in_([hold.id for hold in holds]))).all())
