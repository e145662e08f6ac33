"""The call log: search it, open a call, read its steps (H14)."""

import datetime as dt
from collections.abc import Sequence
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from operations.day.day import find_area
from operations.telephone.call_log import PAGE_SIZE, CallFilter, find_call, find_calls, find_many_calls
from operations.telephone.recordings import find_running_recording, list_recordings
from operations.versions.flow_versions import find_flow
from operations.versions.guides import find_guides
from operations.versions.texts import prompts_at
from policies.call_states import CallDirection, CallOutcome
from policies.languages import Language
from web.foundation.access import HELPERS, OFFICE, for_roles
from web.foundation.paging import MOST_IN_FILE, read_day_asked
from web.foundation.row_ids import row_id
from web.foundation.services import now, services
from web.hotline.call_lines import CallLine, call_line, recording_controls, recording_line, ring_time, step_line
from web.hotline.call_way import draw_way, list_places, name_place, todays_menu
from web.layout.tables import Row, Table, file_address, send_list
from web.wording.sentences import say

calls = Blueprint("calls", __name__, url_prefix="/calls")
LONGEST_SEARCH = 80
FILTERS = ("outcome", "language", "direction", "node", "from", "until", "recording")
HEADERS = ("at", "caller", "number", "language", "lasted", "outcome", "request")
Word = TypeVar("Word", bound=StrEnum)


@calls.get("")
@for_roles(OFFICE)
def show_all() -> ResponseReturnValue:
    """The latest calls, or those a search finds; htmx asks for the rows alone."""
    search = request.args.get("q", "")[:LONGEST_SEARCH]
    before_id = request.args.get("before", type=row_id)
    with services().database.reading() as session:
        zone = _zone(find_area(session, code=None))
        only = _read_filter(zone)
        if request.args.get("as"):
            found = find_many_calls(session, search=search, only=only, most=MOST_IN_FILE)
        else:
            found = find_calls(session, search=search, only=only, before_id=before_id)
        lines = [call_line(call, zone=zone, now=now()) for call in found.calls]
    table = _table(lines, goes_on=found.goes_on_before_id is not None)
    if file := send_list([table]):
        return file
    template = "call_rows.html" if request.headers.get("HX-Request") else "calls.html"
    asked = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    return render_template(
        template,
        lines=lines,
        search=search,
        older=found.goes_on_before_id,
        asked=asked,
        choices=_choices(),
        page_size=PAGE_SIZE,
        table=table,
        file_address=file_address,
        places=_places(),
    )


@calls.get("/<int:call_id>")
@for_roles(OFFICE)
def show_one(call_id: int) -> ResponseReturnValue:
    """One call with every step."""
    with services().database.reading() as session:
        call = find_call(session, call_id=call_id) or abort(404)
        zone = _zone(find_area(session, code=None))
        line = call_line(call, zone=zone, now=now())
        guides = find_guides(session, entry_ids={step.facts["entry"] for step in call.events if "entry" in step.facts})
        flow = find_flow(session, version=call.flow_version)
        sentences = prompts_at(session, call.started_at)
        prompts = (sentences.over(flow.sentences) if flow else sentences)(call.language)
        steps = [step_line(step, zone=zone, prompts=prompts, guides=guides) for step in call.events]
        recordings = [recording_line(one, zone) for one in list_recordings(session, call=call)]
        running = find_running_recording(session, call=call)
        controls = recording_controls(call, running) if current_user.role in HELPERS else ()
        rang, flow_version = ring_time(call), call.flow_version
        is_flow_known = flow is not None
        way = draw_way([step.node for step in steps], flow.picture if flow else todays_menu())
    return render_template(
        "call.html",
        call=line,
        steps=steps,
        rang=rang,
        recordings=recordings,
        controls=controls,
        may_hear=current_user.role in HELPERS,
        flow_version=flow_version,
        is_flow_known=is_flow_known,
        way=way,
    )


def _table(lines: Sequence[CallLine], *, goes_on: bool) -> Table:
    """Return calls as they are taken along; a file that could hold older ones too says so in its last line."""
    rows = [
        Row(
            (
                line.at,
                line.caller,
                line.number,
                say(f"language.{line.language}"),
                line.lasted,
                say(f"outcome.{line.outcome}"),
                line.request_number or "",
            )
        )
        for line in lines
    ]
    if goes_on:
        rows.append(Row((say("calls.file_goes_on", count=len(lines)),)))
    return Table("calls", say("calls.title"), [say(f"calls.{name}") for name in HEADERS], rows, say("calls.none"))


def _read_filter(zone: ZoneInfo) -> CallFilter:
    """Return what the address asks for; a value nobody offered asks for nothing."""
    from_at, until_at = read_day_asked("from", zone), read_day_asked("until", zone)
    recording = request.args.get("recording")
    return CallFilter(
        outcome=_read_word("outcome", CallOutcome),
        language=_read_word("language", Language),
        direction=_read_word("direction", CallDirection),
        node=request.args.get("node") or None,
        from_at=from_at,
        until_at=until_at + dt.timedelta(days=1) if until_at else None,
        has_recording=None if recording not in {"1", "0"} else recording == "1",
    )


def _read_word(name: str, words: type[Word]) -> Word | None:
    given = request.args.get(name, "")
    return words(given) if given in set(words) else None


def _choices() -> dict[str, list[tuple[str, str]]]:
    return {
        "outcome": [(word, say(f"outcome.{word}")) for word in CallOutcome],
        "language": [(word, say(f"language.{word}")) for word in Language],
        "direction": [(word, say(f"call_direction.{word}")) for word in CallDirection],
        "recording": [("1", say("calls.with_recording")), ("0", say("calls.without_recording"))],
    }


def _places() -> list[tuple[str, str]]:
    return sorted(((node, name_place(node)) for node in list_places()), key=lambda place: place[1])


def _zone(area: object) -> ZoneInfo:
    return ZoneInfo(getattr(area, "time_zone", "UTC"))
