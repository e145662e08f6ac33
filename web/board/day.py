"""The dispatcher's board: routes of one day or three, open requests with time left, the call log; kept up to date."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, current_app, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup
from sqlalchemy.orm import Session

from models import Area
from operations.day.day import OpenRequest, list_open_requests, read_day
from operations.day.district_map import DistrictMap, draw_district_map, list_outlines
from operations.dispatching.moves import find_undoable_move
from operations.dispatching.proposals import WaitingProposal, list_waiting_proposals
from operations.foundation.changes import BOARD, CALLS, last_changes
from operations.telephone.call_log import count_calls, find_calls
from policies.visit_states import STARTED, VisitState
from web.board.board_view import BoardView, list_choices, read_view
from web.board.day_lanes import Lane, list_lanes, list_off_duty
from web.board.day_map import DayMap, draw_day_map
from web.board.day_requests import RequestLine, list_request_lines, tone_of_request
from web.board.moves import draw_asked
from web.board.timeline import Axis, Place, steps_stylesheet
from web.foundation.access import OFFICE, PLANNERS, for_roles, public
from web.foundation.map_tiles import map_tiles
from web.foundation.security import admit_pictures
from web.foundation.services import now, services
from web.foundation.shared_pages import SharedPages
from web.hotline.call_lines import CallLine, call_line
from web.wording.sentences import in_language, page_language, say
from web.wording.words import Tone, clock_time, day_name

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
class UndoLine:
    """The latest move by hand, while nobody has been told of it."""

    move_id: int
    text: str


@dataclass(frozen=True, slots=True)
class DayPage:
    """Everything the page shows; `written` keeps its parts as HTML, which is the same for all who watch it."""

    area_name: str
    day_name: str
    axis: Axis
    midnights: list[tuple[Place, str]]
    now_step: int | None
    now_time: str
    undoable: UndoLine | None
    proposals: list[ProposalBox]
    lanes: list[Lane]
    off_duty: list[str]
    figures: list[Figure]
    waiting: list[RequestLine]
    promised: list[RequestLine]
    promised_count: int
    calls: list[CallLine]
    map: DayMap | None
    written: dict[str, Markup] = field(default_factory=dict)


@day.get("/")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """The whole page."""
    with services().database.reading() as session:
        view = read_view(session, today=now())
        page = _page(session, view)
        choices = list_choices(session, view)
        if view.has_map:
            admit_pictures(map_tiles().host)
        return render_template(
            "day.html",
            page=page,
            view=view,
            choices=choices,
            part=_writer(page),
            may_plan=_may_plan(),
            tiles=map_tiles(),
            verdict=draw_asked(session),
        )


@day.get("/day/live")
@for_roles(OFFICE)
def live() -> ResponseReturnValue:
    """The parts of the page that change; 304 without reading them while nothing has.

    A page that says which lanes it shows (`X-Lanes`: their tags in order) gets only those that look different now.
    """
    with services().database.reading() as session:
        tag = _tag(session)
        if tag in request.if_none_match:
            return Response(status=304)
        page = _page(session, read_view(session, today=now()))
    known = request.headers.get("X-Lanes", "")
    changed = _changed_lanes(page, known)
    response = make_response(
        render_template("day_live.html", page=page, changed=changed, part=_writer(page), may_plan=_may_plan())
    )
    response.set_etag(tag)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@day.get("/day/map")
@for_roles(OFFICE)
def show_map() -> ResponseReturnValue:
    """What the map shows, as JSON; 404 where the board is asked for without one."""
    with services().database.reading() as session:
        tag = _tag(session)
        if tag in request.if_none_match:
            return Response(status=304)
        page = _page(session, read_view(session, today=now()))
    response = jsonify(page.map or abort(404))
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


def _may_plan() -> bool:
    return current_user.role in PLANNERS


def _tag(session: Session) -> str:
    """Changes whenever the page would: a change of plan or calls, a new minute on the clock, another view of it."""
    changes = last_changes(session, topics=(BOARD, CALLS))
    seen = [*sorted(changes.items()), f"{now():%Y%m%d%H%M}", request.query_string, page_language(), current_user.role]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:24]


def _page(session: Session, view: BoardView) -> DayPage:
    """Return the page as it is; of many who watch the same, one builds it for all."""
    pages: SharedPages[DayPage] = current_app.extensions.setdefault("board_pages", SharedPages())
    return pages.get(_tag(session), lambda: _build(session, view))


def _writer(page: DayPage) -> Callable[..., Markup]:
    """Return what writes a part of the page once for all who watch it: never one with a form, whose token is one's own.

    Two who ask at the same instant may both write it; it comes out the same.
    """

    def write(template: str, key: object = "", **values: object) -> Markup:
        name = f"{template} {key}"
        if name not in page.written:
            page.written[name] = Markup(render_template(template, page=page, may_plan=_may_plan(), **values))  # noqa: S704
        return page.written[name]

    return write


def _changed_lanes(page: DayPage, known: str) -> list[Lane] | None:
    """Return the lanes that differ from those the browser shows, or None when it must take all anew."""
    shown = dict(part.split(":", 1) for part in known.split(",") if ":" in part)
    if list(shown) != [str(lane.technician_id) for lane in page.lanes]:
        return None
    return [lane for lane in page.lanes if shown[str(lane.technician_id)] != lane.tag]


def _build(session: Session, view: BoardView) -> DayPage:
    area, axis = view.area, view.axis
    rows = read_day(session, area=area, from_at=axis.from_at, until_at=axis.until_at)
    crew = view.find_crew(session)
    lanes = list_lanes(rows, axis, crew=crew)
    requests = [item for item in list_open_requests(session, area_id=area.id) if view.keeps(item)]
    waiting, promised = list_request_lines(requests, zone=axis.zone, now=now())
    calls_today = count_calls(session, from_at=axis.from_at, until_at=axis.until_at)
    return DayPage(
        area_name=in_language(area, "name"),
        day_name=day_name(axis.on),
        axis=axis,
        midnights=[(place, day_name(on)) for place, on in axis.midnights()] if axis.days > 1 else [],
        now_step=axis.moment(now()),
        now_time=clock_time(now(), axis.zone),
        undoable=_undo_line(session, area, axis.zone),
        proposals=[_proposal_box(found, axis) for found in list_waiting_proposals(session, area_id=area.id, now=now())],
        lanes=lanes,
        off_duty=list_off_duty(rows, lanes) if crew is None else [],
        figures=_figures(lanes, requests, calls_today),
        waiting=waiting,
        promised=promised,
        promised_count=len(requests) - len(waiting),
        calls=[call_line(call, zone=axis.zone, now=now()) for call in find_calls(session, limit=CALLS_SHOWN).calls],
        map=draw_day_map(rows, axis, lanes, _map_waiting(requests), _districts(session, area), place=map_tiles().place)
        if view.has_map
        else None,
    )


def _map_waiting(requests: list[OpenRequest]) -> list[tuple[OpenRequest, Tone]]:
    return [(item, tone_of_request(item, now=now())) for item in requests if item.visit is None]


def _districts(session: Session, area: Area) -> DistrictMap:
    """Return the area's map, drawn anew each hour, for sites are added all day, and when a border was drawn."""
    maps: SharedPages[DistrictMap] = current_app.extensions.setdefault("district_maps", SharedPages())
    borders = hashlib.sha256(json.dumps(list_outlines(session, area_id=area.id)).encode()).hexdigest()
    return maps.get(f"{area.id}-{now():%Y%m%d%H}-{borders}", lambda: draw_district_map(session, area_id=area.id))


