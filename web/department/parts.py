"""The parts keeper's page: wishes, shortages, what is on its way, what lies where (P1, P2, P5)."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import PartOrder, Requisition, StockLevel
from operations.day.day import find_area
from operations.parts.part_orders import (
    Shortage,
    list_dead_stock,
    list_orders,
    list_shortages,
    order_shortages,
    receive_order,
)
from operations.parts.part_supply import VisitPart, list_visit_parts
from operations.parts.pick_up_messages import tell_pick_ups, tell_refused_wish
from operations.parts.requisitions import decide_requisition, issue_requisition, list_requisitions
from operations.parts.stock_levels import MOST_LEVELS, find_levels
from web.foundation.access import STORE, STOREKEEPERS, for_roles
from web.foundation.services import now, services
from web.layout.tables import carry_out, local
from web.requests.part_words import PART_REFUSALS, SOURCE_TONES, source_words
from web.wording.sentences import in_language
from web.wording.words import Tone, instant

parts = Blueprint("parts", __name__, url_prefix="/parts")
LONGEST_SEARCH = 60
MOST_UNITS = 100_000


@dataclass(frozen=True, slots=True)
class RequisitionRow:
    """A wish that waits."""

    id: int
    since: str
    who: str
    from_place: str
    to_place: str
    lines: list[str]
    state: str


@dataclass(frozen=True, slots=True)
class LevelRow:
    """So many units in one place; `missing` to order."""

    place: str
    place_code: str
    number: str
    name: str
    units: int
    reorder_point: int
    missing: int = 0


@dataclass(frozen=True, slots=True)
class KeptRow:
    """Parts kept for a visit to come, and where they come from."""

    request: str
    visit: str
    window: str
    technician: str
    number: str
    name: str
    units: int
    is_required: bool
    source: str
    tone: str


@dataclass(frozen=True, slots=True)
class OrderRow:
    """Parts on their way."""

    id: int
    number: str
    name: str
    units: int
    place: str
    expected: str
    is_overdue: bool


@parts.get("")
@for_roles(STORE)
def show() -> ResponseReturnValue:
    """Everything about parts; the search finds what lies where."""
    search = request.args.get("q", "")[:LONGEST_SEARCH].strip()
    with services().database.reading() as session:
        area = find_area(session, code=None)
        zone = ZoneInfo(area.time_zone if area else "UTC")
        page = {
            "requisitions": [_requisition(one, zone) for one in list_requisitions(session)],
            "shortages": [_shortage(one) for one in list_shortages(session)],
            "orders": [_order(one, zone) for one in list_orders(session)],
            "levels": [_level(one) for one in find_levels(session, search=search)],
            "kept": [_kept(one, zone) for one in list_visit_parts(session, now=now())],
            "dead": [_level(one) for one in list_dead_stock(session, now=now())],
        }
    may_act = current_user.role in STOREKEEPERS
    return render_template("stock.html", search=search, may_act=may_act, most=MOST_LEVELS, **page)


@parts.post("/requisitions/<int:requisition_id>/<decision>")
@for_roles(STOREKEEPERS)
def decide(requisition_id: int, decision: str) -> ResponseReturnValue:
    """Approve, refuse or issue a requisition."""
    if decision not in {"approve", "refuse", "issue"}:
        abort(404)

    def act(session: Session) -> None:
        requisition = session.get(Requisition, requisition_id) or abort(404)
        if decision == "issue":
            issue_requisition(session, requisition=requisition, by=current_user.name, now=now())
        else:
            is_approved = decision == "approve"
            decide_requisition(
                session, requisition=requisition, is_approved=is_approved, by=current_user.name, now=now()
            )
            if is_approved:
                tell_pick_ups(session, technician_id=requisition.to_place.technician_id, now=now())
            else:
                tell_refused_wish(session, requisition=requisition, house=services().house, now=now())

    return _act(act)


@parts.post("/orders/<int:order_id>")
@for_roles(STOREKEEPERS)
def receive(order_id: int) -> ResponseReturnValue:
    """An order has arrived: so many units."""
    units = request.form.get("units", type=int) or 0

    def act(session: Session) -> None:
        order = session.get(PartOrder, order_id) or abort(404)
        if not 1 <= units <= MOST_UNITS:
            abort(400)
        receive_order(session, order=order, quantity=units, by=current_user.name, now=now())

    return _act(act)


@parts.post("/shortages")
@for_roles(STOREKEEPERS)
def order_all() -> ResponseReturnValue:
    """Order everything that runs low in a warehouse."""
    return _act(lambda session: order_shortages(session, by=current_user.name, now=now()))


def _act(act: Callable[[Session], object]) -> ResponseReturnValue:
    return carry_out(act, refusals=PART_REFUSALS, back_to=url_for("web.parts.show"))


def _requisition(one: Requisition, zone: ZoneInfo) -> RequisitionRow:
    return RequisitionRow(
        one.id,
        _at(one.requested_at, zone),
        one.requested_by,
        in_language(one.from_place, "name"),
        in_language(one.to_place, "name"),
        [f"{line.quantity} × {line.part.number} {in_language(line.part, 'name')}" for line in one.lines],
        str(one.state),
    )


def _level(level: StockLevel, missing: int = 0) -> LevelRow:
    return LevelRow(
        in_language(level.place, "name"),
        level.place.code,
        level.part.number,
        in_language(level.part, "name"),
        level.quantity,
        level.reorder_point,
        missing,
    )


def _shortage(short: Shortage) -> LevelRow:
    return _level(short.level, short.missing)


def _kept(one: VisitPart, zone: ZoneInfo) -> KeptRow:
    row = one.reservation
    return KeptRow(
        row.visit.request.number,
        row.visit.code,
        local(row.visit.window_from_at, zone),
        in_language(row.visit.technician, "name") if row.visit.technician else "",
        row.part.number,
        in_language(row.part, "name"),
        row.quantity,
        row.is_required,
        source_words(one, zone),
        SOURCE_TONES.get(one.source, Tone.CALM),
    )


def _order(order: PartOrder, zone: ZoneInfo) -> OrderRow:
    return OrderRow(
        order.id,
        order.part.number,
        in_language(order.part, "name"),
        order.quantity,
        in_language(order.place, "name"),
        _at(order.expected_at, zone),
        order.expected_at < now(),
    )


def _at(at: dt.datetime, zone: ZoneInfo) -> str:
    return instant(at, zone, today=now().astimezone(zone).date())
