"""What waits for somebody in the office: major faults, complaints, promised calls, escalations (H7, H8, H11)."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import CallBack, ClockTimer, Complaint, Escalation, ServiceRequest
from operations.aftercare.complaints import answer_complaint, complaint_subject, list_complaints
from operations.clocks.clock_rules import name_of_clock
from operations.clocks.clock_timers import list_alerts, note_alert_seen
from operations.clocks.deadlines import find_deadlines
from operations.day.day import find_area
from operations.fieldwork.declined_visits import take_from_technician
from operations.matters.major_faults import list_major_faults_without_measure
from operations.messages.escalations import list_escalations, settle_escalation
from operations.planning.live_plan import lock_live_plan
from operations.telephone.call_backs import call_back_subject, list_call_backs, note_call_made
from policies.visit_states import VisitMoveRefused
from web.forms.form_fields import FormRefused
from web.foundation.access import HELPERS, OFFICE, PLANNERS, for_roles
from web.foundation.services import now, services
from web.wording.sentences import in_language, page_language, say
from web.wording.words import Tone, instant, time_left, tone_of

desk = Blueprint("desk", __name__, url_prefix="/desk")


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One thing that waits: since when, what, whose, and how long there is still."""

    matter_id: int
    since: str
    what: str
    number: str
    who: str
    phone: str
    request_number: str | None
    call_id: int | None
    left: str
    tone: Tone
    note: str = ""
    next_best: str = ""
    clock_id: int | None = None


@desk.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """Everything that waits, the oldest first."""
    with services().database.reading() as session:
        area = find_area(session, code=None)
        zone = ZoneInfo(area.time_zone if area else "UTC")
        lists = {
            "major_faults": _major_fault_lines(session, zone),
            "alerts": _alert_lines(session, zone),
            "complaints": _complaint_lines(session, zone),
            "call_backs": _call_back_lines(session, zone),
            "escalations": _escalation_lines(session, zone),
        }
    return render_template(
        "desk.html", lists=lists, may_act=current_user.role in HELPERS, may_plan=current_user.role in PLANNERS
    )


@desk.post("/complaints/<int:matter_id>")
@for_roles(HELPERS)
def complaints(matter_id: int) -> ResponseReturnValue:
    """Somebody has answered a complaint."""

    def settle(session: Session) -> None:
        complaint = session.get(Complaint, matter_id) or abort(404)
        answer_complaint(session, complaint=complaint, by=current_user.name, now=now())

    return _settle(settle)


@desk.post("/call_backs/<int:matter_id>")
@for_roles(HELPERS)
def call_backs(matter_id: int) -> ResponseReturnValue:
    """Somebody has called back."""

    def settle(session: Session) -> None:
        call_back = session.get(CallBack, matter_id) or abort(404)
        note_call_made(session, call_back=call_back, by=current_user.name, now=now())

    return _settle(settle)


@desk.post("/escalations/<int:matter_id>")
@for_roles(HELPERS)
def escalations(matter_id: int) -> ResponseReturnValue:
    """Somebody has looked at an escalation."""

    def settle(session: Session) -> None:
        escalation = session.get(Escalation, matter_id) or abort(404)
        settle_escalation(session, escalation=escalation, by=current_user.name, now=now())

    return _settle(settle)


@desk.post("/escalations/<int:matter_id>/hand-on")
@for_roles(PLANNERS)
def hand_on(matter_id: int) -> ResponseReturnValue:
    """Give the visit to somebody else who can keep its promise; the planner proves it once more (D10)."""
    wired = services()
    try:
        with wired.database.writing() as session:
            escalation = session.get(Escalation, matter_id) or abort(404)
            visit = escalation.visit or abort(404)
            lock_live_plan(session, area_id=visit.area_id, now=now())
            session.refresh(visit)
            is_given = take_from_technician(session, visit=visit, house=wired.house, by=current_user.name, now=now())
            if is_given:
                settle_escalation(session, escalation=escalation, by=current_user.name, now=now())
    except VisitMoveRefused:
        raise FormRefused({}, message=say("desk.has_begun"), back_to=url_for("web.desk.show")) from None
    if not is_given:
        raise FormRefused({}, message=say("desk.nobody_else"), back_to=url_for("web.desk.show"))
    flash(say("desk.handed_on"), "done")
    return redirect(url_for("web.desk.show"))


@desk.post("/alerts/<int:matter_id>")
@for_roles(HELPERS)
def alerts(matter_id: int) -> ResponseReturnValue:
    """Somebody has looked at the warning of a clock."""

    def settle(session: Session) -> None:
        timer = session.get(ClockTimer, matter_id) or abort(404)
        note_alert_seen(session, timer=timer, by=current_user.name, now=now())

    return _settle(settle)


