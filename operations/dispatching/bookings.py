"""Turn a held window into a promise, in one transaction against the live plan's current revision (DESIGN rule 6)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

import dispatch
from models import Shift, SlotHold, SlotOffer, Stop, ToldStop, Visit
from operations.clocks.commitments import deadline_of, request_subject
from operations.dispatching.routes import tell_changes, tell_if_published
from operations.foundation.events import record_event
from operations.foundation.house import House
from operations.messages.promises import confirm_promise
from operations.planning.crew import read_time_zone
from operations.planning.holds import expire_holds, free_holds_of
from operations.planning.live import OpenPlan, drop_stops, open_plan, save_plan
from operations.planning.live_plan import lock_live_plan
from operations.planning.rows import visit_key
from operations.planning.snapshot import visit_data, with_identity
from policies.offers import HoldState
from policies.request_states import RequestState, move_request
from policies.visit_states import PROMISED, STARTED, VisitState, move_visit


class WindowLost(RuntimeError):
    """The window is no longer held and nobody can keep it any more; offer others."""


class VisitAlreadyPromised(WindowLost):
    """The visit has another promised window already; moving it is not a booking."""


class PlanRefused(RuntimeError):
    """The planner's own check refuses the plan that a booking would leave behind; nothing was booked."""


def commit_hold(
    session: Session,
    *,
    hold: SlotHold,
    house: House,
    now: dt.datetime,
    source: str,
    actor: str,
    may_move: bool = False,
) -> Visit:
    """Promise the held window to its customer and return the booked visit.

    A hold that has run out is proven anew against the plan as it is now; if that fails, WindowLost. The other windows
    of the offer are freed. The confirmation is stored with the promise. Committing twice changes nothing. Another
    window of a visit that has its promise raises VisitAlreadyPromised, unless the customer asked for it (`may_move`)
    and nobody is on the way yet: then the old place is free from the same instant on.
    """
    visit = session.get_one(Visit, hold.offer.visit_id)
    lock_live_plan(session, area_id=visit.area_id, now=now)
    session.flush()
    session.refresh(hold)
    session.refresh(visit)
    if hold.state is HoldState.COMMITTED:
        return visit
    if visit.state in PROMISED and (visit.state in STARTED or not may_move):
        raise VisitAlreadyPromised(visit.code)
    expire_holds(session, area_id=visit.area_id, now=now)
    was_held = hold.state is HoldState.HELD
    # A held window was proven against the whole plan. Taking it times only those anew who had a part in the offer.
    concerned = _list_concerned(session, visit) if was_held else None
    left = _leave_place(session, visit)
    if was_held:
        _hand_over_stop(session, hold, visit)
    hold.state = HoldState.COMMITTED
    free_holds_of(session, visit=visit, now=now)
    visit.window_from_at, visit.window_until_at = hold.window_from_at, hold.window_until_at
    also = [] if was_held else [visit]
    opened = open_plan(session, area_id=visit.area_id, now=now, also=also, technicians=concerned)
    plan = opened.snapshot.plan if was_held else _place_anew(session, opened, visit)
    problem = opened.snapshot.problem
    if was_held:
        _refuse_if_broken(problem, plan, visit)
    save_plan(session, opened, plan, now=now)
    _book(session, visit, left, house=house, now=now, source=source, actor=actor)
    return visit


@dataclass(frozen=True, slots=True)
class _LeftPlace:
    """Where a visit was promised before its customer asked for another time."""

    shift: Shift
    window_from_at: dt.datetime | None


def _list_concerned(session: Session, visit: Visit) -> set[int]:
    """Return the technicians with a window held for this visit, or with the visit itself."""
    held = select(SlotHold.id).join(SlotOffer).where(SlotOffer.visit_id == visit.id)
    places = or_(Stop.visit_id == visit.id, Stop.hold_id.in_(held))
    return set(session.scalars(select(Shift.technician_id).join(Stop, Stop.shift_id == Shift.id).where(places)))


def _leave_place(session: Session, visit: Visit) -> _LeftPlace | None:
    """Take a promised visit out of its place; None for one that has no promise yet."""
    stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).one_or_none()
    if stop is None:
        return None
    left = _LeftPlace(session.get_one(Shift, stop.shift_id), visit.window_from_at)
    drop_stops(session, [stop])
    return left


