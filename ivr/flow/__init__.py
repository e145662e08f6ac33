"""The menu: its nodes by name."""

from ivr.flow.booking import BOOKED, OFFER
from ivr.flow.fault import DIAGNOSIS, FAULT, SOLVED
from ivr.flow.machine import ASSET, SERIAL, SERIAL_CHOICE, SERIAL_CONFIRM
from ivr.flow.main_menu import MAIN_MENU
from ivr.flow.message import VOICEMAIL
from ivr.flow.node import Node

NODES: dict[str, Node] = {
    node.name: node
    for node in (
        MAIN_MENU,
        ASSET,
        SERIAL,
        SERIAL_CONFIRM,
        SERIAL_CHOICE,
        FAULT,
        DIAGNOSIS,
        SOLVED,
        OFFER,
        BOOKED,
        VOICEMAIL,
    )
}

__all__ = ["NODES", "Node"]
