"""One request's page, and what the office does with it there: note, close, repeat, pin, record a measure (C1, H17)."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import ServiceRequest, Visit
from operations.dispatching.pins import VisitNotPinnable, pin_visit
from operations.matters.major_faults import MajorFaultUnknown, MeasureEmpty, record_measure
from operations.office.request_changes import (
    LONGEST_NOTE,
    NoteEmpty,
    NothingToRepeat,
    RequestMovedOn,
    TechnicianOnSite,
    add_note,
    close_by_hand,
    repeat_by_hand,
)
from operations.office.request_file import find_request, find_request_file
from policies.request_states import CLOSED_BY_HAND, CloseReason
from policies.visit_locks import VisitLockKind
from policies.visit_states import VisitMoveRefused
from web.board.moves import draw_asked
from web.forms.form_fields import Refusals, read_text, refusing
from web.foundation.access import HELPERS, NOTERS, PLANNERS, STORE, for_roles
from web.foundation.services import now, services
from web.requests.request_page import draw_request
from web.wording.sentences import say

LONGEST_MEASURE = 1000
requests = Blueprint("requests", __name__, url_prefix="/requests")


@requests.get("/<number>")
@for_roles(STORE)
def show(number: str) -> ResponseReturnValue:
    """The page of the request with this number; the parts store sees of it what a part needs."""
    with services().database.reading() as session:
        file = find_request_file(session, number=number) or abort(404)
        page = draw_request(session, file, role=current_user.role)
        verdict = draw_asked(session)
    return render_template("request.html", page=page, verdict=verdict, longest_note=LONGEST_NOTE)


@requests.post("/<number>/note")
@for_roles(NOTERS)
def note(number: str) -> ResponseReturnValue:
    """Write a note into the record, and for the technician if it is for them too."""
    words = read_text("note", longest=LONGEST_NOTE, is_required=True)
    is_for_technician = request.form.get("for_technician") == "yes"

    def add(session: Session, matter: ServiceRequest) -> str:
        add_note(
            session,
            request=matter,
            words=words,
            is_for_technician=is_for_technician,
            by=current_user.name,
            now=now(),
        )
        return number

    return _carry_out(number, add, refusals={NoteEmpty: "request_trouble.note"}, done="request_act.noted")


@requests.post("/<number>/close")
@for_roles(HELPERS)
def close(number: str) -> ResponseReturnValue:
    """Close it with a reason; what is planned still is called off."""
    wanted = request.form.get("reason", "")
    reason = CloseReason(wanted) if wanted in set(CLOSED_BY_HAND) else abort(400)
    words = read_text("words", longest=LONGEST_NOTE)

    def end(session: Session, matter: ServiceRequest) -> str:
        close_by_hand(
            session,
            request=matter,
            reason=reason,
            words=words,
            seen=request.form.get("seen", ""),
            house=services().house,
            by=current_user.name,
            now=now(),
        )
        return number

    refusals: Refusals = {
        RequestMovedOn: "request_trouble.moved_on",
        TechnicianOnSite: "request_trouble.on_site",
        VisitMoveRefused: "request_trouble.moved_on",
    }
    return _carry_out(number, end, refusals=refusals, done="request_act.closed")


@requests.post("/<number>/repeat")
@for_roles(HELPERS)
def repeat(number: str) -> ResponseReturnValue:
    """It was not solved after all: open the second repair, and show it."""

    def open_second(session: Session, matter: ServiceRequest) -> str:
        return repeat_by_hand(session, request=matter, by=current_user.name, now=now()).number

    refusals: Refusals = {NothingToRepeat: "request_trouble.moved_on"}
    return _carry_out(number, open_second, refusals=refusals, done="request_act.repeated")


@requests.post("/<number>/pin")
@for_roles(PLANNERS)
def pin(number: str) -> ResponseReturnValue:
    """Pin a visit of the request where it stands in the plan, or free it."""
    code, word = request.form.get("visit", ""), request.form.get("lock", "")
    kind = None if not word else VisitLockKind(word) if word in set(VisitLockKind) else abort(400)

    def hold(session: Session, matter: ServiceRequest) -> str:
        visit = session.query(Visit).filter_by(request_id=matter.id, code=code).one_or_none() or abort(404)
        pin_visit(session, visit=visit, kind=kind, by=current_user.name, now=now())
        return number

    refusals: Refusals = {VisitNotPinnable: "request_trouble.not_pinnable"}
    return _carry_out(number, hold, refusals=refusals, done="request_act.pinned")


@requests.post("/<number>/measure")
@for_roles(PLANNERS)
def measure(number: str) -> ResponseReturnValue:
    """Record what was done about a major fault; this stops the 4-hour clock (H11)."""
    wired, back_to = services(), url_for("web.requests.show", number=number)
    try:
        refusals: Refusals = {MeasureEmpty: "major_fault.measure_empty"}
        with refusing(refusals, back_to=back_to), wired.database.writing() as session:
            file = find_request_file(session, number=number) or abort(404)
            record_measure(
                session,
                request_id=file.request.id,
                measure=read_text("measure", longest=LONGEST_MEASURE),
                by=current_user.name,
                house=wired.house,
                now=now(),
            )
    except MajorFaultUnknown:
        abort(404)
    flash(say("major_fault.measure_noted"), "done")
    return redirect(back_to)


def _carry_out(
    number: str,
    act: Callable[[Session, ServiceRequest], str],
    *,
    refusals: Refusals,
    done: str,
) -> ResponseReturnValue:
    """Do it and lead to the page of the number it returns; where it is refused, the form says why."""
    page = url_for("web.requests.show", number=number)
    with refusing(refusals, back_to=page), services().database.writing() as session:
        matter = find_request(session, number=number) or abort(404)
        leads_to = act(session, matter)
    flash(say(done), "done")
    return redirect(url_for("web.requests.show", number=leads_to))
