"""Corrections: an event that happened at another time, did not happen, or was never written down (K1).

Nothing in the chain changes: each is one more event, with who said so and why, and the clock is read again.
"""

from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import Commitment, StatusEvent
from operations.clocks.clock_rules import name_of_clock
from operations.clocks.commitment_figures import find_clock
from operations.day.day import find_area
from operations.matters.corrections import (
    CorrectionRefused,
    correct_event,
    find_event,
    list_late_kinds,
    record_late_event,
)
from web.forms.form_fields import Refusals, read_instant, read_text, refusing
from web.foundation.access import SUPERVISORS, for_roles
from web.foundation.services import now, services
from web.wording.record_words import say_party
from web.wording.sentences import page_language, say
from web.wording.words import instant

LONGEST_REASON = 300
REFUSALS: Refusals = {CorrectionRefused: "clock_event.refused"}
clock_events = Blueprint("clock_events", __name__, url_prefix="/commitments/<int:clock_id>/events")


@clock_events.get("/<int:position>")
@for_roles(SUPERVISORS)
def show(clock_id: int, position: int) -> ResponseReturnValue:
    """One event, with what may be said against it."""
    with services().database.reading() as session:
        clock, event = _find(session, clock_id, position)
        zone = _zone(session)
        return render_template(
            "clock_event.html",
            clock_id=clock_id,
            clock=name_of_clock(session, kind=clock.kind, language=str(page_language())),
            position=position,
            what=event_name(event.kind),
            at=instant(event.occurred_at, zone, today=now().astimezone(zone).date()),
            value=f"{event.occurred_at.astimezone(zone):%Y-%m-%dT%H:%M:%S}",
            actor=say_party(event.actor),
            zone=zone.key,
        )


@clock_events.post("/<int:position>")
@for_roles(SUPERVISORS)
def correct(clock_id: int, position: int) -> ResponseReturnValue:
    """Move an event to another time, or take it back."""
    back_to = url_for(".show", clock_id=clock_id, position=position)
    with refusing(REFUSALS, back_to=back_to), services().database.writing() as session:
        clock, event = _find(session, clock_id, position)
        is_void = request.form.get("what") == "void"
        correct_event(
            session,
            event=event,
            request_id=clock.request_id,
            reason=read_text("reason", longest=LONGEST_REASON, is_required=True),
            by=current_user.name,
            now=now(),
            occurred_at=None if is_void else read_instant("at", _zone(session)),
        )
    flash(say("clock_event.corrected"), "done")
    return _back(clock_id)


@clock_events.post("")
@for_roles(SUPERVISORS)
def add(clock_id: int) -> ResponseReturnValue:
    """Write down late what happened then: what ends this clock, and nothing else."""
    back_to = url_for("web.commitments.show_one", clock_id=clock_id)
    with refusing(REFUSALS, back_to=back_to), services().database.writing() as session:
        clock = find_clock(session, clock_id=clock_id) or abort(404)
        record_late_event(
            session,
            commitment=clock,
            kind=read_text("kind"),
            occurred_at=read_instant("at", _zone(session)),
            reason=read_text("reason", longest=LONGEST_REASON, is_required=True),
            by=current_user.name,
            now=now(),
        )
    flash(say("clock_event.added"), "done")
    return _back(clock_id)


def late_kinds(session: Session, clock: Commitment) -> list[tuple[str, str]]:
    """Return what may be written down late about a clock, with its name."""
    kinds = list_late_kinds(session, commitment=clock, now=now())
    return [(kind, event_name(kind)) for kind in kinds]


def event_name(kind: str) -> str:
    """Return what an event is called; one that only an organisation's own rules know keeps its word."""
    try:
        return say(f"event_kind.{kind}")
    except KeyError:
        return kind.replace("_", " ")


def _find(session: Session, clock_id: int, position: int) -> tuple[Commitment, StatusEvent]:
    clock = find_clock(session, clock_id=clock_id) or abort(404)
    event = find_event(session, subject=clock.subject, position=position) or abort(404)
    return clock, event


def _zone(session: Session) -> ZoneInfo:
    area = find_area(session, code=None)
    return ZoneInfo(area.time_zone if area else "UTC")


def _back(clock_id: int) -> ResponseReturnValue:
    # A clock whose start was taken back is no more.
    with services().database.reading() as session:
        is_there = find_clock(session, clock_id=clock_id) is not None
    target = url_for("web.commitments.show_one", clock_id=clock_id) if is_there else url_for("web.commitments.show")
    return redirect(target)
