"""Tell technicians their day: the whole route once, then only differences, never the same thing twice (D10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import LivePlan, ServiceRequest, Shift, Stop, Technician, ToldStop, Visit
from models.customer import Asset
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.foundation.links import make_route_link
from operations.parts.pick_up_messages import tell_pick_ups
from outbox.enqueue import enqueue_message
from outbox.templates import Template
from outbox.texts import template_at
from outbox.words import load_words, name_in, write_time
from policies.languages import Language
from policies.publication import last_publication_at
from policies.route_changes import ChangeKind, RouteChange, list_route_changes
from policies.visit_states import STARTED, VisitState, move_visit

DAY = dt.timedelta(hours=24)
_CHANGEABLE = {VisitState.BOOKED, VisitState.DISPATCHED, VisitState.ACKNOWLEDGED, VisitState.CANCELLED}
"""States in which a technician who knows of the visit can still be told otherwise."""
_TOLD = {VisitState.DISPATCHED, VisitState.ACKNOWLEDGED}


def tell_route(session: Session, *, shift: Shift, house: House, now: dt.datetime) -> int:
    """Send a technician everything the plan holds for a shift, and mark its visits dispatched; return the count.

    One message: first stop, number of stops, link. A shift without stops is not worth a message.
    """
    stops = list_stops(session, shift_id=shift.id)
    fresh = [stop for stop in stops if stop.visit is not None and stop.visit.state is VisitState.BOOKED]
    if not fresh:
        return 0
    if _told(session, shift.technician_id, shift.id):
        return tell_changes(session, shifts=[shift], house=house, now=now)
    for stop in fresh:
        _mark_told(session, stop, shift, now)
    first = fresh[0]
    link = make_route_link(session, shift=shift, house=house, now=now)
    values = {"count": len(fresh), "link": link, **_stop_values(first, shift.technician, "first_time")}
    _send(session, shift, "route_published", values, event=f"shift:{shift.id}:route", now=now)
    tell_pick_ups(session, technician_id=shift.technician_id, now=now)
    return len(fresh)


def tell_if_published(session: Session, *, shift_id: int, house: House, now: dt.datetime) -> int:
    """Tell what has changed in one shift, if its day is out already; return how many visits or changes were told.

    A technician who had no stop when the day was published hears of his first one now, and so does whoever is at work.
    """
    shift = session.get_one(Shift, shift_id)
    told = _told(session, shift.technician_id, shift.id)
    if not told:
        return tell_route(session, shift=shift, house=house, now=now) if _is_published(session, shift, now) else 0
    difference = _find_difference(session, shift, told, now)
    return _tell_differences(session, [difference] if difference else [], house=house, now=now)


def tell_changes(session: Session, *, shifts: Sequence[Shift], house: House, now: dt.datetime) -> int:
    """Send each technician the difference between what he was told and the plan; return the number of changes.

    Shifts nobody has been told about wait for their publication. A visit that goes from one technician to another is
    a removal for the one and an addition for the other, whatever the order of `shifts`.
    """
    told = [(shift, _told(session, shift.technician_id, shift.id)) for shift in shifts]
    found = [_find_difference(session, shift, rows, now) for shift, rows in told if rows]
    return _tell_differences(session, [one for one in found if one is not None], house=house, now=now)


def list_stops(session: Session, *, shift_id: int) -> Sequence[Stop]:
    """Return a shift's stops that are visits, in the order of the plan."""
    return session.scalars(
        select(Stop)
        .where(Stop.shift_id == shift_id, Stop.visit_id.is_not(None))
        .order_by(Stop.planned_start_at, Stop.id)
        .options(
            joinedload(Stop.visit).joinedload(Visit.request).joinedload(ServiceRequest.site),
            joinedload(Stop.visit).joinedload(Visit.request).joinedload(ServiceRequest.asset).joinedload(Asset.product),
        )
    ).all()


@dataclass(frozen=True, slots=True)
class _Difference:
    shift: Shift
    changes: tuple[RouteChange, ...]
    texts: list[str]
    removed: list[ToldStop]
    added_or_retimed: list[Stop]


def _tell_differences(session: Session, found: Sequence[_Difference], *, house: House, now: dt.datetime) -> int:
    for difference in found:
        for row in difference.removed:
            _take_back(session, row)
    session.flush()
    for difference in found:
        for stop in difference.added_or_retimed:
            _mark_told(session, stop, difference.shift, now)
    session.flush()
    for difference in found:
        _send_difference(session, difference, house=house, now=now)
    return sum(len(difference.changes) for difference in found)


