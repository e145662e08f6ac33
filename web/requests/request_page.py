"""One request as its page shows it: facts with where they lead, clocks, visits and their places, the timeline."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for
from sqlalchemy.orm import Session

from models import Area, Commitment, MajorFault, ServiceRequest, StatusEvent, Stop, Visit
from operations.aftercare.own_requests import read_standing
from operations.clocks.clock_rules import name_of_clock
from operations.day.day import find_area
from operations.money.entitlement import find_decision, find_entitlement, read_outcome
from operations.money.settlements import list_settlements
from operations.office.request_changes import mark_of
from operations.office.request_file import Related, RequestFile, find_related, find_stops, list_shifts_beside
from policies.commitments import CommitmentState
from policies.request_states import CLOSED_BY_HAND, SOLVED_REASONS, RequestState
from policies.request_status import RequestStatus
from policies.roles import Role
from policies.visit_locks import VisitLockKind
from policies.visit_states import ENDED, STARTED
from web.foundation.access import HELPERS, NOTERS, OFFICE, PLANNERS
from web.foundation.services import now
from web.requests.request_timeline import Timeline, draw_timeline
from web.wording.amounts import amount
from web.wording.cover_words import say_cover
from web.wording.sentences import in_language, page_language, say
from web.wording.words import Tone, instant, time_left, tone_of_state, window

PARTS = "part"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing known of the request, and where it leads."""

    name: str
    value: str
    address: str = ""


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
    """One visit of the request; with a place in the plan it can be pinned there, or given to somebody else."""

    code: str
    state: str
    window: str
    first_window: str
    technician: str
    arrived: str
    completed: str
    on_board: str
    place: "PlaceLine | None"


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """Where a visit stands in the live plan, what is pinned of it, and whose shifts it could go to instead."""

    visit_id: int
    start_at: str
    lock: str
    shifts: Sequence[tuple[int, str]]


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
class Acts:
    """What whoever looks may do now: `window` is empty where no time can be chosen any more, `ends` likewise."""

    mark: str
    may_note: bool
    window: str
    ends: Sequence[str]
    calls_off: str
    may_repeat: bool
    new_address: str
    may_plan: bool


@dataclass(frozen=True, slots=True)
class RequestPage:
    """Everything the page shows, in words; not `is_whole` for whoever has business with its parts alone."""

    number: str
    state: str
    severity: str
    is_whole: bool
    facts: list[Fact]
    clocks: list[ClockLine]
    visits: list[VisitLine]
    acts: Acts | None
    locks: Sequence[str]
    timeline: Timeline
    events: list[EventLine]
    is_chain_whole: bool
    major_fault: MajorFaultLine | None


def draw_request(session: Session, file: RequestFile, *, role: Role) -> RequestPage:
    """Return the page of a request for somebody of this role."""
    matter = file.request
    site, area = matter.site, find_area(session, code=None)
    zone = ZoneInfo(site.time_zone if site else area.time_zone if area else "UTC")
    language = str(page_language())
    names = {clock.kind: name_of_clock(session, kind=clock.kind, language=language) for clock in matter.commitments}
    is_whole, may_plan = role in OFFICE, role in PLANNERS
    facts = _facts(session, file, zone) if is_whole else _facts_of_machine(matter, zone)
    stops = find_stops(session, visits=file.visits)
    topic = request.args.get("topic", "") if is_whole else PARTS
    return RequestPage(
        number=matter.number,
        state=str(matter.state),
        severity=str(matter.severity),
        is_whole=is_whole,
        facts=[fact for fact in facts if fact.value],
        clocks=[_clock_line(clock, names[clock.kind], zone) for clock in matter.commitments] if is_whole else [],
        visits=[_visit_line(session, visit, stops.get(visit.id), zone, may_plan=may_plan) for visit in file.visits],
        acts=_acts(session, file, zone, role=role) if is_whole else None,
        locks=list(VisitLockKind),
        timeline=draw_timeline(file, names, zone, topic=topic, now=now()),
        events=[_event_line(event, zone) for event in file.events] if is_whole else [],
        is_chain_whole=file.broken_link is None,
        major_fault=_major_fault_line(file.major_fault, zone) if file.major_fault and is_whole else None,
    )


def _facts(session: Session, file: RequestFile, zone: ZoneInfo) -> Iterator[Fact]:
    matter = file.request
    customer, asset, site, first = matter.customer, matter.asset, matter.site, matter.repeat_of
    if customer is not None:
        name = in_language(customer, "name")
        yield Fact("customer", name, url_for("web.customers.show", number=customer.number))
    yield Fact("phone", matter.contact_phone or "")
    yield from _facts_of_machine(matter, zone)
    if asset is not None:
        yield Fact("cover", _cover(session, matter), url_for("web.request_money.show", number=matter.number))
        yield Fact("charged", _charged(session, matter), url_for("web.request_money.show", number=matter.number))
    yield Fact("address", in_language(site, "address") if site else "")
    yield Fact("channel", say(f"channel.{matter.channel}"))
    yield Fact("note", matter.note)
    if first is not None:
        yield Fact("repeat_of", first.number, url_for("web.requests.show", number=first.number))
    yield from _related(find_related(session, request=matter))


