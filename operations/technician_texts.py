"""A text from a technician's phone: carried out, answered once, and never acted on for somebody else's visit (D10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import InboundMessage, ServiceRequest, Technician, ToldStop, Visit
from operations.declined_visits import hand_to_another
from operations.house import House
from operations.visits import accept_visit, arrive, complete_visit, decline_visit, start_travel
from outbox.enqueue import enqueue_message
from outbox.words import load_words
from policies.technician_replies import Command, Reply, read_reply
from policies.visit_states import ENDED, VisitMoveRefused, VisitState

ACTIONS: Mapping[Command, Callable[..., None]] = {
    Command.ACCEPT: accept_visit,
    Command.ON_THE_WAY: start_travel,
    Command.ARRIVED: arrive,
    Command.DONE: complete_visit,
    Command.DECLINE: decline_visit,
}
WANTED = {
    Command.ACCEPT: VisitState.ACKNOWLEDGED,
    Command.ON_THE_WAY: VisitState.EN_ROUTE,
    Command.ARRIVED: VisitState.ON_SITE,
    Command.DONE: VisitState.COMPLETED,
    Command.DECLINE: VisitState.BOOKED,
}
NOT_UNDERSTOOD = "not_understood"
UNKNOWN_CODE = "unknown_code"
OUT_OF_ORDER = "out_of_order"
REPLY_EXPIRES = dt.timedelta(hours=2)


def carry_out(session: Session, technician: Technician, text: InboundMessage, house: House, now: dt.datetime) -> str:
    """Do what a technician's text says, answer it once, and return what it was taken for; the live plan is locked."""
    mine = _open_visits(session, technician)
    reply = read_reply(text.body)
    if reply is None or (reply.code is None and reply.command is not Command.ACCEPT):
        example = mine[0].code if mine else "K7PD"
        _answer(session, technician, text, "reply_not_understood", {"example": example}, now)
        return NOT_UNDERSTOOD
    if reply.code is None:
        return _accept_all(session, technician, text, mine, house, now)
    visit = next((visit for visit in mine if visit.code == reply.code), None)
    if visit is None:
        values = {"code": reply.code, "hotline": house.hotline_number}
        _answer(session, technician, text, "reply_unknown_code", values, now)
        return UNKNOWN_CODE
    text.visit_id = visit.id
    return _act(session, technician, text, visit, reply, house, now)


def _act(
    session: Session,
    technician: Technician,
    text: InboundMessage,
    visit: Visit,
    reply: Reply,
    house: House,
    now: dt.datetime,
) -> str:
    states = load_words(technician.language)["visit_states"]
    try:
        ACTIONS[reply.command](session, visit=visit, house=house, now=now, actor=f"technician:{technician.number}")
    except VisitMoveRefused:
        wanted = WANTED[reply.command]
        if visit.state is not wanted:
            values = {"code": visit.code, "state": states[visit.state], "wanted": states[wanted]}
            _answer(session, technician, text, "reply_out_of_order", {**values, "hotline": house.hotline_number}, now)
            return OUT_OF_ORDER
    if reply.command is Command.DECLINE and visit.state is VisitState.BOOKED:
        is_taken_over = hand_to_another(session, visit=visit, house=house, now=now)
        template = "reply_declined" if is_taken_over else "reply_nobody_else"
        _answer(session, technician, text, template, {"code": visit.code, "hotline": house.hotline_number}, now)
    else:
        _answer(session, technician, text, "reply_noted", {"code": visit.code, "state": states[visit.state]}, now)
    return str(reply.command)


def _accept_all(
    session: Session,
    technician: Technician,
    text: InboundMessage,
    mine: Sequence[Visit],
    house: House,
    now: dt.datetime,
) -> str:
    waiting = [visit for visit in mine if visit.state is VisitState.DISPATCHED]
    for visit in waiting:
        accept_visit(session, visit=visit, house=house, now=now, actor=f"technician:{technician.number}")
    _answer(session, technician, text, "reply_all_accepted", {"count": len(waiting)}, now)
    return str(Command.ACCEPT)


def _open_visits(session: Session, technician: Technician) -> Sequence[Visit]:
    """Return the visits this technician has been told about and that have not ended, in the order of their start."""
    return session.scalars(
        select(Visit)
        .join(ToldStop, ToldStop.visit_id == Visit.id)
        .where(ToldStop.technician_id == technician.id, Visit.state.not_in(ENDED))
        .order_by(ToldStop.planned_start_at)
        .options(
            joinedload(Visit.technician),
            joinedload(Visit.request).joinedload(ServiceRequest.site),
        )
    ).all()


def _answer(
    session: Session,
    technician: Technician,
    text: InboundMessage,
    template: str,
    values: Mapping[str, object],
    now: dt.datetime,
) -> None:
    enqueue_message(
        session,
        event=f"text:{text.message_sid}",
        recipient=f"technician:{technician.id}",
        to_number=technician.phone,
        language=technician.language,
        template=template,
        values=values,
        now=now,
        expires_at=now + REPLY_EXPIRES,
        visit_id=text.visit_id,
    )
