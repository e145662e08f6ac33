"""My request: which one, recognised by the telephone or proved by digits only its customer has (H6, S2)."""

from __future__ import annotations

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice, entry, number_keys
from ivr.turn import Turn
from models import ServiceRequest
from operations.aftercare.own_requests import find_proved_request, list_own_requests
from operations.telephone.calls import take_up
from outbox.words import say_digits
from policies.request_numbers import is_request_number

MOST_CHOICES = 4
NUMBER_TRIES = 2


def enter_requests(turn: Turn) -> Reply | str:
    """Offer the caller's own requests and another one; who has none is asked for a number."""
    own = list_own_requests(
        turn.session, customer_id=turn.call.customer_id, phone=turn.phone, now=turn.now, limit=MOST_CHOICES
    )
    turn.remember(own_ids=[request.id for request in own])
    if not own:
        return "request_number"
    lines = [_offered(turn, request, key) for key, request in enumerate(own, start=1)]
    other = Line("requests_other", {"key": len(own) + 1})
    return choice(Line("requests_intro"), *lines, other, keys=number_keys(len(own) + 1))


def answer_requests(turn: Turn, key: str) -> str:
    """A request of one's own is heard at once, another one needs its number."""
    own_ids = turn.recall("own_ids", [])
    if int(key) > len(own_ids):
        return "request_number"
    take_up(turn.call, turn.session.get_one(ServiceRequest, own_ids[int(key) - 1]))
    return "request"


def enter_number(turn: Turn) -> Reply:  # noqa: ARG001 - every node is entered with its turn
    """Ask for the eight digits."""
    return entry(Line("request_number"))


def answer_number(turn: Turn, digits: str) -> str:
    """A slip of the finger is said at once, by the check digit; anything else needs a proof, so nobody learns more."""
    if not is_request_number(digits):
        turn.say_first("request_number_wrong")
        return _again(turn, "request_number")
    turn.remember(number=digits)
    return _take_up_proved(turn, None) or "request_proof"


def enter_proof(turn: Turn) -> Reply:
    """Ask for digits that only the customer has."""
    number = say_digits(turn.recall("number"), language=turn.language)
    return entry(Line("request_proof", {"number": number}))


def answer_proof(turn: Turn, digits: str) -> str:
    """The right digits open the request; wrong ones are asked once more, then a person helps."""
    found = _take_up_proved(turn, digits)
    if found is not None:
        return found
    turn.say_first("request_proof_wrong")
    return _again(turn, "request_proof")


def _take_up_proved(turn: Turn, proof: str | None) -> str | None:
    request = find_proved_request(
        turn.session, number=turn.recall("number"), proof=proof, phone=turn.phone, now=turn.now
    )
    if request is None:
        return None
    take_up(turn.call, request)
    turn.remember(number_tries=0)
    return "request"


def _again(turn: Turn, node: str) -> str:
    tries = turn.recall("number_tries", 0) + 1
    turn.remember(number_tries=tries % NUMBER_TRIES)
    return node if tries < NUMBER_TRIES else "person"


def _offered(turn: Turn, request: ServiceRequest, key: int) -> Line:
    if request.asset is None or request.fault_category is None:
        number = say_digits(request.number, language=turn.language)
        return Line("requests_choice_number", {"number": number, "key": key})
    names = {"product": turn.name_of(request.asset.product), "fault": turn.name_of(request.fault_category)}
    return Line("requests_choice", {**names, "key": key})


REQUESTS = Node("requests", enter_requests, answer_requests)
REQUEST_NUMBER = Node("request_number", enter_number, answer_number)
REQUEST_PROOF = Node("request_proof", enter_proof, answer_proof, goes_back=False)
