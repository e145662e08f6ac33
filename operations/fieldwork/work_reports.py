"""The report of a visit, written piece by piece on site, handed in when nothing is missing, approved after (V1–V7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import (
    ServiceRequest,
    StoredFile,
    Technician,
    Visit,
    WorkReport,
    WorkReportCharge,
    WorkReportItem,
    WorkReportPart,
)
from operations.clocks.commitments import request_subject
from operations.day.day import request_parts
from operations.fieldwork.checklists import is_answerable, required_codes
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.portions import Portion, read_portion
from operations.messages.escalations import escalate
from policies.escalations import EscalationReason
from policies.files import FileKind
from policies.work_reports import (
    WRITABLE,
    ChargeLine,
    ChecklistAnswer,
    MissingPart,
    Opinion,
    RepairPlan,
    ReportContent,
    ReportState,
    SerialCheck,
    add_up,
    compare_serials,
    list_missing,
    move_report,
)


class ReportClosed(ValueError):
    """The report has been handed in; nothing more is written into it unless it is returned."""


class ChecklistItemUnknown(ValueError):
    """The checklist has no item of this name that could be answered."""


class NothingToAgree(ValueError):
    """The customer is asked to agree to another total than the lines come to."""


class ReportIncomplete(ValueError):
    """Something must still be done before the report is handed in; `missing` says what."""

    def __init__(self, missing: Sequence[MissingPart]) -> None:
        super().__init__(", ".join(missing))
        self.missing = tuple(missing)


@dataclass(frozen=True, slots=True)
class FittedPart:
    """A part that was fitted: the catalogue's code, how many, and the serials where parts have them."""

    part_code: str
    quantity: int
    old_serial: str = ""
    new_serial: str = ""


def find_report(session: Session, *, visit: Visit) -> WorkReport | None:
    """Return the report of a visit with everything in it, or None while nobody has begun one."""
    return session.scalars(
        select(WorkReport)
        .where(WorkReport.visit_id == visit.id)
        .options(
            selectinload(WorkReport.items),
            selectinload(WorkReport.charges),
            selectinload(WorkReport.parts),
            joinedload(WorkReport.technician),
        )
    ).one_or_none()


def find_customers_report(session: Session, *, request: ServiceRequest) -> WorkReport | None:
    """Return the last report of a request that was handed in, which is the customer's to read (V4), or None."""
    return session.scalars(
        select(WorkReport)
        .join(WorkReport.visit)
        .where(Visit.request_id == request.id, WorkReport.state.in_((ReportState.HANDED_IN, ReportState.APPROVED)))
        .order_by(WorkReport.id.desc())
        .limit(1)
    ).one_or_none()


def open_report(session: Session, *, visit: Visit, technician: Technician) -> WorkReport:
    """Return the visit's report for writing, begun now if there is none; raises ReportClosed."""
    report = find_report(session, visit=visit)
    if report is None:
        report = WorkReport(
            visit_id=visit.id,
            visit=visit,
            technician_id=technician.id,
            state=ReportState.OPEN,
            sections={},
            fault_found="",
            cause="",
            action="",
            charges_total_cents=0,
            opinion_note="",
            decision_note="",
        )
        session.add(report)
        session.flush()
    if report.state not in WRITABLE:
        raise ReportClosed(visit.code)
    return report


def note_departure(
    report: WorkReport, *, at: dt.datetime, latitude: float | None, longitude: float | None, is_model_right: bool | None
) -> None:
    """Write down when and where the technician left, and that the model is the right one (出门登记, V1)."""
    report.departed_at = report.departed_at or at
    report.departed_latitude, report.departed_longitude = latitude, longitude
    report.is_model_right = is_model_right


def answer_item(
    session: Session, *, report: WorkReport, code: str, answer: ChecklistAnswer, at: dt.datetime
) -> WorkReportItem:
    """Answer one item of the checklist; a later answer replaces an earlier one. Raises ChecklistItemUnknown."""
    if not is_answerable(code):
        raise ChecklistItemUnknown(code)
    known = select(WorkReportItem).where(WorkReportItem.report_id == report.id, WorkReportItem.code == code)
    item = session.scalars(known).one_or_none()
    if item is None:
        item = WorkReportItem(report_id=report.id, code=code, answer=answer, answered_at=at)
        session.add(item)
    elif at >= item.answered_at:
        item.answer, item.answered_at = answer, at
    session.flush()
    return item


