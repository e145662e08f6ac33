"""A text from a technician's phone: carried out, answered once, and never acted on for somebody else's visit (D10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import InboundMessage, ServiceRequest, Technician, ToldStop, Visit
from operations.dispatching.delays import delayed_until, report_delay
from operations.fieldwork.declined_visits import take_decline
from operations.fieldwork.visits import accept_visit, arrive, complete_visit, end_unfinished, start_travel
from operations.foundation.house import House
from operations.messages.escalations import escalate
from operations.parts.requisitions import NoWarehouse, ask_for_parts
from operations.parts.stock import NoVan, list_parts
from outbox.enqueue import enqueue_message
from outbox.words import load_words, write_time
from policies.escalations import EscalationReason
from policies.local_times import next_time_of_day
from policies.technician_replies import Command, Reply, read_part_wish, read_reply
from policies.visit_states import ENDED, IncompleteReason, VisitMoveRefused, VisitState

NOT_UNDERSTOOD = "not_understood"
UNKNOWN_CODE = "unknown_code"
OUT_OF_ORDER = "out_of_order"
REPLY_EXPIRES = dt.timedelta(hours=2)
CODE_UNNEEDED: Mapping[Command, VisitState] = {
    Command.ARRIVED: VisitState.EN_ROUTE,
    Command.LATE: VisitState.EN_ROUTE,
    Command.DONE: VisitState.ON_SITE,
    Command.NEED_PART: VisitState.ON_SITE,
    Command.NEED_HELP: VisitState.ON_SITE,
    Command.NO_ACCESS: VisitState.ON_SITE,
}
"""Where exactly one visit is in this state, the command can mean no other."""


@dataclass(frozen=True, slots=True)
class _Report:
    """A technician's command about one of his visits."""

    session: Session
    technician: Technician
    visit: Visit
    reply: Reply
    house: House
    now: dt.datetime

    @property
    def actor(self) -> str:
        """The name events carry."""
        return f"technician:{self.technician.number}"

    def expected_at(self) -> dt.datetime | None:
        """Return when he says he will be there: so many minutes from now, or the next time his clock shows it.

        "Late" counts from when he was due, as people mean it, or from now if that has passed.
        """
        reply = self.reply
        if reply.minutes is not None and reply.command is Command.LATE:
            return delayed_until(self.session, visit=self.visit, minutes=reply.minutes, now=self.now)
        if reply.minutes is not None:
            return self.now + dt.timedelta(minutes=reply.minutes)
        if reply.clock is None:
            return None
        return next_time_of_day(reply.clock, after=self.now, time_zone=self.visit.request.time_zone)


def carry_out(session: Session, technician: Technician, text: InboundMessage, house: House, now: dt.datetime) -> str:
    """Do what a technician's text says, answer it once, and return what it was taken for; the live plan is locked."""
    mine = _open_visits(session, technician)
    reply = read_reply(text.body)
    if reply is not None and reply.code is None and reply.command is Command.ACCEPT:
        return _accept_all(session, technician, text, mine, house, now)
    visit = _find_visit(reply, mine) if reply else None
    if reply is None or (reply.code is None and visit is None):
        example = mine[0].code if mine else "K7PD"
        _answer(session, technician, text, "reply_not_understood", {"example": example}, now)
        return NOT_UNDERSTOOD
    if visit is None:
        values = {"code": reply.code, "hotline": house.hotline_number}
        _answer(session, technician, text, "reply_unknown_code", values, now)
        return UNKNOWN_CODE
    text.visit_id, text.request_id = visit.id, visit.request_id
    return _act(text, _Report(session, technician, visit, reply, house, now))


def _find_visit(reply: Reply, mine: Sequence[Visit]) -> Visit | None:
    """Return the visit the reply names, or the only one it can be about."""
    if reply.code is not None:
        return next((visit for visit in mine if visit.code == reply.code), None)
    fitting = [visit for visit in mine if visit.state is CODE_UNNEEDED.get(reply.command)]
    return fitting[0] if len(fitting) == 1 else None


def _act(text: InboundMessage, report: _Report) -> str:
    visit, hotline = report.visit, report.house.hotline_number
    states = load_words(report.technician.language)["visit_states"]
    try:
        template, values = ACTIONS[report.reply.command](report)
    except VisitMoveRefused:
        wanted = WANTED.get(report.reply.command)
        if wanted is None or visit.state is not wanted:
            template = "reply_out_of_order" if wanted else "reply_too_early"
            values = {"state": states[visit.state], "wanted": states[wanted] if wanted else "", "hotline": hotline}
            _answer(report.session, report.technician, text, template, {"code": visit.code, **values}, report.now)
            return OUT_OF_ORDER
        template, values = "reply_noted", {}
    values = {"code": visit.code, "state": states[visit.state], "hotline": hotline, **values}
    _answer(report.session, report.technician, text, template, values, report.now)
    return str(report.reply.command)