def _hand_over_stop(session: Session, hold: SlotHold, visit: Visit) -> None:
    stop = session.scalars(select(Stop).where(Stop.hold_id == hold.id)).one()
    stop.hold_id, stop.visit_id = None, visit.id
    session.flush()
    session.expire(stop)


def _place_anew(session: Session, opened: OpenPlan, visit: Visit) -> dispatch.Plan:
    snapshot = opened.snapshot
    assert visit.window_from_at is not None  # noqa: S101 - commit_hold has just set both ends
    assert visit.window_until_at is not None  # noqa: S101
    window = dispatch.TimeWindow(snapshot.seconds(visit.window_from_at), snapshot.seconds(visit.window_until_at))
    data = visit_data(snapshot, visit, deadline_at=deadline_of(session, request_id=visit.request_id))
    quotes = dispatch.quote(snapshot.problem, snapshot.plan, data, (window,))
    if not quotes:
        raise WindowLost(f"{visit.window_from_at:%Y-%m-%d %H:%M}")
    placed = with_identity(data, key=visit_key(visit.id), window=window)
    _, plan = dispatch.insert(snapshot.problem, snapshot.plan, placed, quotes[0])
    return plan


def _refuse_if_broken(problem: dispatch.Problem, plan: dispatch.Plan, visit: Visit) -> None:
    key = visit_key(visit.id)
    violations = [v for v in dispatch.check(problem, plan) if v.visit_id == key]
    start = next((s.start_seconds for r in plan.routes for s in r.stops if s.visit_id == key), None)
    window = next(v.promised_window for v in problem.visits if v.id == key)
    is_kept = start is not None and window is not None and window.from_seconds - 1 <= start <= window.until_seconds + 1
    if violations or not is_kept:
        raise PlanRefused("; ".join(f"{v.rule}: {v.detail}" for v in violations) or f"start {start} outside {window}")


def _book(
    session: Session, visit: Visit, left: _LeftPlace | None, *, house: House, now: dt.datetime, source: str, actor: str
) -> None:
    stop = session.scalars(select(Stop).where(Stop.visit_id == visit.id)).one()
    if visit.state is not VisitState.BOOKED:
        visit.state = move_visit(visit.state, VisitState.BOOKED)
    shift = session.get_one(Shift, stop.shift_id)
    visit.technician_id = shift.technician_id
    visit.first_window_from_at = visit.first_window_from_at or visit.window_from_at
    visit.first_window_until_at = visit.first_window_until_at or visit.window_until_at
    if visit.request.state is RequestState.OPEN:
        visit.request.state = move_request(visit.request.state, RequestState.BOOKED)
    facts = {
        "visit": visit.id,
        "from": visit.window_from_at.isoformat() if visit.window_from_at else None,
        "until": visit.window_until_at.isoformat() if visit.window_until_at else None,
    }
    if left is not None:
        before = left.window_from_at.isoformat() if left.window_from_at else None
        facts |= {"instead_of": before, "reason": "customer"}
    event = record_event(
        session,
        subject=request_subject(visit.request_id),
        kind="window_promised" if left is None else "window_moved",
        occurred_at=now,
        recorded_at=now,
        source=source,
        actor=actor,
        facts=facts,
    )
    # The technician's name stands in the confirmation; the relationship still shows whoever came first.
    session.flush()
    session.expire(visit, ["technician"])
    cause = "" if left is None else f":{event.position}"
    time_zone = read_time_zone(session, area_id=visit.area_id)
    confirm_promise(session, visit=visit, time_zone=time_zone, cause=cause, house=house, now=now)
    if left is not None:
        _tell_move(session, visit, left.shift, shift, house=house, now=now)
    tell_if_published(session, shift_id=stop.shift_id, house=house, now=now)


def _tell_move(session: Session, visit: Visit, before: Shift, after: Shift, *, house: House, now: dt.datetime) -> None:
    shifts = [before] if before.id == after.id else [before, after]
    tell_changes(session, shifts=shifts, house=house, now=now)
    still_told = session.scalar(select(ToldStop.id).where(ToldStop.visit_id == visit.id))
    if still_told is not None and visit.state is VisitState.BOOKED:
        # A few minutes' difference is not worth a text: the technician still knows of the visit.
        visit.state = move_visit(visit.state, VisitState.DISPATCHED)