def check_serial(
    session: Session, *, report: WorkReport, serial: str, check: SerialCheck, at: dt.datetime, now: dt.datetime
) -> bool:
    """Compare the machine's serial with the file (V2); another one than the file's waits for a dispatcher (C3)."""
    asset = report.visit.request.asset
    is_readable = check is not SerialCheck.UNREADABLE
    is_right = is_readable and asset is not None and compare_serials(serial, asset.serial)
    report.serial_seen, report.serial_check, report.is_serial_right = serial[:40] or None, check, is_right
    facts = {"check": str(check), "right": is_right}
    _record(session, report, "serial_checked", at=at, now=now, facts=facts)
    if not is_right:
        escalate(session, request=report.visit.request, reason=EscalationReason.SERIAL_DIFFERS, now=now)
    return is_right


def write_diagnosis(report: WorkReport, *, fault_found: str, cause: str, action: str) -> None:
    """Write down what was wrong, why, and what was done about it (V3, V5)."""
    report.fault_found, report.cause, report.action = fault_found.strip(), cause.strip(), action.strip()


def set_charges(session: Session, *, report: WorkReport, lines: Sequence[ChargeLine]) -> int:
    """Put these amounts in place of those before and return the total in cents; raises ChargeOutOfRange.

    What the customer agreed to no longer holds when the lines are others (M3).
    """
    total_cents = add_up(lines)
    before = [(row.kind, row.description, row.quantity, row.unit_cents) for row in report.charges]
    if before == [(line.kind, line.description, line.quantity, line.unit_cents) for line in lines]:
        return total_cents
    report.charges.clear()
    session.flush()
    report.charges.extend(
        WorkReportCharge(
            position=position,
            kind=line.kind,
            description=line.description,
            quantity=line.quantity,
            unit_cents=line.unit_cents,
            total_cents=line.total_cents,
        )
        for position, line in enumerate(lines)
    )
    report.charges_total_cents = total_cents
    report.agreed_total_cents = report.agreed_at = report.agreed_by = None
    report.agreed_signature_id = report.agreed_minutes = None
    report.agreed_method = report.agreed_salesperson = ""
    session.flush()
    return total_cents


def agree_charges(
    session: Session,
    *,
    report: WorkReport,
    total_cents: int,
    plan: RepairPlan,
    signer: str,
    signature: StoredFile,
    at: dt.datetime,
    now: dt.datetime,
) -> None:
    """The customer signs, before work, for this plan at exactly this total; NothingToAgree for another one (V3, M3)."""
    if total_cents != report.charges_total_cents:
        raise NothingToAgree(total_cents)
    report.agreed_total_cents, report.agreed_at, report.agreed_by = total_cents, at, signer[:80]
    report.agreed_signature_id = signature.id
    report.agreed_method, report.agreed_minutes = plan.method, plan.minutes
    report.agreed_salesperson = plan.salesperson
    facts = {"total_cents": total_cents, "minutes": plan.minutes, "signature": signature.key}
    personal = {"signer": signer, "method": plan.method, "salesperson": plan.salesperson}
    _record(session, report, "charges_agreed", at=at, now=now, facts=facts, personal=personal)


def set_parts(session: Session, *, report: WorkReport, parts: Sequence[FittedPart]) -> None:
    """Put these parts in place of those before; whoever keeps the van's stock reads them when it is handed in (P1)."""
    report.parts.clear()
    session.flush()
    report.parts.extend(
        WorkReportPart(
            position=position,
            part_code=part.part_code,
            quantity=part.quantity,
            old_serial=part.old_serial,
            new_serial=part.new_serial,
        )
        for position, part in enumerate(parts)
    )
    session.flush()


def sign_report(
    session: Session,
    *,
    report: WorkReport,
    opinion: Opinion,
    note: str,
    signer: str,
    customer_signature: StoredFile,
    technician_signature: StoredFile,
    at: dt.datetime,
    now: dt.datetime,
) -> None:
    """Customer and technician sign (V4); a customer who is not satisfied comes before a dispatcher at once."""
    report.opinion, report.opinion_note, report.customer_signer = opinion, note.strip(), signer[:80]
    report.customer_signature_id, report.technician_signature_id = customer_signature.id, technician_signature.id
    report.signed_at = at
    facts = {"opinion": str(opinion), "signatures": [customer_signature.key, technician_signature.key]}
    _record(session, report, "report_signed", at=at, now=now, facts=facts, personal={"signer": signer})
    if opinion is Opinion.NOT_SATISFIED:
        escalate(session, request=report.visit.request, reason=EscalationReason.NOT_SATISFIED, now=now)


