"""Write the demo city's requests through the operations the doors use: past ones as history, open ones with windows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from cli.demo_city.shapes import CityRequest, PastVisit
from models import Area, Asset, FaultCategory, ServiceRequest, Shift, SlotHold, Technician, Visit
from operations.clocks.commitments import request_subject
from operations.dispatching.bookings import commit_hold
from operations.dispatching.offers import offer_windows
from operations.dispatching.routes import tell_route
from operations.fieldwork.visits import draft_visit
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.matters.requests import close_request, open_request
from operations.matters.visit_counts import count_visits
from policies.channels import Channel
from policies.request_states import RequestState, move_request
from policies.visit_states import VisitState

ACTOR = "demo"
WAKING_HOURS = range(7, 22)


class Openings:
    """Opens requests about assets and faults by their codes, which are looked up once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        assets = select(Asset).options(joinedload(Asset.customer), joinedload(Asset.site))
        self._assets = {asset.serial: asset for asset in session.scalars(assets)}
        self._faults = {fault.code: fault for fault in session.scalars(select(FaultCategory))}

    def open(self, request: CityRequest) -> ServiceRequest:
        """Open one request at the instant it was made."""
        return open_request(
            self._session,
            channel=Channel.DEMO,
            language=request.language,
            opened_at=request.opened_at,
            now=request.opened_at,
            answered_by=ACTOR,
            contact_phone=request.contact_phone,
            asset=self._assets[request.serial],
            fault_category=self._faults[request.fault],
        )


def load_history(session: Session, requests: Iterable[CityRequest]) -> None:
    """Write the past requests with their visits and every event of theirs; nobody is sent anything."""
    openings = Openings(session)
    team = {technician.number: technician for technician in session.scalars(select(Technician))}
    for past in requests:
        request = openings.open(past)
        if past.close_reason is None or past.closed_at is None:
            continue
        if past.visit is not None:
            _write_past_visit(session, request, past.visit, team[past.visit.technician])
        close_request(session, request=request, reason=past.close_reason, now=past.closed_at, source=ACTOR, actor=ACTOR)


def book_open_requests(
    session: Session,
    requests: Iterable[CityRequest],
    *,
    time_zone: str,
    house: House,
    now: dt.datetime,
    on_booked: Callable[[], None] = lambda: None,
) -> list[ServiceRequest]:
    """Open the requests, and promise each a window that was offered; return those for which there was none.

    Those for whom the fewest technicians will do choose first. `on_booked` is called after each request.
    """
    openings = Openings(session)
    opened = sorted((openings.open(request) for request in requests), key=_by_scarcity)
    left_open = []
    for request in opened:
        visit = draft_visit(session, request=request)
        offer = offer_windows(session, visit=visit, now=now)
        if offer.holds:
            hold = _choose(offer.holds, time_zone)
            commit_hold(session, hold=hold, house=house, now=now, source=ACTOR, actor=ACTOR)
        else:
            left_open.append(request)
        on_booked()
    return left_open


def tell_published_shifts(session: Session, *, area: Area, house: House, now: dt.datetime) -> int:
    """Tell the technicians whose shifts the last morning's publication covered; return how many visits they heard of.

    Whoever is at work when the demo begins has his route already, and later bookings reach him as differences.
    """
    zone = ZoneInfo(area.time_zone)
    hour, minute = (int(part) for part in figures_at(session, now).publish_at_local.split(":"))
    published_at = now.astimezone(zone).replace(hour=hour, minute=minute, second=0, microsecond=0)
    if published_at > now:
        published_at -= dt.timedelta(days=1)
    shifts = session.scalars(
        select(Shift)
        .join(Technician)
        .where(
            Technician.area_id == area.id,
            Shift.ends_at > now,
            Shift.starts_at < published_at + dt.timedelta(days=1),
        )
        .order_by(Shift.starts_at, Shift.id)
    )
    return sum(tell_route(session, shift=shift, house=house, now=now) for shift in shifts)


def _by_scarcity(request: ServiceRequest) -> tuple[int, dt.datetime]:
    return -request.fault_category.skill_level if request.fault_category else 0, request.opened_at


def _choose(holds: Sequence[SlotHold], time_zone: str) -> SlotHold:
    """Choose as people do: inside the commitment, not at night; among those, what keeps the technicians near."""

    def is_unwanted(hold: SlotHold) -> bool:
        return hold.window_from_at.astimezone(ZoneInfo(time_zone)).hour not in WAKING_HOURS

    return min(holds, key=lambda hold: (not hold.is_inside_commitment, is_unwanted(hold), hold.extra_cost_cents))


def _write_past_visit(session: Session, request: ServiceRequest, past: PastVisit, technician: Technician) -> Visit:
    visit = draft_visit(session, request=request)
    visit.state = VisitState.COMPLETED
    visit.technician_id = technician.id
    visit.window_from_at = visit.first_window_from_at = past.window_from_at
    visit.window_until_at = visit.first_window_until_at = past.window_until_at
    visit.arrived_at, visit.completed_at = past.arrived_at, past.completed_at
    request.state = move_request(request.state, RequestState.BOOKED)
    window = {"from": past.window_from_at.isoformat(), "until": past.window_until_at.isoformat()}
    _record(session, visit, "window_promised", request.opened_at, ACTOR, window)
    _record(session, visit, "visit_arrived", past.arrived_at, technician.number, {"code": visit.code})
    _record(session, visit, "visit_completed", past.completed_at, technician.number, {"code": visit.code})
    count_visits(session, request=request)
    return visit


def _record(session: Session, visit: Visit, kind: str, at: dt.datetime, actor: str, facts: dict[str, str]) -> None:
    record_event(
        session,
        subject=request_subject(visit.request_id),
        kind=kind,
        occurred_at=at,
        recorded_at=at,
        source=ACTOR,
        actor=actor,
        facts={"visit": visit.id, **facts},
    )
