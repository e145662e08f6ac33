"""Calls of ours to customers: those to come, which somebody may call off, and what came of the others (H15)."""

from zoneinfo import ZoneInfo

from flask import Blueprint, abort, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import CustomerCall
from operations.hotline.customer_calls import call_off, list_customer_calls
from operations.telephone.call_log import find_call_ids
from policies.contact_rules import ContactReason
from policies.customer_calls import CallAttempt, CustomerCallMoveRefused, CustomerCallState
from web.forms.form_fields import Refusals
from web.foundation.access import HELPERS, OFFICE, for_roles
from web.foundation.paging import most_rows
from web.foundation.services import now, services
from web.layout.tables import Act, Cell, Link, Mark, Row, Table, carry_out, house_zone, local, show_tables
from web.wording.sentences import in_language, say
from web.wording.words import Tone

customer_calls = Blueprint("customer_calls", __name__, url_prefix="/customer-calls")
REFUSALS: Refusals = {CustomerCallMoveRefused: "tables.too_late"}
TONES = {CustomerCallState.REACHED: Tone.KEPT, CustomerCallState.NOT_REACHED: Tone.NEAR}
REASONS = {*map(str, CallAttempt), "answered", "reported_again", "booked", "changed", "told", "desk"}
"""Reasons we have words for; the carrier's are shown as it gave them."""


@customer_calls.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """What is to come, and the last two weeks."""
    with services().database.reading() as session:
        zone = house_zone(session)
        tables = [_table(session, zone, is_open=is_open) for is_open in (True, False)]
    return show_tables(title=say("nav.customer_calls"), tables=tables)


@customer_calls.post("/<int:customer_call_id>/call-off")
@for_roles(HELPERS)
def leave_out(customer_call_id: int) -> ResponseReturnValue:
    """The call is not made."""

    def act(session: Session) -> None:
        one = session.get(CustomerCall, customer_call_id, with_for_update=True) or abort(404)
        call_off(session, customer_call=one, by=current_user.name, now=now())

    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.customer_calls.show"))


def _table(session: Session, zone: ZoneInfo, *, is_open: bool) -> Table:
    name = "open" if is_open else "over"
    found = list_customer_calls(session, is_open=is_open, now=now(), most=most_rows())
    logged = find_call_ids(session, sids=[one.message.message_sid for one in found if one.message])
    columns = ("kind", "customer", "request", "next_at" if is_open else "ended_at", "attempts", "state", "came_of_it")
    rows = [_row(one, zone, logged, is_open=is_open) for one in found]
    headers = [say(f"customer_calls.{column}") for column in columns]
    return Table(name, say(f"customer_calls.{name}"), headers, rows, say("customer_calls.none"), found=found.found)


def _row(one: CustomerCall, zone: ZoneInfo, logged: dict[str, int], *, is_open: bool) -> Row:
    call_id = logged.get(one.message.message_sid or "") if one.message else None
    number = one.request.number if one.request else ""
    cells: list[Cell] = [
        say(f"customer_call_kind.{one.kind}"),
        f"{in_language(one.customer, 'name')} {one.to_number}" if one.customer else one.to_number,
        Link(number, url_for("web.requests.show", number=number)) if number else "",
        local(one.next_at if is_open else one.ended_at, zone),
        Link(str(one.attempts), url_for("web.calls.show_one", call_id=call_id)) if call_id else str(one.attempts),
        Mark(say(f"customer_call_state.{one.state}"), TONES.get(one.state, Tone.CALM)),
        _came_of_it(one),
    ]
    may_act = one.state is CustomerCallState.PLANNED and current_user.role in HELPERS
    address = url_for("web.customer_calls.leave_out", customer_call_id=one.id)
    return Row(cells, (Act(address, say("customer_calls.call_off")),) if may_act else ())


def _came_of_it(one: CustomerCall) -> str:
    """Return what the keys said; else what detection thought, and why it ended as it did."""
    said = [
        say(f"customer_call_answer.{name}.{value}".lower()) for name, value in one.answers.items() if name != "score"
    ]
    if "score" in one.answers:
        said.append(say("customer_call_answer.score", score=one.answers["score"]))
    if one.reason in set(ContactReason):
        said.append(say(f"contact_reason.{one.reason}"))
    elif one.reason:
        said.append(say(f"customer_call_reason.{one.reason}") if one.reason in REASONS else one.reason)
    if one.answered_by and not one.answers:
        said.append(say("customer_calls.detected", what=one.answered_by))
    return ", ".join(said)
