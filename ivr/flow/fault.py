"""What is wrong, and what the caller can try (H4). The request is opened here, so that a lost call loses nothing."""

from __future__ import annotations

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice, number_keys
from ivr.turn import Turn
from models import Asset, FaultCategory, Guide, ServiceRequest
from operations.aftercare.own_requests import find_recent_request
from operations.matters.diagnosis import list_faults
from operations.matters.requests import close_request, open_request, reclassify_request
from operations.telephone.calls import log_step, note_outcome, take_up
from operations.versions.guides import Subject, find_in_force, note_heard
from outbox.words import say_digits
from policies.call_states import CallOutcome
from policies.channels import Channel
from policies.guides import GuideKind
from policies.priorities import Severity
from policies.request_states import CloseReason, RequestState


def enter_fault(turn: Turn) -> Reply:
    """Offer the faults of the product's family."""
    asset = turn.session.get_one(Asset, turn.recall("asset_id"))
    faults = list_faults(turn.session, family=asset.product.family)
    turn.remember(fault_ids=[fault.id for fault in faults])
    lines = [
        Line("fault_choice", {"fault": turn.name_of(fault), "key": position})
        for position, fault in enumerate(faults, start=1)
    ]
    return choice(Line("fault_intro"), *lines, keys=number_keys(len(faults)))


def answer_fault(turn: Turn, key: str) -> str:
    """Open the request (its clock starts with the call) and begin the diagnosis."""
    fault = turn.session.get_one(FaultCategory, turn.recall("fault_ids")[int(key) - 1])
    asset = turn.session.get_one(Asset, turn.recall("asset_id"))
    take_up(turn.call, _open_or_correct(turn, asset, fault))
    turn.remember(opened_id=turn.call.request_id)
    turn.begin_booking()
    if fault.severity is Severity.MAJOR:
        turn.say_first("major_fault", hours=turn.figures.measure_hours)
    subject = Subject(GuideKind.STEPS, fault.code, asset.product.model_code)
    guide = find_in_force(turn.session, subject=subject, at=turn.now)
    if guide is None or not guide.entries:
        return "offer"
    turn.remember(guide_id=guide.id, step=0)
    turn.say_first("diagnosis_intro")
    return "diagnosis"


def _open_or_correct(turn: Turn, asset: Asset, fault: FaultCategory) -> ServiceRequest:
    """Open a request, or take another choice for the one this call opened, as long as no visit is promised."""
    opened_id = turn.recall("opened_id")
    opened = turn.session.get_one(ServiceRequest, opened_id) if opened_id else None
    if opened is not None and opened.state is RequestState.OPEN:
        reclassify_request(turn.session, request=opened, asset=asset, fault_category=fault, now=turn.now)
        return opened
    return open_request(
        turn.session,
        channel=Channel.HOTLINE,
        language=turn.language,
        opened_at=turn.call.started_at,
        now=turn.now,
        answered_by="hotline",
        contact_phone=turn.contact_phone,
        asset=asset,
        fault_category=fault,
        repeat_of=find_recent_request(turn.session, asset=asset, now=turn.now),
    )


def enter_diagnosis(turn: Turn) -> Reply:
    """Say one thing to try."""
    step = _guide(turn).entries[turn.recall("step")]
    spoken = step.text_en if turn.is_english else step.text
    return choice(Line("verbatim", {"text": spoken}), Line("diagnosis_choice"), keys=("1", "2"))


def answer_diagnosis(turn: Turn, key: str) -> str:
    """Solved closes the request; not solved goes on to the next thing to try, and then to the visit."""
    steps, step = _guide(turn).entries, turn.recall("step")
    is_solved = key == "1"
    note_heard(turn.session, call=turn.call, entry_id=steps[step].id, is_solved=is_solved, now=turn.now)
    facts = {"entry": steps[step].id, "solved": is_solved}
    log_step(turn.session, call=turn.call, kind="diagnosis", now=turn.now, facts=facts)
    if is_solved:
        return _close_as_solved(turn)
    turn.remember(step=step + 1)
    return "diagnosis" if step + 1 < len(steps) else "offer"


def _close_as_solved(turn: Turn) -> str:
    request = turn.session.get_one(ServiceRequest, turn.call.request_id)
    close_request(
        turn.session,
        request=request,
        reason=CloseReason.SOLVED_BY_PHONE,
        now=turn.now,
        source="hotline",
        actor="caller",
    )
    note_outcome(turn.call, CallOutcome.SOLVED_BY_PHONE)
    turn.say_first("solved", number=say_digits(request.number, language=turn.language))
    return "closing"


def _guide(turn: Turn) -> Guide:
    """The version this call began with, whatever comes into force meanwhile."""
    return turn.session.get_one(Guide, turn.recall("guide_id"))


FAULT = Node("fault", enter_fault, answer_fault)
DIAGNOSIS = Node("diagnosis", enter_diagnosis, answer_diagnosis, goes_back=False)
