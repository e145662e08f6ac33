"""The dispatcher's page of one day: routes, open requests with time left, the call log; kept up to date by polling."""

import datetime as dt
import hashlib
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import Area
from operations.call_log import count_calls, list_calls
from operations.changes import BOARD, CALLS, last_changes
from operations.day import OpenRequest, find_area, list_open_requests, read_day
from operations.proposals import WaitingProposal, list_waiting_proposals
from policies.visit_states import STARTED, VisitState
from web.access import OFFICE, PLANNERS, for_roles, public
from web.call_lines import CallLine, call_line
from web.day_lanes import Lane, list_lanes, list_off_duty
from web.day_requests import RequestLine, list_request_lines
from web.sentences import in_language, page_language
from web.services import now, services
from web.timeline import Axis, steps_stylesheet
from web.words import Tone, clock_time, day_name

day = Blueprint("day", __name__)
CALLS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """One number at the top of the page."""

    name: str
    value: int
    tone: Tone


@dataclass(frozen=True, slots=True)
class Handover:
    """One visit that would change hands."""

    code: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ProposalBox:
    """A proposal that waits for a person: who would hand which visit to whom."""

    proposal_id: int
    made: str
    changes: list[Handover]


@dataclass(frozen=True, slots=True)
class DayPage:
    """Everything the page shows."""

    area_name: str
    day_name: str
    before: str
    after: str
    axis: Axis
    now_step: int | None
    now_time: str
    proposals: list[ProposalBox]
    may_publish: bool
    lanes: list[Lane]
    off_duty: list[str]
    figures: list[Figure]
    waiting: list[RequestLine]
    promised: list[RequestLine]
    calls: list[CallLine]


@day.get("/")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """The whole page."""
    with services().database.reading() as session:
        area = _area(session)
        axis = _axis(area)
        page = _build(session, area, axis)
    return render_template("day.html", page=page, live_url=_live_url())


@day.get("/day/live")
@for_roles(OFFICE)
def live() -> ResponseReturnValue:
    """The parts of the page that change; 304 without reading them while nothing has."""
    with services().database.reading() as session:
        tag = _tag(session)
        if tag in request.if_none_match:
            return Response(status=304)
        area = _area(session)
        page = _build(session, area, _axis(area))
    response = make_response(render_template("day_live.html", page=page))
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@day.get("/timeline-steps.css")
@public(because="a style sheet")
def steps() -> Response:
    """The classes that place things on a timeline."""
    response = Response(steps_stylesheet(), mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def _area(session: Session) -> Area:
    return find_area(session, code=request.args.get("area")) or abort(404)


def _axis(area: Area) -> Axis:
    zone = ZoneInfo(area.time_zone)
    wanted = request.args.get("on", "")
    try:
        return Axis(dt.date.fromisoformat(wanted) if wanted else now().astimezone(zone).date(), zone)
    except ValueError:
        abort(404)


def _tag(session: Session) -> str:
    """Changes whenever the page would: a change of plan or calls, a new minute on the clock, another view of it."""
    changes = last_changes(session, topics=(BOARD, CALLS))
    seen = [*sorted(changes.items()), f"{now():%Y%m%d%H%M}", request.query_string, page_language(), current_user.role]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:24]


def _live_url() -> str:
    query = request.query_string.decode()
    return f"/day/live?{query}" if query else "/day/live"


def _build(session: Session, area: Area, axis: Axis) -> DayPage:
    rows = read_day(session, area=area, from_at=axis.from_at, until_at=axis.until_at)
    lanes = list_lanes(rows, axis)
    requests = list_open_requests(session, area_id=area.id)
    waiting, promised = list_request_lines(requests, zone=axis.zone, now=now())
    calls_today = count_calls(session, from_at=axis.from_at, until_at=axis.until_at)
    return DayPage(
        area_name=in_language(area, "name"),
        day_name=day_name(axis.on),
        before=(axis.on - dt.timedelta(days=1)).isoformat(),
        after=(axis.on + dt.timedelta(days=1)).isoformat(),
        axis=axis,
        now_step=axis.moment(now()),
        now_time=clock_time(now(), axis.zone),
        proposals=[_proposal_box(found, axis) for found in list_waiting_proposals(session, area_id=area.id)],
        may_publish=current_user.role in PLANNERS,
        lanes=lanes,
        off_duty=list_off_duty(rows, lanes),
        figures=_figures(lanes, requests, [*waiting, *promised], calls_today),
        waiting=waiting,
        promised=promised,
        calls=[call_line(call, zone=axis.zone, now=now()) for call in list_calls(session, limit=CALLS_SHOWN)],
    )


def _proposal_box(waiting: WaitingProposal, axis: Axis) -> ProposalBox:
    changes = [
        Handover(change.visit.code, in_language(change.before, "name"), in_language(change.after, "name"))
        for change in waiting.changes
    ]
    return ProposalBox(waiting.proposal.id, clock_time(waiting.proposal.made_at, axis.zone), changes)


def _figures(
    lanes: list[Lane], requests: list[OpenRequest], lines: list[RequestLine], calls_today: int
) -> list[Figure]:
    states = [VisitState(block.state) for lane in lanes for block in lane.blocks if block.state != "held"]
    waiting = sum(item.visit is None for item in requests)
    soon = sum(line.tone is Tone.SOON for line in lines)
    broken = sum(line.tone is Tone.BROKEN for line in lines)
    return [
        Figure("visits", len(states), Tone.CALM),
        Figure("done", states.count(VisitState.COMPLETED), Tone.KEPT),
        Figure("under_way", sum(state in STARTED for state in states), Tone.CALM),
        Figure("waiting", waiting, Tone.NEAR if waiting else Tone.KEPT),
        Figure("soon", soon, Tone.SOON if soon else Tone.KEPT),
        Figure("broken", broken, Tone.BROKEN if broken else Tone.KEPT),
        Figure("calls", calls_today, Tone.CALM),
    ]
