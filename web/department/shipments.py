"""Parcels that have not come, with what to do about each (P3, H10)."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ParcelClaim, ServiceRequest, Shipment
from operations.aftercare.parcel_claims import list_claims
from operations.aftercare.shipments import (
    ParcelNotSentAgain,
    TrackingNumberMissing,
    TrackingNumberTaken,
    find_next_step,
    list_open_shipments,
    make_shipment,
    note_sightings,
    send_again,
)
from policies.shipments import PROBLEMS, SENDABLE_AGAIN, NextStep, ShipmentDirection, ShipmentState, Sighting
from web.department.parcel_claims import claims_table, list_parcel_acts
from web.forms.form_fields import Refusals, known, read_choice, read_day, read_text
from web.foundation.access import HANDLERS, STORE, for_roles
from web.foundation.services import now, services
from web.layout.tables import (
    Act,
    Cell,
    Field,
    Mark,
    Row,
    Table,
    carry_out,
    house_zone,
    local,
    request_cell,
    show_tables,
)
from web.wording.sentences import in_language, say
from web.wording.words import Tone

shipments = Blueprint("shipments", __name__, url_prefix="/shipments")
REFUSALS: Refusals = {
    TrackingNumberTaken: "shipments.number_taken",
    TrackingNumberMissing: "shipments.number_missing",
    ParcelNotSentAgain: "shipments.not_again",
}
COLUMNS = ("request", "customer", "direction", "courier", "contents", "made", "expected", "state", "next_step")
SEEN = [state for state in ShipmentState if state is not ShipmentState.PREPARED]


@shipments.get("")
@for_roles(STORE)
def show() -> ResponseReturnValue:
    """Every parcel on its way or in trouble, what is claimed from couriers, and a form for a new parcel."""
    with services().database.reading() as session:
        zone = house_zone(session)
        parcels = list_open_shipments(session)
        claims = list_claims(session, shipment_ids=[one.id for one in parcels])
        steps = {one.id: find_next_step(session, shipment=one, now=now()) for one in parcels}
        rows = [
            _row(session, one, zone, step=steps[one.id], claim=claims.get(one.id))
            for one in parcels
            if not (one.state in PROBLEMS and steps[one.id] is NextStep.NOTHING)
        ]
        claimed = claims_table(session, zone)
    headers = [say(f"shipments.{name}") for name in COLUMNS]
    forms = (_new_form(),) if current_user.role in HANDLERS else ()
    table = Table("shipments", say("shipments.title"), headers, rows, say("shipments.none"), forms)
    return show_tables(title=say("nav.shipments"), tables=[table, claimed])


@shipments.post("")
@for_roles(HANDLERS)
def make() -> ResponseReturnValue:
    """A parcel is prepared."""

    def act(session: Session) -> None:
        number = read_text("number", is_required=True).replace(" ", "")
        found = session.scalars(select(ServiceRequest).where(ServiceRequest.number == number)).one_or_none()
        make_shipment(
            session,
            request=known(found, "number"),
            direction=read_choice("direction", ShipmentDirection),
            courier=read_text("courier", longest=40, is_required=True),
            contents=read_text("contents", longest=200, is_required=True),
            by=current_user.name,
            now=now(),
            tracking_number=read_text("tracking", longest=40),
            expected_on=read_day("expected_on") if read_text("expected_on") else None,
            is_for_self_fitting=request.form.get("self_fitting") == "1",
        )

    return _carry_out(act)


@shipments.post("/<int:shipment_id>")
@for_roles(HANDLERS)
def note(shipment_id: int) -> ResponseReturnValue:
    """Somebody has heard of a parcel."""

    def act(session: Session) -> None:
        shipment = session.get(Shipment, shipment_id) or abort(404)
        shipment.tracking_number = shipment.tracking_number or read_text("tracking", longest=40) or None
        seen = [Sighting(read_choice("state", ShipmentState), now())]
        by, house = current_user.name, services().house
        note_sightings(session, shipment=shipment, sightings=seen, by=by, house=house, now=now())

    return _carry_out(act)


@shipments.post("/<int:shipment_id>/again")
@for_roles(HANDLERS)
def send_once_more(shipment_id: int) -> ResponseReturnValue:
    """A parcel with the same contents goes in place of one that will not come."""

    def act(session: Session) -> None:
        send_again(
            session,
            shipment=session.get(Shipment, shipment_id) or abort(404),
            courier=read_text("courier", longest=40, is_required=True),
            tracking_number=read_text("tracking", longest=40) or None,
            by=current_user.name,
            now=now(),
        )

    return _carry_out(act)


def _carry_out(act: Callable[[Session], None]) -> ResponseReturnValue:
    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.shipments.show"))


def _new_form() -> Act:
    directions = [(str(one), say(f"shipment_direction.{one}")) for one in ShipmentDirection]
    choices = [("0", say("shipments.no")), ("1", say("shipments.yes"))]
    return Act(
        url_for("web.shipments.make"),
        say("shipments.make"),
        (
            Field("number", say("shipments.request")),
            Field("direction", say("shipments.direction"), "choice", choices=directions),
            Field("courier", say("shipments.courier")),
            Field("tracking", say("shipments.tracking"), is_required=False),
            Field("contents", say("shipments.contents")),
            Field("expected_on", say("shipments.expected"), "date", is_required=False),
            Field("self_fitting", say("shipments.self_fitting"), "choice", choices=choices),
        ),
    )


def _row(session: Session, one: Shipment, zone: ZoneInfo, *, step: NextStep, claim: ParcelClaim | None) -> Row:
    tone = Tone.BROKEN if one.state in PROBLEMS else Tone.CALM
    cells: list[Cell] = [
        request_cell(one.request.number),
        in_language(one.request.customer, "name") if one.request.customer else "",
        say(f"shipment_direction.{one.direction}"),
        f"{one.courier} {one.tracking_number or ''}",
        f"{one.contents} ({one.wish.number})" if one.wish else one.contents,
        local(one.made_at, zone),
        one.expected_on.isoformat() if one.expected_on else "",
        Mark(say(f"shipment_state.{one.state}"), tone),
        say(f"next_step.{step}"),
    ]
    if current_user.role not in HANDLERS:
        return Row(cells)
    states = [(str(state), say(f"shipment_state.{state}")) for state in SEEN]
    fields = [Field("state", say("shipments.state"), "choice", choices=states)]
    if one.tracking_number is None:
        fields.append(Field("tracking", say("shipments.tracking")))
    acts = [Act(url_for("web.shipments.note", shipment_id=one.id), say("shipments.note"), fields)]
    if step in SENDABLE_AGAIN:
        courier = (
            Field("courier", say("shipments.courier")),
            Field("tracking", say("shipments.tracking"), is_required=False),
        )
        acts.append(Act(url_for("web.shipments.send_once_more", shipment_id=one.id), say("shipments.again"), courier))
    return Row(cells, [*acts, *list_parcel_acts(session, one, step=step, claim=claim)])
