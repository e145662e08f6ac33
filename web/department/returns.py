"""Machines that come back: wishes with what the policy says, what is on its way, what came in (C4, C5, P3)."""

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Product, Return, ServiceRequest, Shipment
from operations.aftercare.returns import (
    approve_return,
    close_return,
    list_returns,
    read_decision,
    receive_return,
    refuse_return,
    request_return,
)
from operations.aftercare.shipments import TrackingNumberTaken, find_next_step, list_return_parcels, make_return_parcel
from operations.foundation.portions import Portion
from policies.returns import Disposition, Remedy, ReturnState
from policies.shipments import PROBLEMS
from web.forms.form_fields import Refusals, known, read_cents, read_choice, read_day, read_text
from web.forms.refusals import REFUSALS
from web.foundation.access import HELPERS, OFFICE, PLANNERS, for_roles
from web.foundation.paging import most_rows
from web.foundation.services import now, services
from web.layout.tables import Act, Cell, Field, Link, Mark, Row, Table, carry_out, house_zone, local, show_tables
from web.wording.amounts import amount
from web.wording.catalogue_choices import model_choices
from web.wording.sentences import in_language, say
from web.wording.words import Tone

returns = Blueprint("returns", __name__, url_prefix="/returns")
PARCEL_REFUSALS: Refusals = {TrackingNumberTaken: "shipments.number_taken"}
WAITING = (ReturnState.REQUESTED, ReturnState.APPROVED, ReturnState.RECEIVED)
ENDED = (ReturnState.CLOSED, ReturnState.REFUSED)


@returns.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """What waits, in the order it was asked for, and what has ended."""
    with services().database.reading() as session:
        zone = house_zone(session)
        waiting = list_returns(session, states=WAITING, most=most_rows())
        ended = list_returns(session, states=ENDED, most=most_rows(), is_newest_first=True)
        sent = list_return_parcels(session, return_ids=[one.id for one in (*waiting, *ended)])
        parcels = {return_id: _parcels_cell(session, found) for return_id, found in sent.items()}
        tables = [
            _table("waiting", waiting, zone, _start_acts(session), parcels),
            _table("ended", ended, zone, (), parcels),
        ]
    return show_tables(title=say("nav.returns"), tables=tables)


@returns.post("")
@for_roles(HELPERS)
def start() -> ResponseReturnValue:
    """A customer wants a machine exchanged or taken back."""

    def act(session: Session) -> None:
        number, why = _text("request"), _text("why")
        matter = session.scalars(select(ServiceRequest).where(ServiceRequest.number == number)).one_or_none()
        request_return(
            session,
            request=known(matter, "request"),
            remedy=read_choice("remedy", Remedy),
            by=current_user.name,
            now=now(),
            is_personal=why == "personal",
            is_beyond_repair=why == "beyond_repair",
            price_cents=_amount("price"),
            replacement=_replacement(session),
            replacement_cents=_amount("replacement_price"),
        )

    return _carry_out(act)


@returns.post("/<int:return_id>/parcel")
@for_roles(HELPERS)
def send(return_id: int) -> ResponseReturnValue:
    """The machine, or what comes in its place, goes into a parcel."""

    def act(session: Session) -> None:
        make_return_parcel(
            session,
            wish=session.get(Return, return_id) or abort(404),
            courier=read_text("courier", longest=40, is_required=True),
            contents=read_text("contents", longest=200, is_required=True),
            by=current_user.name,
            now=now(),
            tracking_number=read_text("tracking", longest=40),
            expected_on=read_day("expected_on") if _text("expected_on") else None,
        )

    return carry_out(act, refusals={**REFUSALS, **PARCEL_REFUSALS}, back_to=url_for("web.returns.show"))


