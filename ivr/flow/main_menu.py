"""The first menu: report a fault, anything else, a person, the other language (H2)."""

from __future__ import annotations

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice
from ivr.turn import Turn
from operations.customers import list_assets


def enter(turn: Turn) -> Reply:  # noqa: ARG001 - every node is entered with its turn
    """Say the four choices; the language hint is in the other language's own voice."""
    return choice(Line("main"), Line("main_other_language", in_other_language=True), keys=("1", "2"))


def answer(turn: Turn, key: str) -> str:
    """1 leads to the caller's machines, or to the serial number when we know of none."""
    if key == "2":
        return "voicemail"
    customer_id = turn.call.customer_id
    has_assets = customer_id is not None and bool(list_assets(turn.session, customer_id=customer_id))
    return "asset" if has_assets else "serial"


MAIN_MENU = Node("main", enter, answer)
