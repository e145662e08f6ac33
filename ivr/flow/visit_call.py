"""Through us to the other side of a visit: a technician to his customer, a customer to the technician (D11, S1)."""

from __future__ import annotations

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice, connect, number_keys
from ivr.turn import Turn
from models import Technician, Visit
from operations.telephone.visit_calls import (
    NobodyToConnect,
    begin_visit_call,
    find_calling_technician,
    find_other_side,
    list_visits_to_call,
)
from outbox.words import say_instant
from policies.visit_calls import VisitCallResult, VisitParty

MOST_VISITS = 3


def enter_technician(turn: Turn) -> Reply | str:
    """Offer a technician who calls the customers of his visits; without one he hears the menu everybody hears."""
    technician = find_calling_technician(turn.session, number=turn.phone)
    if technician is None:
        return "main"
    visits = list_visits_to_call(turn.session, technician=technician, now=turn.now, limit=MOST_VISITS)
    turn.remember(visit_ids=[visit.id for visit in visits])
    if not visits:
        return "main"
    lines = [_offered(turn, technician, visit, key) for key, visit in enumerate(visits, start=1)]
    other = Line("visit_call_menu", {"key": len(visits) + 1})
    return choice(Line("visit_call_intro"), *lines, other, keys=number_keys(len(visits) + 1))


def answer_technician(turn: Turn, key: str) -> str:
    """To the customer chosen, or to the menu."""
    visit_ids = turn.recall("visit_ids", [])
    if int(key) > len(visit_ids):
        return "main"
    visit = turn.session.get_one(Visit, visit_ids[int(key) - 1])
    begin_visit_call(turn.session, call=turn.call, visit=visit, party=VisitParty.TECHNICIAN)
    return "visit_call"


def enter_visit_call(turn: Turn) -> Reply | str:
    """Ring the other side; a visit that has ended meanwhile connects nobody."""
    try:
        visit, party, number = find_other_side(turn.session, call=turn.call, now=turn.now)
    except NobodyToConnect:
        turn.say_first("visit_call_over")
        return "closing"
    whisper = f"/ivr/visit-call/{visit.id}/{party}/whisper"
    return connect(Line("visit_call_ringing"), number=number, whisper=whisper, onward="/ivr/visit-call/over")


def stay(turn: Turn, key: str) -> str:  # noqa: ARG001 - the one on the line waits for the other telephone
    """Stay."""
    return "visit_call"


def after_visit_call(turn: Turn, result: VisitCallResult) -> str:
    """Where who asked goes on after the talk, or after nobody took it."""
    if result is VisitCallResult.NOT_TAKEN:
        turn.say_first("visit_call_not_taken")
    return "closing"


def _offered(turn: Turn, technician: Technician, visit: Visit, key: int) -> Line:
    request = visit.request
    at = visit.window_from_at or turn.now
    said = say_instant(at, now=turn.now, time_zone=technician.area.time_zone, language=turn.language)
    name = turn.name_of(request.customer) if request.customer else ""
    product = turn.name_of(request.asset.product) if request.asset else ""
    return Line("visit_call_choice", {"time": said, "customer": name, "product": product, "key": key})


TECHNICIAN = Node("technician", enter_technician, answer_technician)
VISIT_CALL = Node("visit_call", enter_visit_call, stay, goes_back=False, ends_on_silence=True)