@returns.post("/<int:return_id>/<step>")
@for_roles(HELPERS)
def move(return_id: int, step: str) -> ResponseReturnValue:
    """One step on: granted or refused by whoever may, received, closed."""
    if step not in set(ReturnState) - {ReturnState.REQUESTED}:
        abort(404)
    if step in {ReturnState.APPROVED, ReturnState.REFUSED} and current_user.role not in PLANNERS:
        abort(403)

    def act(session: Session) -> None:
        wish = session.get(Return, return_id) or abort(404)
        _STEPS[ReturnState(step)](session, wish)

    return _carry_out(act)


def _approve(session: Session, wish: Return) -> None:
    by, role = current_user.name, current_user.role
    approve_return(session, wish=wish, by=by, role=role, note=_text("note"), house=services().house, now=now())


def _refuse(session: Session, wish: Return) -> None:
    by, note = current_user.name, _text("note")
    refuse_return(session, wish=wish, by=by, note=note, house=services().house, now=now())


def _receive(session: Session, wish: Return) -> None:
    by, condition = current_user.name, _text("condition")
    receive_return(session, wish=wish, condition=condition, by=by, house=services().house, now=now())


def _close(session: Session, wish: Return) -> None:
    close_return(
        session,
        wish=wish,
        disposition=read_choice("disposition", Disposition),
        house=services().house,
        by=current_user.name,
        now=now(),
        new_serial=_text("serial") or None,
        condition=_text("condition"),
    )


_STEPS: dict[ReturnState, Callable[[Session, Return], None]] = {
    ReturnState.APPROVED: _approve,
    ReturnState.REFUSED: _refuse,
    ReturnState.RECEIVED: _receive,
    ReturnState.CLOSED: _close,
}


def _carry_out(act: Callable[[Session], object]) -> ResponseReturnValue:
    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.returns.show"))


def _text(name: str) -> str:
    return read_text(name)


def _amount(name: str) -> int | None:
    return read_cents(name) if _text(name) else None


def _replacement(session: Session) -> Product | None:
    """The other model that was chosen; None for the same one."""
    code = _text("replacement")
    if not code:
        return None
    return known(session.scalars(select(Product).where(Product.model_code == code)).one_or_none(), "replacement")


def _start_acts(session: Session) -> tuple[Act, ...]:
    if current_user.role not in HELPERS:
        return ()
    remedies = [(str(remedy), say(f"remedy.{remedy}")) for remedy in Remedy]
    reasons = [(name, say(f"returns.why_{name}")) for name in ("quality", "personal", "beyond_repair")]
    models = [("", say("returns.same_model")), *model_choices(session)]
    fields = (
        Field("request", say("money.request")),
        Field("remedy", say("returns.remedy"), kind="choice", choices=remedies),
        Field("why", say("returns.why"), kind="choice", choices=reasons),
        Field("price", say("returns.price"), is_required=False),
        Field("replacement", say("returns.replacement"), kind="choice", choices=models, is_required=False),
        Field("replacement_price", say("returns.replacement_price"), is_required=False),
    )
    return (Act(url_for("web.returns.start"), say("returns.start"), fields),)


def _parcels_cell(session: Session, parcels: Sequence[Shipment]) -> Cell:
    """Each parcel with where it is and, when it is in trouble, what we do about it."""
    words = [
        " ".join(
            (
                say(f"shipment_direction.{one.direction}"),
                f"{one.courier} {one.tracking_number or ''}".strip(),
                say(f"shipment_state.{one.state}"),
                f"→ {say(f'next_step.{find_next_step(session, shipment=one, now=now())}')}"
                if one.state in PROBLEMS
                else "",
            )
        ).strip()
        for one in parcels
    ]
    is_trouble = any(one.state in PROBLEMS for one in parcels)
    return Mark("; ".join(words), Tone.BROKEN) if is_trouble else "; ".join(words)


def _table(
    name: str,
    found: Portion[Return],
    zone: ZoneInfo,
    acts: tuple[Act, ...],
    parcels: Mapping[int, Cell],
) -> Table:
    rows = [Row((*_cells(one, zone), parcels.get(one.id, "")), _acts(one)) for one in found]
    headers = [
        say(f"returns.{header}")
        for header in ("number", "customer", "machine", "says", "amount", "carriage", "state", "parcels")
    ]
    return Table(name, say(f"returns.{name}"), headers, rows, say(f"returns.{name}_none"), acts, found=found.found)