def list_missing_parts(session: Session, *, report: WorkReport) -> tuple[MissingPart, ...]:
    """Return what must still be done before the report of a finished visit is handed in."""
    session.flush()
    answered = session.scalars(select(WorkReportItem.code).where(WorkReportItem.report_id == report.id))
    kinds = session.scalars(
        select(StoredFile.kind).where(StoredFile.visit_id == report.visit_id, StoredFile.erased_at.is_(None))
    ).all()
    kind = report.visit.request.kind
    content = ReportContent(
        answered=frozenset(answered),
        is_serial_checked=report.serial_check is not None,
        has_diagnosis=bool(report.fault_found and report.action),
        charges_total_cents=report.charges_total_cents,
        agreed_total_cents=report.agreed_total_cents,
        photos_steps=kinds.count(FileKind.STEP),
        photos_after=kinds.count(FileKind.AFTER),
        has_opinion=report.opinion is not None,
        has_customer_signature=report.customer_signature_id is not None,
        has_technician_signature=report.technician_signature_id is not None,
    )
    return list_missing(content, required=required_codes(kind), kind=kind)


def hand_in(session: Session, *, report: WorkReport, at: dt.datetime, now: dt.datetime) -> None:
    """Hand a finished visit's report in; raises ReportIncomplete with what is missing."""
    missing = list_missing_parts(session, report=report)
    if missing:
        raise ReportIncomplete(missing)
    _hand_in(session, report, at=at, now=now)


def hand_in_unfinished(session: Session, *, report: WorkReport, at: dt.datetime, now: dt.datetime) -> None:
    """Hand in the report of a visit that ended without the work being done; it need not be complete (V7)."""
    _hand_in(session, report, at=at, now=now)


def approve_report(session: Session, *, report: WorkReport, by: str, now: dt.datetime) -> None:
    """A supervisor approves (V5); raises ReportMoveRefused unless the report waits for it."""
    report.state = move_report(report.state, ReportState.APPROVED)
    report.decided_at, report.decided_by = now, by
    _record(session, report, "report_approved", at=now, now=now, actor=by)


def return_report(session: Session, *, report: WorkReport, note: str, by: str, now: dt.datetime) -> None:
    """A supervisor gives it back with the reason; the technician may write again."""
    report.state = move_report(report.state, ReportState.RETURNED)
    report.decided_at, report.decided_by, report.decision_note = now, by, note.strip()
    _record(session, report, "report_returned", at=now, now=now, actor=by)


def list_reports(session: Session, *, state: ReportState, most: int) -> Portion[WorkReport]:
    """Return the reports in a state, those handed in first before the others; of the approved ones the latest first."""
    at = (WorkReport.handed_in_at, WorkReport.id)
    order = [one.desc() for one in at] if state is ReportState.APPROVED else at
    wanted = (
        select(WorkReport)
        .where(WorkReport.state == state)
        .order_by(*order)
        .options(
            joinedload(WorkReport.technician),
            joinedload(WorkReport.visit).joinedload(Visit.request).options(*request_parts()),
        )
    )
    return read_portion(session, wanted, most=most)


def find_report_of(session: Session, *, visit_code: str) -> WorkReport | None:
    """Return the report of the visit with this code."""
    visit = session.scalars(
        select(Visit)
        .where(Visit.code == visit_code)
        .options(joinedload(Visit.request).options(*request_parts()), joinedload(Visit.request, ServiceRequest.asset))
    ).one_or_none()
    return find_report(session, visit=visit) if visit is not None else None


def _hand_in(session: Session, report: WorkReport, *, at: dt.datetime, now: dt.datetime) -> None:
    report.state = move_report(report.state, ReportState.HANDED_IN)
    report.handed_in_at = now
    _record(session, report, "report_handed_in", at=at, now=now)


def _record(
    session: Session,
    report: WorkReport,
    kind: str,
    *,
    at: dt.datetime,
    now: dt.datetime,
    facts: dict[str, Any] | None = None,
    personal: dict[str, str] | None = None,
    actor: str = "",
) -> None:
    record_event(
        session,
        subject=request_subject(report.visit.request_id),
        kind=kind,
        occurred_at=at,
        recorded_at=now,
        source="page" if actor else "field",
        actor=actor or f"technician:{report.technician.number}",
        facts={"visit": report.visit_id, **(facts or {})},
        personal=personal,
    )
    note_change(session, topic=BOARD, now=now)
