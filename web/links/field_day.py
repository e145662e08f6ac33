"""A technician's day as his page keeps it for the cellar: stops, reports so far, checklist, and every sentence."""

import datetime as dt
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from models import Shift, Site, Technician, Visit, WorkReport
from operations.day.route_visits import PlannedVisit, list_route_visits
from operations.fieldwork.checklists import load_checklist
from operations.fieldwork.work_reports import find_report, list_missing_parts
from operations.foundation.figures import figures_at
from operations.foundation.files import list_files
from operations.matters.exception_reports import list_exceptions_of
from operations.money.receivables import list_expenses_of
from operations.parts.part_supply import list_pick_ups
from operations.parts.reservations import list_open_reservations
from operations.parts.stock import list_parts
from operations.parts.stock_levels import list_van
from operations.telephone.visit_calls import can_call_customer
from policies.files import FileKind
from policies.languages import Language
from policies.receivables import ExpenseKind
from policies.visit_states import IncompleteReason, VisitState
from policies.work_reports import LEAST_STEPS, WRITABLE
from web.foundation.services import now, services
from web.wording.sentences import in_language, load_sentences, page_language, say
from web.wording.words import clock_time, day_name

SPOKEN = (
    "field.",
    "route.",
    "report.",
    "entry.",
    "entry_refusal.",
    "missing.",
    "checklist_answer.",
    "checklist_moment.",
    "charge.",
    "opinion.",
    "serial_check.",
    "file.",
    "incomplete_reason.",
    "expense_kind.",
    "expense_state.",
    "exception_state.",
    "report_state.",
    "visit_state.",
)
"""The sentences the page itself says: it has no network when it needs them."""


def build_day(session: Session, shift: Shift) -> dict[str, Any]:
    """Return everything the page of this shift needs while it has no network."""
    technician = shift.technician
    zone = ZoneInfo(technician.area.time_zone)
    pick_ups = read_pick_ups(session, shift, zone)
    return {
        "technician": in_language(technician, "name"),
        "number": technician.number,
        "language": str(page_language()),
        "on": day_name(shift.starts_at.astimezone(zone).date()),
        "hours": f"{clock_time(shift.starts_at, zone)}–{clock_time(shift.ends_at, zone)}",
        "hotline": services().house.hotline_number,
        "read_at": now().isoformat(),
        "sentences": _sentences(),
        "checklist": _checklist(),
        "least_steps": LEAST_STEPS,
        "reasons": [str(reason) for reason in IncompleteReason if reason is not IncompleteReason.NOBODY_HOME],
        "van": _van(session, technician),
        "expense_kinds": [str(kind) for kind in ExpenseKind],
        "visits": [
            _visit(session, stop, zone) | {"pick_ups": pick_ups.get(stop.visit.id, [])}
            for stop in list_route_visits(session, shift=shift)
        ],
    }


def read_pick_ups(session: Session, shift: Shift, zone: ZoneInfo) -> dict[int, list[dict[str, Any]]]:
    """Return what the technician of a shift fetches on his way, by visit: the place, about when, and the units."""
    technician = shift.technician
    planned = list_pick_ups(session, area_id=technician.area_id, technician_ids={technician.id}, now=now())
    names = {
        part.number: in_language(part, "name")
        for part in list_parts(session, {n for one in planned for n in one.units})
    }
    found: dict[int, list[dict[str, Any]]] = {}
    for one in planned:
        found.setdefault(one.visit_id, []).append(
            {
                "place": one.place.code,
                "name": in_language(one.place, "name"),
                "map": f"geo:{one.place.latitude},{one.place.longitude}",
                "at": clock_time(one.at, zone),
                "parts": [
                    {"part_code": number, "quantity": units, "name": names[number]}
                    for number, units in sorted(one.units.items())
                ],
            }
        )
    return found


def _van(session: Session, technician: Technician) -> list[dict[str, Any]]:
    return [
        {"part_code": level.part.number, "name": in_language(level.part, "name"), "units": level.quantity}
        for level in list_van(session, technician_id=technician.id)
    ]


def _sentences() -> dict[str, str]:
    known = load_sentences(page_language())
    return {name: text for name, text in known.items() if name.startswith(SPOKEN)}


def _checklist() -> list[dict[str, Any]]:
    return [
        {
            "code": item.code,
            "kind": str(item.kind or ""),
            "moment": str(item.moment),
            "group": item.group,
            "required": item.is_required,
            "text": item.text_in(page_language()),
        }
        for item in load_checklist()
    ]


