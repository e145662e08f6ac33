"""Where to reach the caller: asked of whoever shows no number, and of whoever wants another one called (H3).

A keyed number is for reaching people. It proves nothing: who somebody is still comes from the line they call on.
"""

from __future__ import annotations

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice, entry
from ivr.turn import Turn
from models import ServiceRequest
from operations.messages.contacts import change_contact
from outbox.words import say_phone
from policies.phone_numbers import national_groups, read_keyed_number

NUMBER_TRIES = 2


def lacks_contact(turn: Turn) -> bool:
    """Tell whether there is no number to reach the caller by, and none was refused yet."""
    return turn.contact_phone is None and not turn.recall("contact_refused")


def ask_for_contact(turn: Turn, then: str) -> str:
    """Return where to go on: first to the number when there is none to reach the caller by."""
    if not lacks_contact(turn):
        return then
    turn.remember(after_contact=then)
    return "contact_number"


def enter_number(turn: Turn) -> Reply:
    """Ask for a number."""
    return entry(Line("contact_number" if turn.contact_phone is None else "contact_number_other"))


def answer_number(turn: Turn, digits: str) -> str:
    """A possible number is read back; an impossible one is asked for once more, then the call goes on without."""
    number = read_keyed_number(digits, like=turn.house.hotline_number)
    if number is None:
        tries = turn.recall("contact_tries", 0) + 1
        turn.remember(contact_tries=tries)
        if tries >= NUMBER_TRIES:
            turn.remember(contact_refused=True, contact_tries=0)
            turn.say_first("contact_number_given_up")
            return _go_on(turn)
        turn.say_first("contact_number_wrong")
        return "contact_number"
    turn.remember(contact_digits=digits, contact_number=number)
    return "contact_confirm"


def enter_confirm(turn: Turn) -> Reply:
    """Read the digits back as they were keyed."""
    groups = national_groups(turn.recall("contact_number"))
    digits = say_phone(turn.recall("contact_digits"), groups=groups, language=turn.language)
    return choice(Line("contact_confirm", {"digits": digits}), keys=("1", "2"))


def answer_confirm(turn: Turn, key: str) -> str:
    """Right: from now on we reach the caller there, about what was agreed in this call too."""
    if key == "2":
        return "contact_number"
    request_id = turn.call.request_id
    request = turn.session.get_one(ServiceRequest, request_id) if request_id else None
    number = turn.recall("contact_number")
    change_contact(turn.session, call=turn.call, number=number, request=request, house=turn.house, now=turn.now)
    return _go_on(turn)


def _go_on(turn: Turn) -> str:
    """Return the place that wanted the number."""
    match turn.recall("after_contact"):
        case "fault":
            return "fault"
        case "call_back":
            return "call_back"
        case "complaint_message":
            return "complaint_message"
        case _:
            return "closing"


CONTACT_NUMBER = Node("contact_number", enter_number, answer_number, goes_back=False)
CONTACT_CONFIRM = Node("contact_confirm", enter_confirm, answer_confirm, goes_back=False)