def _settle(settle: Callable[[Session], None]) -> ResponseReturnValue:
    with services().database.writing() as session:
        settle(session)
    flash(say("desk.done"), "done")
    return redirect(url_for("web.desk.show"))


def _major_fault_lines(session: Session, zone: ZoneInfo) -> list[DeskLine]:
    """Those without a measure; it is recorded on the request's page."""
    return [
        DeskLine(
            matter_id=fault.id,
            since=_at(fault.request.opened_at, zone),
            what=say(f"major_fault_state.{fault.state}"),
            number="",
            who=_customer_of(fault.request),
            phone=fault.request.contact_phone or say("desk.no_number"),
            request_number=fault.request.number,
            call_id=None,
            left=time_left(deadline_at, now()),
            tone=tone_of(deadline_at, now()),
        )
        for fault, deadline_at in list_major_faults_without_measure(session)
    ]


def _alert_lines(session: Session, zone: ZoneInfo) -> list[DeskLine]:
    """What clocks have warned of or escalated and nobody has looked at, what breaks first coming first."""
    language = str(page_language())
    lines = []
    for timer in list_alerts(session):
        clock = timer.commitment
        request = session.get(ServiceRequest, clock.request_id) if clock.request_id else None
        lines.append(
            DeskLine(
                matter_id=timer.id,
                since=_at(timer.fired_at or clock.started_at, zone),
                what=name_of_clock(session, kind=clock.kind, language=language),
                number="",
                who=_customer_of(request) if request else "",
                phone=(request.contact_phone or "") if request else "",
                request_number=request.number if request else None,
                call_id=None,
                left=time_left(clock.deadline_at, now()),
                tone=tone_of(clock.deadline_at, now()),
                clock_id=clock.id,
            )
        )
    return lines


def _complaint_lines(session: Session, zone: ZoneInfo) -> list[DeskLine]:
    found = list_complaints(session)
    deadlines = find_deadlines(session, subjects=[complaint_subject(one.id) for one in found])
    return [
        _line(
            one,
            what=say(f"complaint_category.{one.category}"),
            number=one.number,
            since_at=one.opened_at,
            deadline_at=deadlines.get(complaint_subject(one.id)),
            zone=zone,
        )
        for one in found
    ]


def _call_back_lines(session: Session, zone: ZoneInfo) -> list[DeskLine]:
    found = list_call_backs(session)
    deadlines = find_deadlines(session, subjects=[call_back_subject(one.id) for one in found])
    return [
        _line(
            one,
            what=say(f"call_back_reason.{one.reason}"),
            number="",
            since_at=one.promised_at,
            deadline_at=deadlines.get(call_back_subject(one.id)),
            zone=zone,
        )
        for one in found
    ]


def _line(
    one: Complaint | CallBack,
    *,
    what: str,
    number: str,
    since_at: dt.datetime,
    deadline_at: dt.datetime | None,
    zone: ZoneInfo,
) -> DeskLine:
    return DeskLine(
        matter_id=one.id,
        since=_at(since_at, zone),
        what=what,
        number=number,
        who=in_language(one.customer, "name") if one.customer else "",
        phone=one.contact_phone or say("desk.no_number"),
        request_number=one.request.number if one.request else None,
        call_id=one.call_id,
        left=time_left(deadline_at, now()) if deadline_at else "",
        tone=tone_of(deadline_at, now()) if deadline_at else Tone.CALM,
    )


def _escalation_lines(session: Session, zone: ZoneInfo) -> list[DeskLine]:
    return [
        DeskLine(
            matter_id=one.id,
            since=_at(one.opened_at, zone),
            what=say(f"escalation_reason.{one.reason}"),
            number="",
            who=_customer_of(one.request),
            phone=one.request.contact_phone or say("desk.no_number"),
            request_number=one.request.number,
            call_id=None,
            left="",
            tone=Tone.CALM,
            note=one.note,
            next_best=_next_best(one, zone),
        )
        for one in list_escalations(session)
    ]


def _next_best(escalation: Escalation, zone: ZoneInfo) -> str:
    if escalation.technician is None or escalation.starts_at is None:
        return ""
    return f"{in_language(escalation.technician, 'name')}, {_at(escalation.starts_at, zone)}"


def _customer_of(request: ServiceRequest) -> str:
    return in_language(request.customer, "name") if request.customer else ""


def _at(at: dt.datetime, zone: ZoneInfo) -> str:
    return instant(at, zone, today=now().astimezone(zone).date())
