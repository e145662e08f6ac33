"""Work reports that wait for a supervisor: read, approved, or given back with the reason (V5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.orm import Session

from models import StoredFile, WorkReport
from operations.fieldwork.checklists import load_checklist
from operations.fieldwork.work_reports import approve_report, find_report_of, list_reports, return_report
from operations.foundation.files import list_files
from policies.files import PHOTOS
from policies.work_reports import ReportMoveRefused, ReportState
from web.forms.form_fields import Refusals, fault, read_text, refusing
from web.foundation.access import OFFICE, SUPERVISORS, for_roles
from web.foundation.paging import most_rows
from web.foundation.services import now, services
from web.layout.tables import Row, Table, file_address, send_list
from web.wording.amounts import amount
from web.wording.sentences import in_language, page_language, say
from web.wording.words import instant

work_reports = Blueprint("work_reports", __name__, url_prefix="/work-reports")
LONGEST_NOTE = 1000
CURRENCY = "CNY"
"""What technicians enter amounts in."""


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One report of the list."""

    code: str
    at: str
    technician: str
    customer: str
    opinion: str


@work_reports.get("")
@for_roles(OFFICE)
def show_all() -> ResponseReturnValue:
    """Reports by how far they are; those that wait for approval first."""
    state = request.args.get("state", ReportState.HANDED_IN)
    if state not in set(ReportState):
        abort(404)
    with services().database.reading() as session:
        reports = list_reports(session, state=ReportState(state), most=most_rows())
        lines = [_line(report) for report in reports]
    table = _table(lines, reports.found)
    if file := send_list([table]):
        return file
    return render_template(
        "work_reports.html",
        lines=lines,
        table=table,
        file_address=file_address,
        state=state,
        states=list(ReportState),
    )


def _table(lines: Sequence[ReportLine], found: int) -> Table:
    """Return the list as it is taken along."""
    rows = [
        Row((one.code, one.at, one.technician, one.customer, say(f"opinion.{one.opinion}") if one.opinion else ""))
        for one in lines
    ]
    headers = [say(f"work_report.list_{name}") for name in ("code", "at", "technician", "customer", "opinion")]
    return Table("work-reports", say("work_report.list"), headers, rows, say("work_report.none"), found=found)


@work_reports.get("/<code>")
@for_roles(OFFICE)
def show(code: str) -> ResponseReturnValue:
    """One report with its photos and signatures."""
    with services().database.reading() as session:
        report = find_report_of(session, visit_code=code) or abort(404)
        return _page(session, report, code)


@work_reports.post("/<code>")
@for_roles(SUPERVISORS)
def decide(code: str) -> ResponseReturnValue:
    """Approve a report, or give it back with the reason."""
    note, do = read_text("note", longest=LONGEST_NOTE), request.form.get("do", "")
    if do not in {"approve", "return"}:
        abort(400)
    if do == "return" and not note:
        raise fault("note", "work_report.note_missing")
    back_to = url_for("web.work_reports.show", code=code)
    refusals: Refusals = {ReportMoveRefused: "work_report.moved_on"}
    with refusing(refusals, back_to=back_to), services().database.writing() as session:
        report = find_report_of(session, visit_code=code) or abort(404)
        if do == "approve":
            approve_report(session, report=report, by=current_user.name, now=now())
        else:
            return_report(session, report=report, note=note, by=current_user.name, now=now())
    flash(say("work_report.decided"), "done")
    return redirect(url_for("web.work_reports.show_all"))


def _page(session: Session, report: WorkReport, code: str) -> str:
    own = report.visit.request
    zone = ZoneInfo(own.site.time_zone if own.site else "UTC")
    today = now().astimezone(zone).date()
    kept = [file for file in list_files(session, request=own) if file.visit_id in {None, report.visit_id}]
    answers = {item.code: item.answer for item in report.items}
    steps = [
        ("report_departed", report.departed_at),
        ("report_arrived", report.visit.arrived_at),
        ("report_agreed", report.agreed_at),
        ("report_signed", report.signed_at),
        ("report_handed_in", report.handed_in_at),
    ]
    return render_template(
        "work_report.html",
        report=report,
        code=code,
        number=own.number,
        technician=in_language(report.technician, "name"),
        customer=in_language(own.customer, "name") if own.customer else "",
        times=[(f"work_report.{name}", instant(at, zone, today=today)) for name, at in steps if at],
        items=[
            (item.text_in(page_language()), answers[item.code]) for item in load_checklist() if item.code in answers
        ],
        photos=[file for file in kept if file.kind in PHOTOS],
        signatures=_signatures(report),
        amount=partial(amount, currency=CURRENCY),
        may_decide=current_user.role in SUPERVISORS and report.state is ReportState.HANDED_IN,
    )


def _signatures(report: WorkReport) -> list[tuple[str, StoredFile]]:
    named = (
        ("work_report.agreed_signature", report.agreed_signature),
        ("field.customer_signature", report.customer_signature),
        ("work_report.technician_signature", report.technician_signature),
    )
    return [(name, file) for name, file in named if file is not None]


def _line(report: WorkReport) -> ReportLine:
    own = report.visit.request
    zone = ZoneInfo(own.site.time_zone if own.site else "UTC")
    at = report.handed_in_at
    return ReportLine(
        code=report.visit.code,
        at=instant(at, zone, today=now().astimezone(zone).date()) if at else "",
        technician=in_language(report.technician, "name"),
        customer=in_language(own.customer, "name") if own.customer else "",
        opinion=str(report.opinion or ""),
    )
