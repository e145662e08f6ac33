"""A technician's route on the telephone: today's stops by a signed link, no login (D10, D11)."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from models import Shift, Visit
from operations.day.route_visits import PlannedVisit, list_route_visits
from operations.foundation.figures import figures_at
from operations.foundation.links import LinkNotValid, open_link
from operations.telephone.visit_calls import can_call_customer
from policies.figures import Figures
from policies.roles import LinkPurpose
from policies.visit_states import ENDED, VisitState
from web.foundation.access import public
from web.foundation.security import allow_compiled_code, allow_devices
from web.foundation.services import now, services
from web.layout.wrong_links import refuse_link
from web.links.field_day import read_pick_ups
from web.wording.sentences import in_language, say, use_language
from web.wording.words import clock_time, day_name

route_page = Blueprint("route_page", __name__, url_prefix="/r")

# What a technician can report next, and the digit that says so by SMS (policies/technician_replies.py).
NEXT_REPORTS: dict[VisitState, tuple[tuple[str, str], ...]] = {
    VisitState.DISPATCHED: (("accept", "1"), ("decline", "9")),
    VisitState.ACKNOWLEDGED: (("on_the_way", "2"), ("decline", "9")),
    VisitState.EN_ROUTE: (("arrived", "3"),),
    VisitState.ON_SITE: (("done", "4"),),
}

REASON_FOLLOWS = {"decline": "%20"}
"""What a tap leaves behind the code where he should go on writing: why he cannot go."""


@dataclass(frozen=True, slots=True)
class Report:
    """An answer that a tap writes into an SMS."""

    name: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class StopCard:
    """One stop as the technician sees it."""

    position: int
    code: str
    state: str
    starts: str
    window: str
    customer: str
    address: str
    product: str
    serial: str
    fault: str
    note: str
    map_href: str
    reports: list[Report]
    can_call: bool
    is_done: bool
    pick_ups: list[dict[str, Any]]


@route_page.get("/<secret>")
@public(because="the link itself is the key: 72 random bits, one shift, expires")
def show(secret: str) -> ResponseReturnValue:
    """The stops of the shift this link was made for."""
    try:
        with services().database.reading() as session:
            shift_id = open_link(session, secret=secret, purpose=LinkPurpose.ROUTE, now=now())
            page = _render(session, session.get_one(Shift, shift_id), secret)
    except LinkNotValid:
        return refuse_link()
    allow_devices("camera", "geolocation")
    allow_compiled_code()
    response = make_response(page)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _render(session: Session, shift: Shift, secret: str) -> str:
    technician = shift.technician
    use_language(technician.language)
    zone = ZoneInfo(technician.area.time_zone)
    figures = figures_at(session, now())
    planned = enumerate(list_route_visits(session, shift=shift), 1)
    pick_ups = read_pick_ups(session, shift, zone)
    stops = [_card(position, stop, zone, figures, pick_ups.get(stop.visit.id, [])) for position, stop in planned]
    return render_template(
        "route.html",
        secret=secret,
        technician=in_language(technician, "name"),
        number=technician.number,
        on=day_name(shift.starts_at.astimezone(zone).date()),
        hours=f"{clock_time(shift.starts_at, zone)}–{clock_time(shift.ends_at, zone)}",
        stops=stops,
        said=said if (said := request.args.get("said", "")) in {"rings", "cannot_call"} else "",
        current=next((stop.position for stop in stops if not stop.is_done), 0),
        hotline=services().house.hotline_number,
        seen=clock_time(now(), zone),
    )


def _card(
    position: int, stop: PlannedVisit, zone: ZoneInfo, figures: Figures, pick_ups: list[dict[str, Any]]
) -> StopCard:
    visit, request_of = stop.visit, stop.visit.request
    site, asset = request_of.site, request_of.asset
    address = in_language(site, "address") if site else ""
    return StopCard(
        position=position,
        code=visit.code,
        state=str(visit.state),
        starts=clock_time(stop.starts_at, zone),
        window=_window(visit.window_from_at, visit.window_until_at, zone),
        customer=in_language(request_of.customer, "name") if request_of.customer else "",
        address=address,
        product=in_language(asset.product, "name") if asset else "",
        serial=asset.serial if asset else "",
        fault=in_language(request_of.fault_category, "name") if request_of.fault_category else "",
        note=request_of.note,
        map_href=f"geo:{site.latitude},{site.longitude}?q={quote(address)}" if site else "",
        reports=_reports(visit),
        can_call=can_call_customer(visit, now=now(), figures=figures),
        is_done=visit.state in ENDED,
        pick_ups=pick_ups,
    )


def _reports(visit: Visit) -> list[Report]:
    number = services().house.hotline_number
    return [
        Report(name, f"{digit}{visit.code}", f"sms:{number}?&body={digit}{visit.code}{REASON_FOLLOWS.get(name, '')}")
        for name, digit in NEXT_REPORTS.get(visit.state, ())
    ]


def _window(from_at: dt.datetime | None, until_at: dt.datetime | None, zone: ZoneInfo) -> str:
    return f"{clock_time(from_at, zone)}–{clock_time(until_at, zone)}" if from_at and until_at else say("route.open")
