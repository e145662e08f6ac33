"""Held windows that are no longer needed: free their places in the live plan (H5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from models import LivePlan, SlotHold, SlotOffer, Stop, Visit
from models.database_clock import WRONG_AHEAD
from operations.planning.live import drop_stops
from operations.planning.live_plan import lock_live_plan, take_step
from policies.offers import HoldState


def free_holds_of(session: Session, *, visit: Visit, now: dt.datetime) -> int:
    """Free every window still held for a visit; return how many there were."""
    return _release(session, area_id=visit.area_id, which=SlotOffer.visit_id == visit.id, now=now)


def has_holds() -> ColumnElement[bool]:
    """Tell in a query about visits whether a window is held for each."""
    held = select(SlotHold.id).join(SlotOffer).where(SlotOffer.visit_id == Visit.id, SlotHold.state == HoldState.HELD)
    return held.correlate(Visit).exists()


def expire_holds(session: Session, *, area_id: int, now: dt.datetime) -> int:
    """Free every held window of an area whose time is up; return how many there were.

    So is the time of one that was offered later than now, while the database's clock was ahead: its place would stay
    taken until that instant is reached again.
    """
    return _release(session, area_id=area_id, which=_ran_out(area_id, now), now=now)


def make_room(session: Session, *, visit: Visit, now: dt.datetime) -> int:
    """Free what is held for a visit and what has run out in its area; return how many windows there were."""
    return _release(session, area_id=visit.area_id, which=_in_the_way(visit, now), now=now)


def list_in_the_way(session: Session, *, visit: Visit, now: dt.datetime) -> Sequence[SlotHold]:
    """Return the windows that `make_room` would free."""
    session.flush()
    return _list_held(session, _in_the_way(visit, now))


def _in_the_way(visit: Visit, now: dt.datetime) -> ColumnElement[bool]:
    return (SlotOffer.visit_id == visit.id) | _ran_out(visit.area_id, now)


def _ran_out(area_id: int, now: dt.datetime) -> ColumnElement[bool]:
    is_over = (SlotHold.expires_at <= now) | (SlotOffer.offered_at > now + WRONG_AHEAD)
    return (Visit.area_id == area_id) & is_over


def free_holds(session: Session, holds: Sequence[SlotHold], *, plan: LivePlan, now: dt.datetime) -> int:
    """Free windows that are held in a plan, which has to be locked; return how many there were."""
    if not holds:
        return 0
    for hold in holds:
        hold.state = HoldState.EXPIRED if hold.expires_at <= now else HoldState.FREED
    drop_stops(session, session.scalars(select(Stop).where(Stop.hold_id.in_([hold.id for hold in holds]))).all())
    take_step(session, plan=plan, now=now)
    return len(holds)


def _release(session: Session, *, area_id: int, which: ColumnElement[bool], now: dt.datetime) -> int:
    session.flush()
    plan = lock_live_plan(session, area_id=area_id, now=now)
    return free_holds(session, _list_held(session, which), plan=plan, now=now)


def _list_held(session: Session, which: ColumnElement[bool]) -> Sequence[SlotHold]:
    held = select(SlotHold).join(SlotOffer).join(Visit, Visit.id == SlotOffer.visit_id)
    return session.scalars(held.where(SlotHold.state == HoldState.HELD, which)).all()
