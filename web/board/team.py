"""The team today: who works, who is ill, late or back, and what the planner answered (D3, D6)."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import PlanEvent, Technician
from operations.day.day import find_area
from operations.day.team import CrewMember, list_crew
from operations.planning.plan_events import (
    LONGEST_REASON,
    AbsenceRefused,
    DelayRefused,
    list_plan_events,
    record_absence,
    record_delay,
    record_return,
)
from policies.plan_events import LONGEST_DELAY_MINUTES, PlanEventOutcome
from web.forms.form_fields import Refusals, read_instant, read_text, read_whole, refusing
from web.foundation.access import OFFICE, PLANNERS, for_roles
from web.foundation.services import now, services
from web.wording.sentences import in_language, say
from web.wording.words import Tone, instant, window

team = Blueprint("team", __name__, url_prefix="/team")
SHOWN = dt.timedelta(hours=24)
WHOLE_MINUTES = "%Y-%m-%dT%H:%M"
REFUSALS: Refusals = {AbsenceRefused: "team.absence_refused", DelayRefused: "team.delay_refused"}
TONES: dict[PlanEventOutcome | None, Tone] = {
    None: Tone.CALM,
    PlanEventOutcome.PUBLISHED: Tone.KEPT,
    PlanEventOutcome.NO_CHANGE: Tone.KEPT,
    PlanEventOutcome.PROPOSED: Tone.NEAR,
    PlanEventOutcome.FAILED: Tone.BROKEN,
}


@dataclass(frozen=True, slots=True)
class MemberLine:
    """One technician: shift, visits that hang on it, what stands against it, and what the forms begin with."""

    technician_id: int
    number: str
    name: str
    shift: str
    visits: int
    state: str
    is_upset: bool
    can_come_back: bool
    from_value: str
    until_value: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """What happened, who said so, and what came of it."""

    at: str
    what: str
    who: str
    by: str
    outcome: str
    tone: Tone
    is_waiting: bool


@team.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """Everybody of the area, and what has upset the plan within the last day."""
    with services().database.reading() as session:
        area = find_area(session, code=request.args.get("area")) or abort(404)
        zone = ZoneInfo(area.time_zone)
        members = [_member_line(one, zone) for one in list_crew(session, area_id=area.id, now=now())]
        events = [_event_line(one, zone) for one in list_plan_events(session, area_id=area.id, since_at=now() - SHOWN)]
    return render_template(
        "team.html",
        members=members,
        events=events,
        may_act=current_user.role in PLANNERS,
        longest_delay_minutes=LONGEST_DELAY_MINUTES,
        longest_reason=LONGEST_REASON,
    )


@team.post("/<int:technician_id>/absence")
@for_roles(PLANNERS)
def absence(technician_id: int) -> ResponseReturnValue:
    """Somebody cannot work between two local times."""

    def record(session: Session, technician: Technician) -> None:
        zone = ZoneInfo(technician.area.time_zone)
        record_absence(
            session,
            technician=technician,
            from_at=read_instant("from", zone),
            until_at=read_instant("until", zone),
            reason=read_text("reason", longest=LONGEST_REASON, is_required=True),
            by=current_user.name,
            now=now(),
        )

    return _record(technician_id, record)


@team.post("/<int:technician_id>/delay")
@for_roles(PLANNERS)
def delay(technician_id: int) -> ResponseReturnValue:
    """Somebody cannot go on before so many minutes."""

    def record(session: Session, technician: Technician) -> None:
        minutes = read_whole("minutes", least=1, most=LONGEST_DELAY_MINUTES)
        record_delay(session, technician=technician, minutes=minutes, by=current_user.name, now=now())

    return _record(technician_id, record)


@team.post("/<int:technician_id>/return")
@for_roles(PLANNERS)
def come_back(technician_id: int) -> ResponseReturnValue:
    """Somebody works again."""

    def record(session: Session, technician: Technician) -> None:
        record_return(session, technician=technician, by=current_user.name, now=now())

    return _record(technician_id, record)


def _record(technician_id: int, record: Callable[[Session, Technician], None]) -> ResponseReturnValue:
    with services().database.reading() as session:
        technician = session.get(Technician, technician_id) or abort(404)
        back_to = url_for("web.team.show", area=technician.area.code)
    with refusing(REFUSALS, back_to=back_to), services().database.writing() as session:
        record(session, session.get_one(Technician, technician_id))
    flash(say("team.recorded"), "done")
    return redirect(back_to)


def _member_line(member: CrewMember, zone: ZoneInfo) -> MemberLine:
    today = now().astimezone(zone).date()
    shift, away = member.shift, member.absence
    state = say("team.works" if shift else "team.off")
    if away is not None:
        span = "–".join(instant(at, zone, today=today) for at in (away.absent_from_at, away.absent_until_at))
        state = say("team.away", span=span, reason=away.reason)
    elif member.free_at is not None:
        state = say("team.late_until", at=instant(member.free_at, zone, today=today))
    begins_at = max(now(), shift.starts_at) if shift else now()
    ends_at = shift.ends_at if shift else now() + SHOWN
    return MemberLine(
        technician_id=member.technician.id,
        number=member.technician.number,
        name=in_language(member.technician, "name"),
        shift=window(shift.starts_at, shift.ends_at, zone, today=today) if shift else say("team.no_shift"),
        visits=member.visits,
        state=state,
        is_upset=away is not None or member.free_at is not None,
        can_come_back=member.free_at is not None or (away is not None and away.absent_from_at <= now()),
        from_value=begins_at.astimezone(zone).strftime(WHOLE_MINUTES),
        until_value=ends_at.astimezone(zone).strftime(WHOLE_MINUTES),
    )


def _event_line(event: PlanEvent, zone: ZoneInfo) -> EventLine:
    today = now().astimezone(zone).date()
    until = instant(event.free_at, zone, today=today) if event.free_at else ""
    return EventLine(
        at=instant(event.recorded_at, zone, today=today),
        what=say(f"plan_event_kind.{event.kind}", until=until, count=len(event.visit_ids)),
        who=in_language(event.technician, "name") if event.technician else "",
        by=event.recorded_by,
        outcome=say(f"plan_event_outcome.{event.outcome}" if event.outcome else "plan_event_outcome.thinking"),
        tone=TONES[event.outcome],
        is_waiting=event.outcome is PlanEventOutcome.PROPOSED
        and event.proposal is not None
        and event.proposal.decided_at is None,
    )