def _facts_of_machine(matter: ServiceRequest, zone: ZoneInfo) -> Iterator[Fact]:
    asset, fault = matter.asset, matter.fault_category
    if asset is not None:
        yield Fact("product", in_language(asset.product, "name"))
        yield Fact("serial", asset.serial, url_for("web.customers.show_asset", serial=asset.serial))
    yield Fact("fault", in_language(fault, "name") if fault else "")
    yield Fact("opened", _at(matter.opened_at, zone))
    if matter.close_reason is not None:
        at = f" ({_at(matter.closed_at, zone)})" if matter.closed_at else ""
        yield Fact("closed", f"{say(f'close_reason.{matter.close_reason}')}{at}")


def _related(found: Related) -> Iterator[Fact]:
    pages: tuple[tuple[str, Sequence[Any], str], ...] = (
        ("repeated", found.repeats, "web.requests.show"),
        ("other", found.others, "web.requests.show"),
        ("complaint", found.complaints, "web.complaints.show"),
    )
    for name, rows, page in pages:
        for row in rows:
            yield Fact(name, row.number, url_for(page, number=row.number))
    for back in found.returns:
        yield Fact("return", f"{back.number} {say(f'return_state.{back.state}')}", url_for("web.returns.show"))


def _cover(session: Session, matter: ServiceRequest) -> str:
    """Who pays: as it was decided, or as it would be decided now."""
    decision = find_decision(session, request=matter)
    if decision is not None:
        return say_cover(read_outcome(decision))
    return say_cover(find_entitlement(session, asset=matter.asset, now=now())) if matter.asset else ""


def _charged(session: Session, matter: ServiceRequest) -> str:
    """What the latest settlement comes to, and how it stands."""
    latest = next(iter(reversed(list_settlements(session, request=matter))), None)
    if latest is None:
        return ""
    return f"{amount(latest.total_cents, latest.currency)} ({say(f'settlement_state.{latest.state}')})"


def _acts(session: Session, file: RequestFile, zone: ZoneInfo, *, role: Role) -> Acts:
    matter = file.request
    standing = read_standing(session, request=matter)
    may_act, is_closed = role in HELPERS, matter.state is RequestState.CLOSED
    visit = standing.visit
    can_choose = may_act and not is_closed and standing.status not in {RequestStatus.ON_THE_WAY, RequestStatus.ON_SITE}
    can_end = may_act and not is_closed and standing.status is not RequestStatus.ON_SITE
    is_solved = matter.close_reason in SOLVED_REASONS
    return Acts(
        mark=mark_of(session, request=matter),
        may_note=role in NOTERS,
        window=say("request.new_window" if visit else "request.first_window") if can_choose else "",
        ends=[reason.value for reason in CLOSED_BY_HAND] if can_end else [],
        calls_off=f"{visit.code} {_window(visit.window_from_at, visit.window_until_at, zone)}" if visit else "",
        may_repeat=may_act and is_closed and is_solved,
        new_address=url_for("web.new_request.describe", asset_id=matter.asset_id)
        if may_act and is_closed and not is_solved and matter.asset_id is not None
        else "",
        may_plan=role in PLANNERS,
    )


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


def _visit_line(session: Session, visit: Visit, stop: Stop | None, zone: ZoneInfo, *, may_plan: bool) -> VisitLine:
    last = _window(visit.window_from_at, visit.window_until_at, zone)
    first = _window(visit.first_window_from_at, visit.first_window_until_at, zone)
    day = stop.planned_start_at.astimezone(zone).date() if stop else None
    return VisitLine(
        code=visit.code,
        state=str(visit.state),
        window=last,
        first_window=first if first != last else "",
        technician=in_language(visit.technician, "name") if visit.technician else "",
        arrived=_at(visit.arrived_at, zone) if visit.arrived_at else "",
        completed=_at(visit.completed_at, zone) if visit.completed_at else "",
        on_board=url_for("web.day.show", area=session.get_one(Area, visit.area_id).code, on=day, _anchor=f"v{visit.id}")
        if day and visit.state not in ENDED
        else "",
        place=_place_line(session, visit, stop) if may_plan and stop and visit.state not in STARTED | ENDED else None,
    )


def _place_line(session: Session, visit: Visit, stop: Stop) -> PlaceLine:
    shifts = [
        (shift.id, f"{in_language(shift.technician, 'name')} {shift.technician.number}")
        for shift in list_shifts_beside(session, stop=stop)
    ]
    return PlaceLine(
        visit.id, stop.planned_start_at.isoformat(), stop.lock_kind.value if stop.lock_kind else "", shifts
    )


def _event_line(event: StatusEvent, zone: ZoneInfo) -> EventLine:
    return EventLine(
        position=event.position,
        at=f"{event.recorded_at.astimezone(zone):%Y-%m-%d %H:%M:%S}",
        kind=say(f"event_kind.{event.kind}"),
        source=event.source,
        hash=event.hash,
    )


def _window(from_at: dt.datetime | None, until_at: dt.datetime | None, zone: ZoneInfo) -> str:
    today = now().astimezone(zone).date()
    return window(from_at, until_at, zone, today=today) if from_at and until_at else ""


def _at(at: dt.datetime, zone: ZoneInfo) -> str:
    return instant(at, zone, today=now().astimezone(zone).date())
