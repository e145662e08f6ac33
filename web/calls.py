"""The call log: search it, open a call, read its steps (H14)."""

from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from operations.call_log import PAGE_SIZE, find_call, list_calls
from operations.day import find_area
from operations.guides import find_guides
from operations.recordings import find_running_recording, list_recordings
from web.access import HELPERS, OFFICE, for_roles
from web.call_lines import call_line, recording_controls, recording_line, ring_time, step_line
from web.services import now, services

calls = Blueprint("calls", __name__, url_prefix="/calls")
LONGEST_SEARCH = 80


@calls.get("")
@for_roles(OFFICE)
def show_all() -> ResponseReturnValue:
    """The latest calls, or those a search finds; htmx asks for the rows alone."""
    search = request.args.get("q", "")[:LONGEST_SEARCH]
    before_id = request.args.get("before", type=int)
    with services().database.reading() as session:
        zone = _zone(find_area(session, code=None))
        found = list_calls(session, search=search, before_id=before_id)
        lines = [call_line(call, zone=zone, now=now()) for call in found]
    older = lines[-1].call_id if len(lines) == PAGE_SIZE else None
    template = "call_rows.html" if request.headers.get("HX-Request") else "calls.html"
    return render_template(template, lines=lines, search=search, older=older)


@calls.get("/<int:call_id>")
@for_roles(OFFICE)
def show_one(call_id: int) -> ResponseReturnValue:
    """One call with every step."""
    with services().database.reading() as session:
        call = find_call(session, call_id=call_id) or abort(404)
        zone = _zone(find_area(session, code=None))
        line = call_line(call, zone=zone, now=now())
        guides = find_guides(session, entry_ids={step.facts["entry"] for step in call.events if "entry" in step.facts})
        steps = [step_line(step, language=call.language, zone=zone, guides=guides) for step in call.events]
        recordings = [recording_line(one, zone) for one in list_recordings(session, call=call)]
        running = find_running_recording(session, call=call)
        controls = recording_controls(call, running) if current_user.role in HELPERS else ()
        rang, flow_version = ring_time(call), call.flow_version
    return render_template(
        "call.html",
        call=line,
        steps=steps,
        rang=rang,
        recordings=recordings,
        controls=controls,
        may_hear=current_user.role in HELPERS,
        flow_version=flow_version,
    )


def _zone(area: object) -> ZoneInfo:
    return ZoneInfo(getattr(area, "time_zone", "UTC"))