Answer = tuple[str, dict[str, str]]


def _accept(report: _Report) -> Answer:
    accept_visit(report.session, visit=report.visit, house=report.house, now=report.now, actor=report.actor)
    return "reply_noted", {}


def _go(report: _Report) -> Answer:
    start_travel(
        report.session,
        visit=report.visit,
        house=report.house,
        now=report.now,
        actor=report.actor,
        expected_at=report.expected_at(),
    )
    return "reply_noted", {}


def _arrive(report: _Report) -> Answer:
    arrive(report.session, visit=report.visit, house=report.house, now=report.now, actor=report.actor)
    return "reply_noted", {}


def _finish(report: _Report) -> Answer:
    complete_visit(report.session, visit=report.visit, house=report.house, now=report.now, actor=report.actor)
    return "reply_noted", {}


def _decline(report: _Report) -> Answer:
    is_handed_on = take_decline(
        report.session,
        visit=report.visit,
        note=report.reply.note,
        house=report.house,
        now=report.now,
        actor=report.actor,
    )
    return "reply_declined" if is_handed_on else "reply_nobody_else", {}


def _be_late(report: _Report) -> Answer:
    expected_at = report.expected_at() or report.now
    report_delay(
        report.session,
        visit=report.visit,
        expected_at=expected_at,
        house=report.house,
        now=report.now,
        actor=report.actor,
        source="sms",
    )
    return "reply_late", {"time": write_time(expected_at, time_zone=report.visit.request.time_zone)}


def _need_part(report: _Report) -> Answer:
    """A part of the catalogue is asked for at the store; anything else, or an area without one, is a dispatcher's."""
    wish = read_part_wish(report.reply.note)
    parts = list_parts(report.session, wish.numbers)
    if len(parts) == 1 and report.visit.state not in {VisitState.BOOKED, VisitState.DISPATCHED}:
        wanted = {parts[0].id: wish.units}
        with suppress(NoVan, NoWarehouse):
            ask_for_parts(report.session, visit=report.visit, wanted=wanted, by=report.actor, now=report.now)
            return "reply_part_asked", {"parts": f"{wish.units} × {parts[0].number}"}
    _ask_for(report, EscalationReason.NEEDS_PART)
    return "reply_part", {}


def _need_help(report: _Report) -> Answer:
    _ask_for(report, EscalationReason.NEEDS_HELP)
    return "reply_help", {}


def _ask_for(report: _Report, reason: EscalationReason) -> None:
    if report.visit.state in {VisitState.BOOKED, VisitState.DISPATCHED}:
        raise VisitMoveRefused(f"{report.visit.state}: not accepted yet")
    visit = report.visit
    escalate(report.session, request=visit.request, visit=visit, reason=reason, note=report.reply.note, now=report.now)


def _leave(report: _Report) -> Answer:
    session, visit = report.session, report.visit
    end_unfinished(
        session,
        visit=visit,
        reason=IncompleteReason.NOBODY_HOME,
        house=report.house,
        now=report.now,
        actor=report.actor,
        note=report.reply.note,
    )
    return "reply_noted", {}


ACTIONS: Mapping[Command, Callable[[_Report], Answer]] = {
    Command.ACCEPT: _accept,
    Command.ON_THE_WAY: _go,
    Command.ARRIVED: _arrive,
    Command.DONE: _finish,
    Command.DECLINE: _decline,
    Command.LATE: _be_late,
    Command.NEED_PART: _need_part,
    Command.NEED_HELP: _need_help,
    Command.NO_ACCESS: _leave,
}
"""What each command does; it returns the answer's template and what that needs beyond code, state and hotline."""
WANTED = {
    Command.ACCEPT: VisitState.ACKNOWLEDGED,
    Command.ON_THE_WAY: VisitState.EN_ROUTE,
    Command.ARRIVED: VisitState.ON_SITE,
    Command.DONE: VisitState.COMPLETED,
    Command.DECLINE: VisitState.BOOKED,
    Command.NO_ACCESS: VisitState.NO_ACCESS,
}


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
