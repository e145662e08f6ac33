"""The day on paper, one sheet per technician, and as a table to take away (CSV, XLSX)."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from operations.day.day import read_day
from operations.day.day_sheets import DaySheet, SheetLine, list_sheets
from web.board.board_view import read_view
from web.foundation.access import OFFICE, for_roles
from web.foundation.downloads import send_table
from web.foundation.services import now, services
from web.wording.sentences import in_language, say
from web.wording.words import clock_time, day_name, window

day_sheets = Blueprint("day_sheets", __name__, url_prefix="/day/sheets")
COLUMNS = (
    "technician", "starts", "ends", "travel_minutes", "code", "state", "window", "customer", "phone", "address",
    "product", "serial", "fault", "request",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """One technician's sheet, in words."""

    title: str
    hours: str
    rows: list[dict[str, str]]


@day_sheets.get("")
@for_roles(OFFICE)
def show() -> ResponseReturnValue:
    """A page that prints one sheet per technician."""
    area_name, on, sheets = _read()
    return render_template("day_sheets.html", area_name=area_name, day_name=day_name(on), sheets=sheets)


@day_sheets.get("/day.<kind>")
@for_roles(OFFICE)
def download(kind: str) -> ResponseReturnValue:
    """The same as a table; what could be taken for a formula is kept from being one."""
    _, on, sheets = _read()
    return send_table(
        kind,
        name=f"onecall-{on.isoformat()}",
        title=say("nav.day"),
        headings=[say(f"sheet.{name}") for name in COLUMNS],
        rows=[[row[name] for name in COLUMNS] for sheet in sheets for row in sheet.rows],
    )


def _read() -> tuple[str, dt.date, list[Sheet]]:
    with services().database.reading() as session:
        view = read_view(session, today=now())
        day = read_day(session, area=view.area, from_at=view.axis.from_at, until_at=view.axis.until_at)
        crew = view.find_crew(session)
        sheets = [sheet for sheet in list_sheets(day) if crew is None or sheet.technician.id in crew]
        return in_language(view.area, "name"), view.axis.on, [_sheet(sheet, view.axis.zone) for sheet in sheets]


def _sheet(sheet: DaySheet, zone: ZoneInfo) -> Sheet:
    name = in_language(sheet.technician, "name")
    hours = [f"{clock_time(shift.starts_at, zone)}–{clock_time(shift.ends_at, zone)}" for shift in sheet.shifts]
    rows = [_row(name, line, zone) for line in sheet.lines]
    return Sheet(f"{name} {sheet.technician.number}", ", ".join(hours), rows)


def _row(technician: str, line: SheetLine, zone: ZoneInfo) -> dict[str, str]:
    visit, request, today = line.visit, line.visit.request, line.starts_at.astimezone(zone).date()
    has_window = visit.window_from_at is not None and visit.window_until_at is not None
    return {
        "technician": technician,
        "starts": clock_time(line.starts_at, zone),
        "ends": clock_time(line.ends_at, zone),
        "travel_minutes": str(line.travel_minutes),
        "code": visit.code,
        "state": say(f"visit_state.{visit.state}"),
        "window": window(visit.window_from_at, visit.window_until_at, zone, today=today)  # type: ignore[arg-type]
        if has_window
        else "",
        "customer": in_language(request.customer, "name") if request.customer else "",
        "phone": request.contact_phone or "",
        "address": in_language(request.site, "address") if request.site else "",
        "product": in_language(request.asset.product, "name") if request.asset else "",
        "serial": request.asset.serial if request.asset else "",
        "fault": in_language(request.fault_category, "name") if request.fault_category else "",
        "request": request.number,
    }
