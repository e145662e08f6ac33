"""The promise radar: what is likely to break, what saves it, one key to do it; and what has no place, and why (D13)."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, current_app, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import Area, Visit
from operations.clocks.deadlines import find_deadlines
from operations.day.day import find_area
from operations.day.explanations import tell_office
from operations.dispatching.radar import (
    RescueLost,
    RescueOption,
    RiskLine,
    carry_out_rescue,
    explain_unplaced,
    list_rescues,
    list_risks,
    list_unplaced,
)
from operations.foundation.changes import BOARD, last_changes
from operations.planning.rows import VisitWithoutSite
from web.board.move_answers import answer_outcome, is_part_wanted
from web.foundation.access import OFFICE, PLANNERS, for_roles
from web.foundation.row_ids import row_id
from web.foundation.services import now, services
from web.foundation.shared_pages import SharedPages
from web.wording.sentences import in_language, page_language, place_name, say
from web.wording.words import Tone, clock_time, instant, time_left, tone_of, window

radar = Blueprint("radar", __name__, url_prefix="/radar")
CENTS = 100
LIKELY, POSSIBLE = 0.5, 0.2
PLAY_PAUSE = dt.timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class RadarLine:
    """One promise at risk, in words."""

    visit_id: int
    code: str
    number: str
    customer: str
    where: str
    promised: str
    technician: str
    chance: str
    tone: Tone
    expected: str
    left: str
    reason: str


@dataclass(frozen=True, slots=True)
class UnplacedLine:
    """One request that waits for a window."""

    visit_id: int
    number: str
    customer: str
    what: str
    left: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class RadarPage:
    """Everything the page shows."""

    area_name: str
    at_risk: list[RadarLine]
    unplaced: list[UnplacedLine]


@radar.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """The whole page; htmx asks for the lists alone, 304 while nothing has changed."""
    return _answer("radar_lists.html" if is_part_wanted() else "radar.html")


@radar.get("/board")
@for_roles(OFFICE)
def show_on_board() -> ResponseReturnValue:
    """The promises at risk as the board shows them beside its requests; 304 while nothing has changed.

    Many watch a board all day, and it changes with every call: the plan is played anew every 15 seconds at most.
    """
    return _answer("day_at_risk.html", at_most_every=PLAY_PAUSE)


def _answer(template: str, *, at_most_every: dt.timedelta = dt.timedelta(0)) -> ResponseReturnValue:
    with services().database.reading() as session:
        area = find_area(session, code=request.args.get("area")) or abort(404)
        revision, at = _settled(area.id, last_changes(session, topics=(BOARD,))[BOARD], at_most_every)
        tag = f"{area.id}-{revision}-{at:%Y%m%d%H%M}-{page_language()}-{current_user.role}"
        if is_part_wanted() and tag in request.if_none_match:
            return Response(status=304)
        pages: SharedPages[RadarPage] = current_app.extensions.setdefault("radar_pages", SharedPages())
        page = pages.get(tag, lambda: _build(session, area))
    response = make_response(render_template(template, page=page, may_plan=current_user.role in PLANNERS))
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    # The page and its lists have one address: without this a browser would answer a 304 with the whole page.
    response.vary.add("HX-Request")
    return response


@radar.get("/<int:visit_id>/rescues")
@for_roles(OFFICE)
def rescues(visit_id: int) -> ResponseReturnValue:
    """What makes a visit safer, the cheapest first."""
    with services().database.reading() as session:
        visit = session.get(Visit, visit_id) or abort(404)
        zone = _zone(session, visit)
        options = [_option_line(option, zone) for option in list_rescues(session, visit=visit, now=now())]
    return render_template(
        "radar_rescues.html", options=options, visit_id=visit_id, may_plan=current_user.role in PLANNERS
    )


@radar.post("/<int:visit_id>/rescues")
@for_roles(PLANNERS)
def rescue(visit_id: int) -> ResponseReturnValue:
    """Carry one out, proven anew."""
    wired, kind = services(), request.form.get("kind", "")
    shift_id = request.form.get("shift", type=row_id)
    if shift_id is None:
        abort(400)
    try:
        with wired.database.writing() as session:
            visit = session.get(Visit, visit_id) or abort(404)
            carry_out_rescue(
                session,
                visit=visit,
                shift_id=shift_id,
                kind=kind,
                by=current_user.name,
                house=wired.house,
                now=now(),
            )
            done = say("move.done", code=visit.code)
    except RescueLost:
        return answer_outcome(trouble=say("radar.lost"))
    return answer_outcome(done=done)


@radar.get("/<int:visit_id>/reasons")
@for_roles(OFFICE)
def reasons(visit_id: int) -> ResponseReturnValue:
    """Why a visit has no place, and the smallest change that gives it one."""
    with services().database.reading() as session:
        visit = session.get(Visit, visit_id) or abort(404)
        try:
            explanation, names = explain_unplaced(session, visit=visit, now=now())
            sentences = tell_office(explanation, names=names, language=page_language())
        except VisitWithoutSite:
            sentences = (say("radar.incomplete"),)
    return render_template("radar_reasons.html", sentences=sentences)


def _settled(area_id: int, revision: int, at_most_every: dt.timedelta) -> tuple[int, dt.datetime]:
    """Return the change to show and since when: the latest, or the one shown last while that is young enough."""
    shown: dict[int, tuple[int, dt.datetime]] = current_app.extensions.setdefault("radar_revisions", {})
    if area_id not in shown or now() - shown[area_id][1] >= at_most_every:
        shown[area_id] = (revision, now())
    return shown[area_id]


def _build(session: Session, area: Area) -> RadarPage:
    zone = ZoneInfo(area.time_zone)
    unplaced = list_unplaced(session, area_id=area.id)
    deadlines = find_deadlines(session, subjects=[f"request:{visit.request_id}" for visit in unplaced])
    return RadarPage(
        in_language(area, "name"),
        [_risk_line(risk, zone) for risk in list_risks(session, area_id=area.id, now=now())],
        [_unplaced_line(visit, deadlines.get(f"request:{visit.request_id}")) for visit in unplaced],
    )


def _risk_line(risk: RiskLine, zone: ZoneInfo) -> RadarLine:
    visit, today = risk.visit, now().astimezone(zone).date()
    promised = ""
    if visit.window_from_at and visit.window_until_at:
        promised = window(visit.window_from_at, visit.window_until_at, zone, today=today)
    technician = in_language(risk.shift.technician, "name")
    expected = f"{instant(risk.early_at, zone, today=today)}–{clock_time(risk.late_at, zone)}"
    if risk.is_stranded:
        reason, expected = say("radar.nobody_comes", technician=technician, promised=promised), say("radar.nobody")
    else:
        reason = say("radar.reason", expected=expected, promised=promised)
    return RadarLine(
        visit.id,
        visit.code,
        visit.request.number,
        in_language(visit.request.customer, "name") if visit.request.customer else "",
        place_name(visit.request.site),
        promised,
        technician,
        f"{risk.chance:.0%}",
        Tone.BROKEN if risk.chance >= LIKELY else Tone.SOON if risk.chance >= POSSIBLE else Tone.NEAR,
        expected,
        time_left(visit.window_until_at, now()) if visit.window_until_at else "",
        reason,
    )


def _unplaced_line(visit: Visit, deadline_at: dt.datetime | None) -> UnplacedLine:
    fault = visit.request.fault_category
    return UnplacedLine(
        visit.id,
        visit.request.number,
        in_language(visit.request.customer, "name") if visit.request.customer else visit.request.contact_phone or "",
        in_language(fault, "name") if fault else "",
        time_left(deadline_at, now()) if deadline_at else say("left.none"),
        tone_of(deadline_at, now()) if deadline_at else Tone.CALM,
    )


@dataclass(frozen=True, slots=True)
class OptionLine:
    """One way to save a visit, in words."""

    kind: str
    shift_id: int
    what: str
    cost: str
    chances: str
    told: str


def _option_line(option: RescueOption, zone: ZoneInfo) -> OptionLine:
    technician = in_language(option.shift.technician, "name")
    at = instant(option.start_at, zone, today=now().astimezone(zone).date())
    told = say("list_separator").join(visit.code for visit in option.told)
    return OptionLine(
        str(option.kind),
        option.shift.id,
        say(f"rescue.{option.kind}", technician=technician, at=at),
        f"{option.extra_cost_cents / CENTS:+.2f}".replace("-", "−"),
        say("radar.chances", before=f"{option.chance_before:.0%}", after=f"{option.chance_after:.0%}"),
        say("radar.told", codes=told) if told else say("radar.told_nobody"),
    )


def _zone(session: Session, visit: Visit) -> ZoneInfo:
    return ZoneInfo(session.get_one(Area, visit.area_id).time_zone)
