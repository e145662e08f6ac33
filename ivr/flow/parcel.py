"""Where my parcel is: what the courier says, and what we do about it; otherwise a call back (H10, P3)."""

from __future__ import annotations

from ivr.flow.menus import load_menus
from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice
from ivr.turn import Turn
from operations.aftercare.shipments import find_callers_shipment, find_customers_step
from operations.telephone.calls import note_outcome
from outbox.words import say_date
from policies.call_states import CallOutcome
from policies.shipments import PROBLEMS


def enter(turn: Turn) -> Reply:
    """Say where the caller's parcel is, if we sent one or wait for one, before the usual choices."""
    menu = load_menus()["parcel"]
    shipment = find_callers_shipment(turn.session, customer_id=turn.call.customer_id, phone=turn.phone, now=turn.now)
    if shipment is None:
        return menu.enter(turn)
    expected = say_date(shipment.expected_on, language=turn.language) if shipment.expected_on else ""
    said = "parcel_sent_expected" if expected and shipment.state == "sent" else f"parcel_{shipment.state}"
    lines = [Line(said, {"expected": expected})]
    if shipment.state in PROBLEMS:
        step = find_customers_step(turn.session, shipment=shipment, now=turn.now)
        lines.append(Line(f"parcel_step_{step}"))
    note_outcome(turn.call, CallOutcome.INFORMED)
    return choice(*lines, Line("parcel"), keys=tuple(menu.keys))


def answer(turn: Turn, key: str) -> str:
    """Go where the menu leads."""
    return load_menus()["parcel"].answer(turn, key)


PARCEL = Node("parcel", enter, answer)
