"""Greetings in a customer's file: who said yes or no, when and how, and the form to note it (F3)."""

from zoneinfo import ZoneInfo

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import Customer
from operations.messages.greetings import are_greetings_welcome, list_greetings_choices, note_greetings_choice
from operations.people.customer_file import find_customer
from policies.greetings import HEARD_AT_DESK, ConsentWay
from policies.message_channels import MessageChannel
from web.forms.form_fields import fault, read_choice
from web.forms.refusals import REFUSALS
from web.foundation.access import HELPERS, for_roles
from web.foundation.services import now
from web.layout.tables import Act, Field, Row, Table, carry_out, local
from web.wording.sentences import say

customer_greetings = Blueprint("customer_greetings", __name__, url_prefix="/customers")


def greetings_table(session: Session, customer: Customer, zone: ZoneInfo) -> Table:
    """Each telephone with whether greetings are welcome there and the form to change it, and under them the history."""
    phones = [
        Row(
            (phone.number, say("greetings.welcome" if is_welcome else "greetings.not_welcome"), "", ""),
            (_act(customer, phone.number, is_welcome=is_welcome),)
            if current_user.role in HELPERS and customer.merged_into_id is None
            else (),
        )
        for phone in customer.phones
        for is_welcome in [are_greetings_welcome(session, channel=MessageChannel.SMS, address=phone.number)]
    ]
    history = [
        Row(
            (
                (one.personal or {}).get("address", ""),
                say(f"event_kind.{one.kind}"),
                local(one.occurred_at, zone),
                f"{say(f'consent_way.{one.source}')} · {one.actor}",
            )
        )
        for one in list_greetings_choices(session, customer=customer)
    ]
    headers = [say("customer.phones"), say("greetings.state"), say("customer.since"), say("greetings.way")]
    return Table("greetings", say("greetings.title"), headers, [*phones, *history], say("greetings.no_phone"))


def _act(customer: Customer, number: str, *, is_welcome: bool) -> Act:
    ways = [(str(way), say(f"consent_way.{way}")) for way in HEARD_AT_DESK]
    return Act(
        url_for("web.customer_greetings.note", number=customer.number),
        say("greetings.end" if is_welcome else "greetings.begin"),
        (
            Field("way", say("greetings.way"), kind="choice", choices=ways),
            Field("phone", "", kind="hidden", value=number),
            Field("welcome", "", kind="hidden", value="no" if is_welcome else "yes"),
        ),
    )


@customer_greetings.post("/<number>/greetings")
@for_roles(HELPERS)
def note(number: str) -> ResponseReturnValue:
    """Somebody told us whether greetings are welcome; how they told us is on record with it."""

    def act(session: Session) -> None:
        customer = find_customer(session, number=number) or abort(404)
        way, phone = read_choice("way", ConsentWay), request.form.get("phone", "")
        if way not in HEARD_AT_DESK:
            raise fault("way", "forms.no_choice")
        if phone not in {one.number for one in customer.phones}:
            abort(404)
        note_greetings_choice(
            session,
            channel=MessageChannel.SMS,
            address=phone,
            is_welcome=request.form.get("welcome") == "yes",
            way=way,
            by=current_user.name,
            now=now(),
        )

    return carry_out(act, refusals=REFUSALS, back_to=url_for("web.customers.show", number=number))