def _visit(session: Session, stop: PlannedVisit, zone: ZoneInfo) -> dict[str, Any]:
    visit, request = stop.visit, stop.visit.request
    site, asset = request.site, request.asset
    return {
        "code": visit.code,
        "kind": str(request.kind),
        "state": str(visit.state),
        "starts": clock_time(stop.starts_at, zone),
        "window": _window(visit, zone),
        "customer": in_language(request.customer, "name") if request.customer else "",
        "request": request.number,
        "address": in_language(site, "address") if site else "",
        "can_call": can_call_customer(visit, now=now(), figures=figures_at(session, now())),
        "maps": list_maps(site) if site else [],
        "product": in_language(asset.product, "name") if asset else "",
        "model": asset.product.model_code if asset else "",
        "serial": asset.serial if asset else "",
        "purchased_on": asset.purchased_on.isoformat() if asset and asset.purchased_on else "",
        "fault": in_language(request.fault_category, "name") if request.fault_category else "",
        "note": request.note,
        "expected": clock_time(visit.expected_at, zone) if visit.expected_at else "",
        "exceptions": [
            {
                "report": one.id,
                "number": one.number,
                "state": str(one.state),
                "problem": one.problem,
                "answer": one.answer,
                "until": clock_time(one.deadline_at, zone),
            }
            for one in list_exceptions_of(session, request=request)
        ],
        "kept": [
            {"part_code": one.part.number, "name": in_language(one.part, "name"), "quantity": one.quantity}
            for one in list_open_reservations(session, visit=visit)
        ],
        "expenses": [
            {"kind": str(one.kind), "amount_cents": one.amount_cents, "note": one.note, "state": str(one.state)}
            for one in list_expenses_of(session, visit=visit)
        ],
        "report": _report(session, visit),
    }


def _window(visit: Visit, zone: ZoneInfo) -> str:
    if visit.window_from_at is None or visit.window_until_at is None:
        return say("route.open")
    return f"{clock_time(visit.window_from_at, zone)}–{clock_time(visit.window_until_at, zone)}"


def list_maps(site: Site) -> list[dict[str, str]]:
    """Return the ways to be led to a place: AMap first where Chinese is read, the telephone's own map last."""
    place, name = f"{site.latitude},{site.longitude}", quote(in_language(site, "address"))
    amap = {
        "name": say("field.amap"),
        "href": f"https://uri.amap.com/navigation?to={site.longitude},{site.latitude},{name}"
        "&mode=car&coordinate=wgs84&callnative=1",
    }
    others = [
        {"name": say("field.apple_maps"), "href": f"https://maps.apple.com/?daddr={place}&q={name}"},
        {"name": say("field.google_maps"), "href": f"https://www.google.com/maps/dir/?api=1&destination={place}"},
        {"name": say("field.other_map"), "href": f"geo:{place}?q={place}({name})"},
    ]
    return [amap, *others] if page_language() is Language.ZH else [*others, amap]


def _report(session: Session, visit: Visit) -> dict[str, Any]:
    report = find_report(session, visit=visit)
    kinds = [str(file.kind) for file in list_files(session, request=visit.request) if file.visit_id == visit.id]
    photos = {str(kind): kinds.count(kind) for kind in FileKind if kind is not FileKind.SIGNATURE}
    if report is None:
        return _empty_report() | {"photos": photos}
    return {
        "state": str(report.state),
        "is_writable": report.state in WRITABLE,
        "decision_note": report.decision_note,
        "sections": report.sections,
        "answers": {item.code: str(item.answer) for item in report.items},
        "serial_seen": report.serial_seen or "",
        "serial_check": str(report.serial_check or ""),
        "is_serial_right": report.is_serial_right,
        "fault_found": report.fault_found,
        "cause": report.cause,
        "action": report.action,
        "lines": [
            {
                "kind": str(row.kind),
                "description": row.description,
                "quantity": row.quantity,
                "unit_cents": row.unit_cents,
            }
            for row in report.charges
        ],
        "agreed_total_cents": report.agreed_total_cents,
        "agreed_method": report.agreed_method,
        "agreed_minutes": report.agreed_minutes,
        "parts": _parts(report),
        "opinion": str(report.opinion or ""),
        "is_signed": report.signed_at is not None,
        "next_visit": _next_visit(report),
        "photos": photos,
        "missing": [str(part) for part in list_missing_parts(session, report=report)],
    }


def _parts(report: WorkReport) -> list[dict[str, Any]]:
    return [
        {
            "part_code": row.part_code,
            "quantity": row.quantity,
            "old_serial": row.old_serial,
            "new_serial": row.new_serial,
        }
        for row in report.parts
    ]


def _empty_report() -> dict[str, Any]:
    return {
        "state": "open",
        "is_writable": True,
        "decision_note": "",
        "sections": {},
        "answers": {},
        "serial_seen": "",
        "serial_check": "",
        "is_serial_right": None,
        "fault_found": "",
        "cause": "",
        "action": "",
        "lines": [],
        "agreed_total_cents": None,
        "agreed_method": "",
        "agreed_minutes": None,
        "parts": [],
        "opinion": "",
        "is_signed": False,
        "next_visit": "",
        "missing": [],
    }


def _next_visit(report: WorkReport) -> str:
    visit = report.next_visit
    if visit is None or visit.window_from_at is None or visit.state is VisitState.CANCELLED:
        return ""
    site = visit.request.site
    zone = ZoneInfo(site.time_zone) if site else ZoneInfo("UTC")
    return window_words(visit.window_from_at, visit.window_until_at or visit.window_from_at, zone)


def window_words(from_at: dt.datetime, until_at: dt.datetime, zone: ZoneInfo) -> str:
    """Return a window with its day: Mon 23 Nov 08:00–10:00."""
    return f"{day_name(from_at.astimezone(zone).date())} {clock_time(from_at, zone)}–{clock_time(until_at, zone)}"
