"""Windows the planner has proven, held while the caller chooses, committed when they do (H5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import structlog
from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice, number_keys
from ivr.turn import Turn
from models import ServiceRequest, SlotHold, SlotOffer, Visit
from operations.clocks.customer_wishes import note_wish
from operations.dispatching.bookings import PlanRefused, WindowLost, commit_hold
from operations.dispatching.offers import offer_windows
from operations.fieldwork.visits import RequestNotPlannable, find_bookable_visit
from operations.matters.handovers import hand_over
from operations.messages.escalations import escalate
from operations.messages.promises import find_latest_arrival, tell_customer
from operations.telephone.call_backs import promise_call_back
from operations.telephone.calls import log_step, note_outcome
from outbox.words import say_day, say_digits, say_instant, say_times, say_window
from policies.call_backs import CallBackReason
from policies.call_states import CallOutcome
from policies.escalations import EscalationReason
from policies.offers import Window

MOST_ROUNDS = 4
log = structlog.get_logger()


def enter_offer(turn: Turn) -> Reply | str:
    """Hold up to three windows and read them; when nothing fits, say so and promise a call back."""
    offer = _offer(turn)
    if offer is None or not offer.holds:
        return _leave_open(turn)
    turn.remember(hold_ids=[hold.id for hold in offer.holds])
    lines = [
        Line("offer_choice", {"window": _spoken(turn, hold), "key": position})
        for position, hold in enumerate(offer.holds, start=1)
    ]
    count = len(offer.holds)
    more, day = Line("offer_more", {"key": count + 1}), Line("offer_another_day", {"key": count + 2})
    return choice(*_intro(turn, offer), *lines, more, day, keys=number_keys(count + 2))


def answer_offer(turn: Turn, key: str) -> str:
    """Commit the chosen window; if it was lost meanwhile, say so and offer others."""
    hold_ids = turn.recall("hold_ids", [])
    if int(key) == len(hold_ids) + 1:
        return _other_times(turn, hold_ids)
    if int(key) > len(hold_ids):
        return "offer_day"
    hold = turn.session.get_one(SlotHold, hold_ids[int(key) - 1])
    try:
        visit = _book(turn, hold)
    except (WindowLost, PlanRefused) as lost:
        turn.session.expire_all()
        log_step(turn.session, call=turn.call, kind="lost", now=turn.now, facts={"why": str(lost)})
        turn.say_first("offer_lost")
        return "offer"
    if visit is None:
        return _leave_open(turn)
    turn.remember(visit_id=visit.id)
    note_wish(turn.session, visit=visit, hold=hold, by="caller", now=turn.now)
    if turn.recall("is_beyond") and not hold.is_inside_commitment:
        escalate(turn.session, request=visit.request, reason=EscalationReason.BEYOND_COMMITMENT, now=turn.now)
    note_outcome(turn.call, CallOutcome.BOOKED)
    log_step(turn.session, call=turn.call, kind="booked", now=turn.now, facts={"visit": visit.id, "hold": hold.id})
    return "booked"


def enter_booked(turn: Turn) -> Reply:
    """Read back request number, window and deadline (H5)."""
    visit = turn.session.get_one(Visit, turn.recall("visit_id"))
    assert visit.window_from_at is not None  # noqa: S101 - a booked visit has its window
    assert visit.window_until_at is not None  # noqa: S101
    time_zone = visit.request.time_zone
    deadline_at = find_latest_arrival(turn.session, visit=visit) or visit.window_until_at
    values = {
        "number": say_digits(visit.request.number, language=turn.language),
        "window": say_window(
            visit.window_from_at, visit.window_until_at, now=turn.now, time_zone=time_zone, language=turn.language
        ),
        "deadline": say_instant(deadline_at, now=turn.now, time_zone=time_zone, language=turn.language),
    }
    return choice(Line("booked", values), Line("booked_choice"), keys=("1", "2", "3"))


def answer_booked(turn: Turn, key: str) -> str:
    """Say it again, go on with something else, or give another number: somebody else will be there."""
    if key == "3":
        turn.remember(after_contact=None)
        return "contact_number"
    return "booked" if key == "1" else "main"


def _intro(turn: Turn, offer: SlotOffer) -> list[Line]:
    """Say honestly what these windows are: in time, the earliest there are, or later because they were asked for."""
    is_in_time = any(hold.is_inside_commitment for hold in offer.holds)
    hours = {"hours": turn.figures.on_site_hours}
    if turn.recall("span"):
        zone, starts_at = offer.visit.request.time_zone, offer.holds[0].window_from_at
        day = say_day(starts_at, now=turn.now, time_zone=zone, language=turn.language)
        return [Line("offer_intro_day", {"day": day}), *([] if is_in_time else [Line("offer_intro_beyond", hours)])]
    if is_in_time:
        return [Line("offer_intro")]
    if turn.recall("skip"):
        return [Line("offer_intro_beyond", hours)]
    turn.remember(is_beyond=True)
    return [Line("offer_intro_late", hours)]


def _offer(turn: Turn) -> SlotOffer | None:
    try:
        visit = find_bookable_visit(turn.session, request=_request(turn))
    except RequestNotPlannable:
        return None
    if visit is None:
        return None
    try:
        with turn.session.begin_nested():
            return _hold_windows(turn, visit)
    except SQLAlchemyError:
        raise
    except Exception:
        if current_app.testing:
            raise
        # The request is on record: with the planner down somebody calls back, and this caller is answered now.
        log.exception("no windows could be found", call_sid=turn.call.call_sid, visit=visit.id)
        return None


def _book(turn: Turn, hold: SlotHold) -> Visit | None:
    """Commit the hold; None when the planner is down. Raises WindowLost, PlanRefused."""
    try:
        with turn.session.begin_nested():
            return commit_hold(
                turn.session,
                hold=hold,
                house=turn.house,
                now=turn.now,
                source="hotline",
                actor="caller",
                may_move=True,
            )
    except (WindowLost, PlanRefused, SQLAlchemyError):
        raise
    except Exception:
        if current_app.testing:
            raise
        turn.session.expire_all()
        log.exception("the chosen window could not be booked", call_sid=turn.call.call_sid, hold=hold.id)
        return None


def _hold_windows(turn: Turn, visit: Visit) -> SlotOffer:
    skip = [dt.datetime.fromisoformat(text) for text in turn.recall("skip", [])]
    span = turn.recall("span")
    asked = Window(*map(dt.datetime.fromisoformat, span)) if span else None
    offer = offer_windows(turn.session, visit=visit, now=turn.now, skip=skip, span=asked)
    if not offer.holds and (skip or asked):
        turn.say_first("offer_no_more" if skip else "offer_none_that_day")
        turn.remember(skip=[], span=None)
        offer = offer_windows(turn.session, visit=visit, now=turn.now)
    windows = [[hold.window_from_at.isoformat(), hold.window_until_at.isoformat()] for hold in offer.holds]
    facts = {"windows": windows, "revision": offer.plan_revision}
    log_step(turn.session, call=turn.call, kind="offer", now=turn.now, facts=facts)
    return offer


def _other_times(turn: Turn, hold_ids: Sequence[int]) -> str:
    rounds = turn.recall("rounds", 1) + 1
    if rounds > MOST_ROUNDS:
        turn.say_first("offer_given_up")
        return "person"
    heard = [turn.session.get_one(SlotHold, hold_id).window_from_at.isoformat() for hold_id in hold_ids]
    turn.remember(skip=[*turn.recall("skip", []), *heard], rounds=rounds)
    return "offer"


def _leave_open(turn: Turn) -> str:
    request = _request(turn)
    if request.area_id is None:
        return _leave_to_service_point(turn, request)
    minutes = turn.figures.voicemail_callback_minutes
    visit = turn.session.query(Visit).filter_by(request_id=request.id).first()
    if visit is not None:
        tell_customer(
            turn.session,
            visit=visit,
            event=f"request:{request.id}:left_open",
            template="request_left_open",
            values={"minutes": minutes},
            house=turn.house,
            now=turn.now,
        )
    _promise_to_call(turn, request, EscalationReason.NO_WINDOW)
    turn.say_first("no_window", number=say_digits(request.number, language=turn.language), minutes=minutes)
    return "closing"


def _leave_to_service_point(turn: Turn, request: ServiceRequest) -> str:
    """Outside our area the service point near by is asked and we follow it; with nobody to ask we call back (H13)."""
    number = say_digits(request.number, language=turn.language)
    handover = hand_over(turn.session, request=request, house=turn.house, now=turn.now)
    if handover is None:
        _promise_to_call(turn, request, EscalationReason.OUT_OF_AREA)
        turn.say_first("out_of_area", number=number, minutes=turn.figures.voicemail_callback_minutes)
        return "closing"
    note_outcome(turn.call, CallOutcome.HANDED_OVER)
    facts = {"service_point": handover.service_point.code}
    log_step(turn.session, call=turn.call, kind="handed_over", now=turn.now, facts=facts)
    name, minutes = turn.name_of(handover.service_point), turn.figures.handover_answer_minutes
    turn.say_first("handed_over", number=number, service_point=name, minutes=minutes)
    if turn.contact_phone is None:
        # Nobody can text this caller, who keyed no number either: they are asked to say one.
        turn.remember(about=str(CallBackReason.OUT_OF_AREA))
        return "call_back"
    return "closing"


def _promise_to_call(turn: Turn, request: ServiceRequest, reason: EscalationReason) -> None:
    escalate(turn.session, request=request, reason=reason, now=turn.now)
    promise_call_back(turn.session, call=turn.call, reason=CallBackReason(reason), now=turn.now)
    note_outcome(turn.call, CallOutcome.CALL_BACK)


def _request(turn: Turn) -> ServiceRequest:
    return turn.session.get_one(ServiceRequest, turn.call.request_id)


def _spoken(turn: Turn, hold: SlotHold) -> str:
    """Say a window; its day is said once before all of them when the caller asked for that day."""
    zone, language = hold.offer.visit.request.time_zone, turn.language
    if turn.recall("span"):
        return say_times(hold.window_from_at, hold.window_until_at, time_zone=zone, language=language)
    return say_window(hold.window_from_at, hold.window_until_at, now=turn.now, time_zone=zone, language=language)


OFFER = Node("offer", enter_offer, answer_offer, goes_back=False)
BOOKED = Node("booked", enter_booked, answer_booked, goes_back=False, ends_on_silence=True)
