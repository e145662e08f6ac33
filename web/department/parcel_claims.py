"""Claims against couriers and what customers are owed for their own machines, on the page of parcels (P3, M2)."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import ParcelClaim, Shipment
from operations.aftercare.parcel_claims import (
    compensate_for_parcel,
    grant_claim,
    list_open_claims,
    raise_claim,
    refuse_claim,
    withdraw_claim,
)
from operations.aftercare.shipments import is_owed_by_courier
from policies.parcel_claims import STANDING, ClaimState
from policies.shipments import COMPENSABLE, NextStep
from web.forms.form_fields import read_cents, read_text
from web.forms.refusals import REFUSALS
from web.foundation.access import HANDLERS, for_roles
from web.foundation.services import now, services
from web.layout.tables import Act, Cell, Field, Mark, Row, Table, carry_out, local, request_cell
from web.wording.amounts import amount, typed_amount
from web.wording.sentences import say
from web.wording.words import Tone

parcel_claims = Blueprint("parcel_claims", __name__, url_prefix="/shipments")
COLUMNS = ("number", "request", "courier", "contents", "claimed", "due", "state")
LONGEST_ANSWER = 200


@parcel_claims.post("/<int:shipment_id>/claims")
@for_roles(HANDLERS)
def claim(shipment_id: int) -> ResponseReturnValue:
    """Something is claimed from a courier."""

    def act(session: Session) -> None:
        raise_claim(
            session,
            shipment=session.get(Shipment, shipment_id) or abort(404),
            value_cents=(value_cents := read_cents("value")),
            loss_cents=read_cents("loss", nothing_is=value_cents),
            insured_cents=read_cents("insured", nothing_is=0),
            carriage_cents=read_cents("carriage", nothing_is=0),
            reference=read_text("reference", longest=40),
            by=current_user.name,
            now=now(),
        )

    return _carry_out(act)


@parcel_claims.post("/<int:shipment_id>/compensation")
@for_roles(HANDLERS)
def compensate(shipment_id: int) -> ResponseReturnValue:
    """A customer is owed the worth of their own machine."""

    def act(session: Session) -> None:
        compensate_for_parcel(
            session,
            shipment=session.get(Shipment, shipment_id) or abort(404),
            amount_cents=read_cents("compensation"),
            by=current_user.name,
            role=current_user.role,
            house=services().house,
            now=now(),
        )

    return _carry_out(act)


@parcel_claims.post("/claims/<int:claim_id>/<state>")
@for_roles(HANDLERS)
def settle(claim_id: int, state: str) -> ResponseReturnValue:
    """The courier grants or refuses a claim, or we withdraw it."""

    def act(session: Session) -> None:
        one = session.get(ParcelClaim, claim_id) or abort(404)
        by, answer = current_user.name, read_text("answer", longest=LONGEST_ANSWER, is_required=state != "granted")
        match state:
            case ClaimState.GRANTED:
                grant_claim(session, claim=one, granted_cents=read_cents("granted"), answer=answer, by=by, now=now())
            case ClaimState.REFUSED:
                refuse_claim(session, claim=one, answer=answer, by=by, now=now())
            case ClaimState.WITHDRAWN:
                withdraw_claim(session, claim=one, reason=answer, by=by, now=now())
            case _:
                abort(404)

    return _carry_out(act)


def list_parcel_acts(session: Session, parcel: Shipment, *, step: NextStep, claim: ParcelClaim | None) -> list[Act]:
    """Return what can be done about the money of a parcel, given what is to be done and its latest claim."""
    if not is_owed_by_courier(session, shipment=parcel, now=now()):
        return []
    acts = []
    if step in COMPENSABLE:
        fields = (Field("compensation", say("claims.compensation")),)
        acts.append(
            Act(url_for("web.parcel_claims.compensate", shipment_id=parcel.id), say("claims.compensate"), fields)
        )
    if claim is None or claim.state not in STANDING:
        acts.append(
            Act(url_for("web.parcel_claims.claim", shipment_id=parcel.id), say("claims.raise"), _claim_fields())
        )
    return acts


def claims_table(session: Session, zone: ZoneInfo) -> Table:
    """Return the claims that wait for a courier, and granted ones whose parcel has turned up."""
    rows = [_row(one, zone) for one in list_open_claims(session)]
    headers = [say(f"claims.{name}") for name in COLUMNS]
    return Table("claims", say("claims.title"), headers, rows, say("claims.none"))


def _carry_out(act: Callable[[Session], None]) -> ResponseReturnValue:
    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.shipments.show"))


def _claim_fields() -> tuple[Field, ...]:
    return (
        Field("value", say("claims.value")),
        Field("loss", say("claims.loss"), is_required=False),
        Field("insured", say("claims.insured"), is_required=False),
        Field("carriage", say("claims.carriage"), is_required=False),
        Field("reference", say("claims.reference"), is_required=False),
    )


def _row(one: ParcelClaim, zone: ZoneInfo) -> Row:
    parcel = one.shipment
    is_late = one.state is ClaimState.RAISED and one.due_at < now()
    cells: list[Cell] = [
        f"{one.number} {one.reference}".strip(),
        request_cell(parcel.request.number),
        f"{parcel.courier} {parcel.tracking_number or ''}".strip(),
        parcel.contents,
        amount(one.claimed_cents, one.currency),
        Mark(local(one.due_at, zone), Tone.BROKEN if is_late else Tone.CALM),
        f"{say(f'claim_state.{one.state}')} · {say(f'shipment_state.{parcel.state}')}",
    ]
    return Row(cells, _settling_acts(one) if current_user.role in HANDLERS else ())


def _settling_acts(one: ParcelClaim) -> list[Act]:
    def settle_as(state: ClaimState, *fields: Field) -> Act:
        return Act(url_for("web.parcel_claims.settle", claim_id=one.id, state=state), say(f"claims.{state}"), fields)

    why = Field("answer", say("claims.why"))
    acts = [settle_as(ClaimState.WITHDRAWN, why)]
    if one.state is ClaimState.RAISED:
        granted = Field("granted", say("claims.granted_amount"), value=typed_amount(one.claimed_cents))
        said = Field("answer", say("claims.answer"), is_required=False)
        acts = [settle_as(ClaimState.GRANTED, granted, said), settle_as(ClaimState.REFUSED, why), *acts]
    return acts