def _undo_line(session: Session, area: Area, zone: ZoneInfo) -> UndoLine | None:
    found = find_undoable_move(session, area_id=area.id, now=now())
    if found is None:
        return None
    move = found.move
    text = say(
        "move.undoable",
        who=move.made_by,
        code=move.visit.code,
        at=clock_time(move.made_at, zone),
        until=clock_time(found.until_at, zone),
    )
    return UndoLine(move.id, text)


def _proposal_box(waiting: WaitingProposal, axis: Axis) -> ProposalBox:
    changes = [
        Handover(change.visit.code, in_language(change.before, "name"), in_language(change.after, "name"))
        for change in waiting.changes
    ]
    return ProposalBox(waiting.proposal.id, clock_time(waiting.proposal.made_at, axis.zone), changes)


def _figures(lanes: list[Lane], requests: list[OpenRequest], calls_today: int) -> list[Figure]:
    states = [VisitState(block.state) for lane in lanes for block in lane.blocks if block.state != "held"]
    waiting = sum(item.visit is None for item in requests)
    tones = [tone_of_request(item, now=now()) for item in requests]
    soon, broken = tones.count(Tone.SOON), tones.count(Tone.BROKEN)
    return [
        Figure("visits", len(states), Tone.CALM),
        Figure("done", states.count(VisitState.COMPLETED), Tone.KEPT),
        Figure("under_way", sum(state in STARTED for state in states), Tone.CALM),
        Figure("waiting", waiting, Tone.NEAR if waiting else Tone.KEPT),
        Figure("soon", soon, Tone.SOON if soon else Tone.KEPT),
        Figure("broken", broken, Tone.BROKEN if broken else Tone.KEPT),
        Figure("calls", calls_today, Tone.CALM),
    ]
