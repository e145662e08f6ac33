"""What is wrong, and what the caller can try (H4). The request is opened here, so that a lost call loses nothing."""

from __future__ import annotations

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice, hang_up
from ivr.turn import Turn
from models import Asset, FaultCategory, ServiceRequest
from operations.calls import log_step
from operations.diagnosis import list_faults, list_steps
from operations.requests import close_request, open_request
from outbox.words import say_digits
from policies.channels import Channel
from policies.phone_numbers import dialable_number
from policies.request_states import CloseReason


def enter_fault(turn: Turn) -> Reply:
    """Offer the faults of the product's family."""
    asset = turn.session.get_one(Asset, turn.recall("asset_id"))
    faults = list_faults(turn.session, family=asset.product.family)
    turn.remember(fault_ids=[fault.id for fault in faults])
    lines = [
        Line("fault_choice", {"fault": fault.name_en if turn.is_english else fault.name, "key": position})
        for position, fault in enumerate(faults, start=1)
    ]
    return choice(Line("fault_intro"), *lines, keys=tuple(str(n) for n in range(1, len(faults) + 1)))


def answer_fault(turn: Turn, key: str) -> str:
    """Open the request (its clock starts with the call) and begin the diagnosis."""
    fault = turn.session.get_one(FaultCategory, turn.recall("fault_ids")[int(key) - 1])
    asset = turn.session.get_one(Asset, turn.recall("asset_id"))
    if turn.call.request_id is None:
        request = open_request(
            turn.session,
            channel=Channel.HOTLINE,
            language=turn.language,
            opened_at=turn.call.started_at,
            now=turn.now,
            answered_by="hotline",
            contact_phone=dialable_number(turn.call.from_number),
            asset=asset,
            fault_category=fault,
        )
        turn.call.request_id, turn.call.area_id = request.id, request.area_id
    turn.remember(fault_id=fault.id, step=0)
    steps = list_steps(turn.session, fault_category_id=fault.id)
    if not steps:
        return "offer"
    turn.say_first("diagnosis_intro")
    return "diagnosis"


def enter_diagnosis(turn: Turn) -> Reply:
    """Say one thing to try."""
    steps = list_steps(turn.session, fault_category_id=turn.recall("fault_id"))
    step = steps[turn.recall("step")]
    spoken = step.text_en if turn.is_english else step.text
    return choice(Line("verbatim", {"text": spoken}), Line("diagnosis_choice"), keys=("1", "2"))


def answer_diagnosis(turn: Turn, key: str) -> str:
    """Solved closes the request; not solved goes on to the next thing to try, and then to the visit."""
    steps = list_steps(turn.session, fault_category_id=turn.recall("fault_id"))
    step = turn.recall("step")
    is_solved = key == "1"
    log_step(
        turn.session,
        call=turn.call,
        kind="diagnosis",
        now=turn.now,
        facts={"step": steps[step].id, "solved": is_solved},
    )
    if is_solved:
        request = turn.session.get_one(ServiceRequest, turn.call.request_id)
        close_request(
            turn.session,
            request=request,
            reason=CloseReason.SOLVED_BY_PHONE,
            now=turn.now,
            source="hotline",
            actor="caller",
        )
        return "solved"
    turn.remember(step=step + 1)
    return "diagnosis" if step + 1 < len(steps) else "offer"


def enter_solved(turn: Turn) -> Reply:
    """Say that it is recorded, and goodbye."""
    request = turn.session.get_one(ServiceRequest, turn.call.request_id)
    number = say_digits(request.number, language=turn.language)
    return hang_up(Line("solved", {"number": number}), Line("farewell"))


def stay(turn: Turn, key: str) -> str:  # noqa: ARG001 - nothing more can be chosen here
    """Nothing leads on from the last words."""
    return turn.call.node


FAULT = Node("fault", enter_fault, answer_fault)
DIAGNOSIS = Node("diagnosis", enter_diagnosis, answer_diagnosis, goes_back=False)
SOLVED = Node("solved", enter_solved, stay, goes_back=False)