def _find_difference(session: Session, shift: Shift, told: dict[int, ToldStop], now: dt.datetime) -> _Difference | None:
    by_visit = {s.visit_id: s for s in list_stops(session, shift_id=shift.id) if s.visit_id is not None}
    planned = {
        visit_id: stop.planned_start_at
        for visit_id, stop in by_visit.items()
        if stop.visit is not None and stop.visit.state not in STARTED
    }
    open_told = {visit_id: row.planned_start_at for visit_id, row in told.items() if row.visit.state in _CHANGEABLE}
    changes = list_route_changes(told=open_told, planned=planned)
    if not changes:
        return None
    technician = shift.technician
    templates = {
        change.kind: template_at(session, f"change_{change.kind}", technician.language, at=now) for change in changes
    }
    return _Difference(
        shift,
        changes,
        [_describe(change, templates[change.kind], by_visit, told, technician) for change in changes],
        [told[change.visit_id] for change in changes if change.kind is ChangeKind.REMOVED],
        [by_visit[change.visit_id] for change in changes if change.kind is not ChangeKind.REMOVED],
    )


def _send_difference(session: Session, difference: _Difference, *, house: House, now: dt.datetime) -> None:
    shift = difference.shift
    separator = load_words(shift.technician.language)["list_separator"]
    link = make_route_link(session, shift=shift, house=house, now=now)
    # Each change of the plan is a revision of its own: nothing is told twice, and no second change is taken for it.
    plan = session.get_one(LivePlan, shift.technician.area_id)
    event = f"shift:{shift.id}:change:{plan.revision}"
    values: dict[str, object] = {"changes": separator.join(difference.texts), "link": link}
    _send(session, shift, "route_changed", values, event=event, now=now)
    tell_pick_ups(session, technician_id=shift.technician_id, now=now)


def _is_published(session: Session, shift: Shift, now: dt.datetime) -> bool:
    """Tell whether a shift has begun or its day has gone out, be it that nobody had a stop then or has one now."""
    area = shift.technician.area
    published_at = last_publication_at(
        now, time_zone=area.time_zone, at_local=figures_at(session, now).publish_at_local
    )
    if shift.starts_at <= now or shift.starts_at >= published_at + DAY:
        return shift.starts_at <= now
    plan = session.get(LivePlan, area.id)
    if plan is not None and plan.day_told_at is not None and plan.day_told_at >= published_at:
        return True
    told = (
        select(ToldStop.id)
        .join(Shift, Shift.id == ToldStop.shift_id)
        .join(Technician, Technician.id == Shift.technician_id)
        .where(Technician.area_id == area.id, Shift.starts_at >= published_at, Shift.starts_at < published_at + DAY)
    )
    return session.scalar(told.limit(1)) is not None


def _told(session: Session, technician_id: int, shift_id: int) -> dict[int, ToldStop]:
    rows = session.scalars(
        select(ToldStop)
        .where(ToldStop.technician_id == technician_id, ToldStop.shift_id == shift_id)
        .options(joinedload(ToldStop.visit))
    )
    return {row.visit_id: row for row in rows}


def _take_back(session: Session, row: ToldStop) -> None:
    """Forget that a technician was told; whoever gets the visit next has not accepted it yet."""
    if row.visit.state in _TOLD:
        row.visit.state = move_visit(row.visit.state, VisitState.BOOKED)
    session.delete(row)


def _mark_told(session: Session, stop: Stop, shift: Shift, now: dt.datetime) -> None:
    visit = stop.visit
    if visit is None:
        return
    row = session.scalars(select(ToldStop).where(ToldStop.visit_id == visit.id)).one_or_none()
    row = row or ToldStop(visit_id=visit.id)
    row.technician_id, row.shift_id = shift.technician_id, shift.id
    row.planned_start_at, row.told_at = stop.planned_start_at, now
    row.called_at = row.escalated_at = None
    session.add(row)
    visit.technician_id = shift.technician_id
    if visit.state is VisitState.BOOKED:
        visit.state = move_visit(visit.state, VisitState.DISPATCHED)


def _describe(
    change: RouteChange,
    template: Template,
    stops: dict[int, Stop],
    told: dict[int, ToldStop],
    technician: Technician,
) -> str:
    if change.kind is ChangeKind.REMOVED:
        return template.fill({"code": told[change.visit_id].visit.code})
    return template.fill(_stop_values(stops[change.visit_id], technician, "time"))


def _stop_values(stop: Stop, technician: Technician, time_name: str) -> dict[str, str]:
    visit = stop.visit
    if visit is None or visit.request.site is None:
        return {}
    site, asset = visit.request.site, visit.request.asset
    in_english = technician.language is Language.EN
    product = "" if asset is None else name_in(asset.product, technician.language)
    return {
        "code": visit.code,
        time_name: write_time(stop.planned_start_at, time_zone=site.time_zone),
        "address": site.address_en if in_english else site.address,
        "product": product,
    }


def _send(
    session: Session, shift: Shift, template: str, values: dict[str, object], *, event: str, now: dt.datetime
) -> None:
    technician = shift.technician
    hours = figures_at(session, now).message_expiry_hours
    enqueue_message(
        session,
        event=event,
        recipient=f"technician:{technician.id}",
        to_number=technician.phone,
        language=technician.language,
        template=template,
        values=values,
        now=now,
        expires_at=now + dt.timedelta(hours=hours),
    )
