"""One request's page: clocks, visits, one timeline of everything that happened, and the record behind it."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from models import Commitment, MajorFault, StatusEvent, Visit
from operations.clock_rules import name_of_clock
from operations.day import find_area
from operations.major_faults import MajorFaultUnknown, MeasureEmpty, record_measure
from operations.request_file import RequestFile, find_request_file
from policies.commitments import CommitmentState
from web.access import OFFICE, PLANNERS, for_roles
from web.request_timeline import Timeline, draw_timeline
from web.sentences import in_language, page_language, say
from web.services import now, services
from web.words import Tone, instant, time_left, tone_of_state, window

LONGEST_MEASURE = 1000
requests = Blueprint("requests", __name__, url_prefix="/requests")


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock of the request."""

    clock_id: int
    name: str
    deadline: str
    verdict: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class VisitLine:
    """One visit of the request."""

    code: str
    state: str
    window: str
    first_window: str
    technician: str
    arrived: str
    completed: str


@dataclass(frozen=True, slots=True)
class EventLine:
    """One link of the request's chain: when it was recorded, and the hash that the next one carries."""

    position: int
    at: str
    kind: str
    source: str
    hash: str


@dataclass(frozen=True, slots=True)
class MajorFaultLine:
    """Where a major fault stands, who has it, and what was done."""

    state: str
    taken_by: str
    measure: str


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Everything the page shows, in words."""

    number: str
    state: str
    severity: str
    facts: list[tuple[str, str]]
    clocks: list[ClockLine]
    visits: list[VisitLine]
    timeline: Timeline
    events: list[EventLine]
    is_chain_whole: bool
    major_fault: MajorFaultLine | None
    may_record_measure: bool


@requests.get("/<number>")
@for_roles(OFFICE)
def show(number: str) -> ResponseReturnValue:
    """The page of the request with this number."""
    with services().database.reading() as session:
        file = find_request_file(session, number=number) or abort(404)
        site, area = file.request.site, find_area(session, code=None)
        zone = ZoneInfo(site.time_zone if site else area.time_zone if area else "UTC")
        language = str(page_language())
        names = {
            clock.kind: name_of_clock(session, kind=clock.kind, language=language) for clock in file.request.commitments
        }
        page = _build(file, names, zone)
    return render_template("request.html", page=page)


@requests.post("/<number>/measure")
@for_roles(PLANNERS)
def measure(number: str) -> ResponseReturnValue:
    """Record what was done about a major fault; this stops the 4-hour clock (H11)."""
    wired = services()
    try:
        with wired.database.writing() as session:
            file = find_request_file(session, number=number) or abort(404)
            record_measure(
                session,
                request_id=file.request.id,
                measure=request.form.get("measure", "")[:LONGEST_MEASURE],
                by=current_user.name,
                house=wired.house,
                now=now(),
            )
    except MajorFaultUnknown:
        abort(404)
    except MeasureEmpty:
        flash(say("major_fault.measure_empty"), "trouble")
    else:
        flash(say("major_fault.measure_noted"), "done")
    return redirect(url_for("web.requests.show", number=number))


def _build(file: RequestFile, names: dict[str, str], zone: ZoneInfo) -> RequestPage:
    matter = file.request
    return RequestPage(
        number=matter.number,
        state=str(matter.state),
        severity=str(matter.severity),
        facts=[(name, value) for name, value in _facts(file, zone) if value],
        clocks=[_clock_line(clock, names[clock.kind], zone) for clock in matter.commitments],
        visits=[_visit_line(visit, zone) for visit in file.visits],
        timeline=draw_timeline(file, names, zone, topic=request.args.get("topic", ""), now=now()),
        events=[_event_line(event, zone) for event in file.events],
        is_chain_whole=file.broken_link is None,
        major_fault=_major_fault_line(file.major_fault, zone) if file.major_fault else None,
        may_record_measure=current_user.role in PLANNERS,
    )


def _facts(file: RequestFile, zone: ZoneInfo) -> list[tuple[str, str]]:
    matter = file.request
    asset, site = matter.asset, matter.site
    return [
        ("customer", in_language(matter.customer, "name") if matter.customer else ""),
        ("phone", matter.contact_phone or ""),
        ("product", in_language(asset.product, "name") if asset else ""),
        ("serial", asset.serial if asset else ""),
        ("fault", in_language(matter.fault_category, "name") if matter.fault_category else ""),
        ("address", in_language(site, "address") if site else ""),
        ("opened", _at(matter.opened_at, zone)),
        ("channel", say(f"channel.{matter.channel}")),
        ("closed", say(f"close_reason.{matter.close_reason}") if matter.close_reason else ""),
        ("repeat_of", matter.repeat_of.number if matter.repeat_of else ""),
        ("note", matter.note),
    ]


def _major_fault_line(fault: MajorFault, zone: ZoneInfo) -> MajorFaultLine:
    taken_by = ""
    if fault.accepted_turn is not None and fault.accepted_at is not None:
        taken_by = f"{in_language(fault.accepted_turn, 'name')}, {_at(fault.accepted_at, zone)}"
    measured_at = f" ({fault.measured_by}, {_at(fault.measured_at, zone)})" if fault.measured_at else ""
    return MajorFaultLine(str(fault.state), taken_by, f"{fault.measure}{measured_at}" if fault.measure else "")


def _clock_line(clock: Commitment, name: str, zone: ZoneInfo) -> ClockLine:
    verdict = say(f"clock_state.{clock.state}")
    if clock.state is CommitmentState.RUNNING:
        verdict = time_left(clock.deadline_at, now())
    return ClockLine(
        clock_id=clock.id,
        name=name,
        deadline=_at(clock.deadline_at, zone),
        verdict=verdict,
        tone=tone_of_state(clock.state, clock.deadline_at, now()),
    )


def _visit_line(visit: Visit, zone: ZoneInfo) -> VisitLine:
    today = now().astimezone(zone).date()
    spans = (
        (visit.window_from_at, visit.window_until_at),
        (visit.first_window_from_at, visit.first_window_until_at),
    )
    last, first = (window(a, b, zone, today=today) if a and b else "" for a, b in spans)
    return VisitLine(
        code=visit.code,
        state=str(visit.state),
        window=last,
        first_window=first if first != last else "",
        technician=in_language(visit.technician, "name") if visit.technician else "",
        arrived=_at(visit.arrived_at, zone) if visit.arrived_at else "",
        completed=_at(visit.completed_at, zone) if visit.completed_at else "",
    )


def _event_line(event: StatusEvent, zone: ZoneInfo) -> EventLine:
    return EventLine(
        position=event.position,
        at=f"{event.recorded_at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        kind=say(f"event_kind.{event.kind}"),
        source=event.source,
        hash=event.hash,
    )


def _at(at: dt.datetime, zone: ZoneInfo) -> str:
    return instant(at, zone, today=now().astimezone(zone).date())