def _cells(one: Return, zone: ZoneInfo) -> list[Cell]:
    return [
        Link(one.number, url_for("web.requests.show", number=one.request.number)),
        f"{in_language(one.asset.customer, 'name')}, {local(one.requested_at, zone)}",
        f"{in_language(one.asset.product, 'name')} {one.asset.serial}",
        f"{say(f'remedy.{one.remedy}')}: {_reason(one)}",
        _amounts(one),
        say(f"carriage_payer.{one.carriage_paid_by}"),
        say(f"return_state.{one.state}"),
    ]


def _reason(one: Return) -> str:
    return say(f"return_ground.{one.ground}") if one.ground else say(f"return_refusal.{one.refusal}")


def _amounts(one: Return) -> str:
    """The amount with what was taken off it, so that it can be explained to the customer."""
    if one.remedy is Remedy.EXCHANGE:
        difference = amount(one.difference_cents, one.currency)
        return f"{in_language(one.replacement, 'name')} · {difference}" if one.replacement else difference
    decision = read_decision(one)
    parts = [amount(one.refund_cents, one.currency)]
    if decision.depreciation_cents:
        taken = amount(decision.depreciation_cents, one.currency)
        parts.append(say("returns.depreciation", amount=taken, days=decision.used_days))
    if decision.handling_fee_cents:
        parts.append(say("returns.fee", amount=amount(decision.handling_fee_cents, one.currency)))
    return " · ".join(parts)


def _acts(one: Return) -> tuple[Act, ...]:
    note = Field("note", say("request_money.why"), is_required=False)
    acts: dict[ReturnState, tuple[Act, ...]] = {
        ReturnState.REQUESTED: (
            _act(one, ReturnState.APPROVED, note),
            _act(one, ReturnState.REFUSED, Field("note", say("request_money.why"))),
        ),
        ReturnState.APPROVED: (
            _send_act(one),
            _act(one, ReturnState.RECEIVED, Field("condition", say("returns.condition"))),
        ),
        ReturnState.RECEIVED: (
            *((_send_act(one),) if one.remedy is Remedy.EXCHANGE else ()),
            _act(one, ReturnState.CLOSED, *_closing_fields(one)),
            _act(one, ReturnState.REFUSED, Field("note", say("request_money.why"))),
        ),
        ReturnState.REFUSED: (_send_act(one),) if one.received_at else (),
    }
    is_planner = current_user.role in PLANNERS
    found = acts.get(one.state, ()) if current_user.role in HELPERS else ()
    decides = ("/approved", "/refused")
    return tuple(act for act in found if is_planner or not act.address.endswith(decides))


def _closing_fields(one: Return) -> list[Field]:
    dispositions = [(str(kind), say(f"disposition.{kind}")) for kind in Disposition]
    fields = [Field("disposition", say("returns.disposition"), kind="choice", choices=dispositions)]
    if one.remedy is Remedy.EXCHANGE:
        fields.append(Field("serial", say("returns.new_serial")))
    if not one.condition:
        fields.append(Field("condition", say("returns.condition")))
    return fields


def _send_act(one: Return) -> Act:
    contents = f"{one.asset.product.model_code} {one.asset.serial}"
    fields = (
        Field("courier", say("shipments.courier")),
        Field("tracking", say("shipments.tracking"), is_required=False),
        Field("contents", say("shipments.contents"), value=contents),
        Field("expected_on", say("shipments.expected"), "date", is_required=False),
    )
    word = "parcel_back" if one.received_at else "parcel_in"
    return Act(url_for("web.returns.send", return_id=one.id), say(f"returns.{word}"), fields)


def _act(one: Return, step: ReturnState, *fields: Field) -> Act:
    return Act(url_for("web.returns.move", return_id=one.id, step=step), say(f"returns.to_{step}"), fields)
