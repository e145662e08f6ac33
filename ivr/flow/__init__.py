"""The menu: its nodes by name."""

from ivr.flow.another_day import OFFER_DAY
from ivr.flow.booking import BOOKED, OFFER
from ivr.flow.contact import CONTACT_CONFIRM, CONTACT_NUMBER
from ivr.flow.coverage import CHARGES, WARRANTY
from ivr.flow.fault import DIAGNOSIS, FAULT
from ivr.flow.machine import ASSET, SERIAL, SERIAL_CHOICE, SERIAL_CONFIRM
from ivr.flow.menus import load_menus, menu_node
from ivr.flow.message import CALL_BACK, COMPLAINT_MESSAGE, VOICEMAIL
from ivr.flow.node import Node
from ivr.flow.own_request import CANCEL, REQUEST
from ivr.flow.own_requests import REQUEST_NUMBER, REQUEST_PROOF, REQUESTS
from ivr.flow.parcel import PARCEL
from ivr.flow.person import PERSON
from ivr.flow.questions import ANSWER, ANSWERS
from ivr.flow.version import load_flow
from ivr.flow.visit_call import TECHNICIAN, VISIT_CALL

START = "main"
NODES: dict[str, Node] = {
    node.name: node
    for node in (
        *map(menu_node, load_menus()),
        ASSET,
        SERIAL,
        SERIAL_CONFIRM,
        SERIAL_CHOICE,
        CONTACT_NUMBER,
        CONTACT_CONFIRM,
        FAULT,
        DIAGNOSIS,
        OFFER,
        OFFER_DAY,
        BOOKED,
        REQUESTS,
        REQUEST_NUMBER,
        REQUEST_PROOF,
        REQUEST,
        CANCEL,
        WARRANTY,
        CHARGES,
        PARCEL,
        ANSWERS,
        ANSWER,
        COMPLAINT_MESSAGE,
        CALL_BACK,
        PERSON,
        VOICEMAIL,
        TECHNICIAN,
        VISIT_CALL,
    )
}

__all__ = ["NODES", "START", "Node", "load_flow", "load_menus"]
