"""How my request stands, and what I can do about it: move or cancel the visit, say whether it was solved (H6, H17)."""

from __future__ import annotations

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice, number_keys
from ivr.turn import Turn
from models import Handover, ServiceRequest, Visit
from operations.aftercare.own_requests import confirm_solved, open_repeat, read_standing, withdraw_request
from operations.matters.handovers import find_live_handover
from operations.messages.promises import technician_name
from operations.telephone.calls import log_step, note_outcome, take_up
from operations.telephone.visit_calls import begin_visit_call, find_visit_to_call
from outbox.words import say_digits, say_instant, say_window
from policies.call_states import CallOutcome
from policies.channels import Channel
from policies.request_status import RequestStatus
from policies.visit_calls import VisitParty

BOOK = "request_book"
TECHNICIAN = "request_technician"
ACTIONS = {
    RequestStatus.WAITING: ("request_book", "request_cancel", "request_solved"),
    RequestStatus.PROMISED: ("request_change", "request_cancel", "request_solved"),
    RequestStatus.ON_THE_WAY: ("request_cancel",),
    RequestStatus.ON_SITE: (),
    RequestStatus.IN_WORKSHOP: (),
    RequestStatus.SOLVED: ("request_solved", "request_not_solved"),
    RequestStatus.ENDED: ("request_not_solved",),
}
"""What a caller may do, by how the request stands; hearing it again comes last."""


def enter_request(turn: Turn) -> Reply:
    """Say how it stands, who comes when, and what the keys do."""
    request = _request(turn)
    standing = read_standing(turn.session, request=request)
    handover = find_live_handover(turn.session, request=request)
    # Whoever has the request makes the time with us, not the caller by key.
    is_ours = handover is None
    to_technician = (TECHNICIAN,) if find_visit_to_call(turn.session, request=request, now=turn.now) else ()
    own = (action for action in ACTIONS[standing.status] if is_ours or action != BOOK)
    actions = (*own, *to_technician, "request_again")
    turn.remember(actions=list(actions))
    note_outcome(turn.call, CallOutcome.INFORMED)
    number = Line("request", {"number": say_digits(request.number, language=turn.language)})
    offers = [Line(action, {"key": key}) for key, action in enumerate(actions, start=1)]
    status = _handover_line(turn, handover) or _status_line(turn, standing.status, standing.visit)
    if standing.eta_at is not None and standing.visit is not None:
        eta = say_instant(
            max(standing.eta_at, turn.now), now=turn.now, time_zone=request.time_zone, language=turn.language
        )
        technician = technician_name(standing.visit, turn.language)
        status = Line("request_on_the_way", {"technician": technician, "eta": eta})
    return choice(number, status, *offers, keys=number_keys(len(offers)))


def answer_request(turn: Turn, key: str) -> str:
    """Do what was asked for, or go where it is asked about."""
    action = turn.recall("actions")[int(key) - 1]
    if action in {"request_book", "request_change"}:
        turn.begin_booking()
        return "offer"
    if action == "request_technician":
        return _call_technician(turn)
    if action == "request_cancel":
        return "cancel"
    if action == "request_solved":
        return _take_as_solved(turn)
    return _repair_again(turn) if action == "request_not_solved" else "request"


def enter_cancel(turn: Turn) -> Reply:
    """Ask once more before anything is given up."""
    number = say_digits(_request(turn).number, language=turn.language)
    return choice(Line("cancel", {"number": number}), keys=("1", "2"))


def answer_cancel(turn: Turn, key: str) -> str:
    """Confirmed: the place is free at once and everybody told; otherwise everything stays as it was."""
    if key == "2":
        turn.say_first("cancel_kept")
        return "request"
    request = _request(turn)
    if read_standing(turn.session, request=request).status not in CANCELLABLE:
        # The technician has come, or somebody else has ended it, since this caller heard how it stands.
        turn.say_first("cancel_too_late")
        return "request"
    withdraw_request(turn.session, request=request, house=turn.house, now=turn.now, source="hotline", actor="caller")
    note_outcome(turn.call, CallOutcome.CANCELLED)
    log_step(turn.session, call=turn.call, kind="cancelled", now=turn.now, facts={"request": request.number})
    turn.say_first("cancelled", number=say_digits(request.number, language=turn.language))
    return "closing"


def _call_technician(turn: Turn) -> str:
    visit = find_visit_to_call(turn.session, request=_request(turn), now=turn.now)
    if visit is None:
        return "request"
    begin_visit_call(turn.session, call=turn.call, visit=visit, party=VisitParty.CUSTOMER)
    return "visit_call"


def _take_as_solved(turn: Turn) -> str:
    request = _request(turn)
    if read_standing(turn.session, request=request).status in {RequestStatus.ON_SITE, RequestStatus.ON_THE_WAY}:
        return "request"
    confirm_solved(turn.session, request=request, house=turn.house, now=turn.now, source="hotline", actor="caller")
    log_step(turn.session, call=turn.call, kind="confirmed", now=turn.now, facts={"request": request.number})
    turn.say_first("confirmed_solved")
    return "closing"


def _repair_again(turn: Turn) -> str:
    request = open_repeat(
        turn.session,
        request=_request(turn),
        channel=Channel.HOTLINE,
        language=turn.language,
        opened_at=turn.call.started_at,
        now=turn.now,
        contact_phone=turn.contact_phone,
    )
    take_up(turn.call, request)
    log_step(turn.session, call=turn.call, kind="repeat", now=turn.now, facts={"request": request.number})
    turn.say_first("repeat_opened", number=say_digits(request.number, language=turn.language))
    turn.begin_booking()
    return "offer"


def _status_line(turn: Turn, status: RequestStatus, visit: Visit | None) -> Line:
    if visit is None or status is not RequestStatus.PROMISED:
        return Line(STATUS_PROMPTS[status])
    assert visit.window_from_at is not None  # noqa: S101 - a promised visit has its window
    assert visit.window_until_at is not None  # noqa: S101
    window = say_window(
        visit.window_from_at,
        visit.window_until_at,
        now=turn.now,
        time_zone=visit.request.time_zone,
        language=turn.language,
    )
    return Line("request_promised", {"window": window, "technician": technician_name(visit, turn.language)})


def _handover_line(turn: Turn, handover: Handover | None) -> Line | None:
    if handover is None:
        return None
    name = {"service_point": turn.name_of(handover.service_point)}
    if handover.coming_from_at is None or handover.coming_until_at is None:
        return Line("request_handed_over", name)
    window = say_window(
        handover.coming_from_at,
        handover.coming_until_at,
        now=turn.now,
        time_zone=handover.request.time_zone,
        language=turn.language,
    )
    return Line("request_service_point_comes", {**name, "window": window})


def _request(turn: Turn) -> ServiceRequest:
    return turn.session.get_one(ServiceRequest, turn.call.request_id)


CANCELLABLE = {status for status, actions in ACTIONS.items() if "request_cancel" in actions}
STATUS_PROMPTS = {
    RequestStatus.WAITING: "request_waiting",
    RequestStatus.PROMISED: "request_waiting",
    RequestStatus.ON_THE_WAY: "request_leaving",
    RequestStatus.ON_SITE: "request_on_site",
    RequestStatus.IN_WORKSHOP: "request_in_workshop",
    RequestStatus.SOLVED: "request_is_solved",
    RequestStatus.ENDED: "request_ended",
}
REQUEST = Node("request", enter_request, answer_request)
CANCEL = Node("cancel", enter_cancel, answer_cancel, goes_back=False, must_be_sure=True)
