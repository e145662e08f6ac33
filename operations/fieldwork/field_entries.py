"""What a technician's page sends, taken in once and in order, whatever the network did meanwhile (D11).

Every entry has a key made on the telephone. Taking the same entry again returns what became of it the first time. What
cannot be carried out is kept with its reason, so that nothing that somebody wrote is lost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

from models import ExceptionReport, FieldEntry, ServiceRequest, StoredFile, Technician, ToldStop, Visit, WorkReport
from operations.dispatching.delays import delayed_until, report_delay
from operations.fieldwork.declined_visits import take_decline
from operations.fieldwork.fitted_parts import book_fitted_parts, check_fitted_parts
from operations.fieldwork.visits import accept_visit, arrive, complete_visit, end_unfinished, start_travel
from operations.fieldwork.work_reports import (
    ChecklistItemUnknown,
    FittedPart,
    NothingToAgree,
    ReportClosed,
    ReportIncomplete,
    agree_charges,
    answer_item,
    check_serial,
    find_report,
    hand_in,
    hand_in_unfinished,
    note_departure,
    open_report,
    set_charges,
    set_parts,
    sign_report,
    write_diagnosis,
)
from operations.foundation.files import Picture, TooManyFiles, keep_file
from operations.foundation.house import House
from operations.matters.exception_reports import close_exception, open_exception
from operations.messages.escalations import escalate
from operations.money.receivables import ExpenseImpossible, claim_expense
from operations.parts.requisitions import NotApprovedYet, NotKept, NoWarehouse, ask_for_parts, fetch_parts
from operations.parts.reservations import VisitOver
from operations.parts.stock import NoVan, PartNotOnVan, PartUnknown, PlaceUnknown, StockShort, find_part, find_place
from operations.planning.live_plan import lock_live_plan
from policies.escalations import EscalationReason
from policies.exception_reports import ExceptionMoveRefused, TopOfTheLadder
from policies.field_entries import SECTIONS, EntryKind, EntryOutcome, is_changed_meanwhile, read_phone_time
from policies.files import FileKind
from policies.receivables import ExpenseKind
from policies.visit_states import IncompleteReason, VisitMoveRefused, VisitState
from policies.work_reports import (
    ChargeKind,
    ChargeLine,
    ChargeOutOfRange,
    ChecklistAnswer,
    Opinion,
    RepairPlan,
    SerialCheck,
)


class SignatureUnknown(LookupError):
    """The entry names a signature that has not been sent yet."""


class SignatureRefused(ValueError):
    """The entry names a signature that was sent and could not be kept; somebody must sign again."""


UNKNOWN_VISIT = "unknown_visit"
REASONS: Mapping[type[Exception], str] = {
    VisitMoveRefused: "out_of_order",
    ReportClosed: "report_closed",
    ReportIncomplete: "report_incomplete",
    ChecklistItemUnknown: "unknown_item",
    NothingToAgree: "other_total",
    ChargeOutOfRange: "out_of_range",
    TooManyFiles: "too_many_files",
    PartNotOnVan: "part_not_on_van",
    PartUnknown: "part_unknown",
    PlaceUnknown: "place_unknown",
    StockShort: "not_in_store",
    NotApprovedYet: "not_approved_yet",
    NotKept: "not_kept",
    NoVan: "no_van",
    NoWarehouse: "no_warehouse",
    VisitOver: "out_of_order",
    ExpenseImpossible: "out_of_range",
    ExceptionMoveRefused: "not_answered",
    TopOfTheLadder: "nobody_above",
    SignatureRefused: "signature_refused",
}
"""What the page is told when an entry cannot be carried out."""


@dataclass(frozen=True, slots=True)
class SentEntry:
    """One entry as the door has checked it: the fields of `data` are those of its kind, and of the right types."""

    key: str
    kind: EntryKind
    visit_code: str
    said_at: dt.datetime
    sent_at: dt.datetime
    seen: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an entry belongs, and when it happened."""

    technician: Technician
    visit: Visit
    house: House
    at: dt.datetime
    now: dt.datetime

    @property
    def actor(self) -> str:
        """The name events carry."""
        return f"technician:{self.technician.number}"


def take_entry(
    session: Session, *, technician: Technician, entry: SentEntry, house: House, now: dt.datetime
) -> FieldEntry:
    """Carry out one entry of a technician, once; the row says what became of it.

    An entry about a visit this technician was never told of is refused. Raises SignatureUnknown, and stores nothing,
    when a signature it names is still on its way: the page sends the entry again after it.
    """
    # As with texts: at the live plan everybody who changes visits takes turns.
    lock_live_plan(session, area_id=technician.area_id, now=now)
    row, is_new = _claim(session, technician, entry, now)
    if not is_new:
        return row
    found = _find_visit(session, technician, entry.visit_code)
    if found is None:
        row.outcome, row.reason = EntryOutcome.REFUSED, UNKNOWN_VISIT
        return row
    visit, told_at = found
    row.visit_id = visit.id
    row.happened_at = read_phone_time(
        said_at=entry.said_at, sent_at=entry.sent_at, received_at=now, earliest_at=told_at
    )
    place = _Place(technician, visit, house, row.happened_at, now)
    if _is_stale(session, entry, visit):
        row.outcome = EntryOutcome.CHANGED_MEANWHILE
        return row
    _carry_out(session, place, entry, row)
    return row


def take_photo(
    session: Session,
    *,
    technician: Technician,
    entry: SentEntry,
    picture: Picture,
    kind: FileKind,
    now: dt.datetime,
) -> FieldEntry:
    """Keep a photo or signature whose content the door has stored already; taking it again changes nothing."""
    row, is_new = _claim(session, technician, entry, now)
    if not is_new:
        return row
    found = _find_visit(session, technician, entry.visit_code)
    if found is None:
        row.outcome, row.reason = EntryOutcome.REFUSED, UNKNOWN_VISIT
        return row
    visit, told_at = found
    at = read_phone_time(said_at=entry.said_at, sent_at=entry.sent_at, received_at=now, earliest_at=told_at)
    row.visit_id, row.happened_at = visit.id, at
    try:
        file = keep_file(
            session,
            picture=picture,
            request=visit.request,
            visit=visit,
            kind=kind,
            made_by=f"technician:{technician.number}",
            made_at=at,
            now=now,
        )
    except TooManyFiles as refusal:
        row.outcome, row.reason = EntryOutcome.REFUSED, REASONS[type(refusal)]
        return row
    row.data = {"file_id": file.id, "kind": str(kind)}
    return row


def find_entry(session: Session, *, technician: Technician, key: str) -> FieldEntry | None:
    """Return an entry of this technician that has been taken in, or None."""
    return session.scalars(
        select(FieldEntry).where(FieldEntry.entry_key == key, FieldEntry.technician_id == technician.id)
    ).one_or_none()


def find_own_visit(session: Session, *, technician: Technician, code: str) -> Visit | None:
    """Return the visit with this code if this technician was told of it, or None."""
    found = _find_visit(session, technician, code)
    return found[0] if found else None


def _claim(session: Session, technician: Technician, entry: SentEntry, now: dt.datetime) -> tuple[FieldEntry, bool]:
    """Store the entry in one atomic insert; a sending that overlaps another waits here and finds what became of it."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    row = insert(FieldEntry).values(
        entry_key=entry.key,
        technician_id=technician.id,
        kind=entry.kind,
        happened_at=now,
        received_at=now,
        outcome=EntryOutcome.TAKEN,
        reason="",
        data=dict(entry.data),
    )
    stored = session.scalars(row.on_conflict_do_nothing().returning(FieldEntry)).one_or_none()
    if stored is not None:
        return stored, True
    return session.scalars(select(FieldEntry).where(FieldEntry.entry_key == entry.key)).one(), False


def _find_visit(session: Session, technician: Technician, code: str) -> tuple[Visit, dt.datetime] | None:
    """Return the visit and when its technician was told of it; somebody else's visit is not found."""
    found = session.execute(
        select(Visit, ToldStop.told_at)
        .join(ToldStop, ToldStop.visit_id == Visit.id)
        .where(Visit.code == code, ToldStop.technician_id == technician.id)
        .options(
            joinedload(Visit.technician),
            joinedload(Visit.request).options(joinedload(ServiceRequest.site), joinedload(ServiceRequest.asset)),
        )
    ).one_or_none()
    return (found[0], found[1]) if found else None


def _is_stale(session: Session, entry: SentEntry, visit: Visit) -> bool:
    section = SECTIONS.get(entry.kind)
    report = find_report(session, visit=visit) if section else None
    if section is None or report is None:
        return False
    return is_changed_meanwhile(seen=entry.seen, last=report.sections.get(section))


def _carry_out(session: Session, place: _Place, entry: SentEntry, row: FieldEntry) -> None:
    try:
        with session.begin_nested():
            HANDLERS[entry.kind](session, place, entry.data)
            section = SECTIONS.get(entry.kind)
            if section is not None:
                report = _report(session, place)
                report.sections = {**report.sections, section: entry.key}
            session.flush()
    except tuple(REASONS) as refusal:
        row.outcome, row.reason = EntryOutcome.REFUSED, REASONS[type(refusal)]
        return
    # Carried out, it lives in the report; what people wrote is not kept twice (S1).
    row.data = {}


def _report(session: Session, place: _Place) -> WorkReport:
    return open_report(session, visit=place.visit, technician=place.technician)


def _accept(session: Session, place: _Place, _data: Mapping[str, Any]) -> None:
    if place.visit.state is VisitState.DISPATCHED:
        accept_visit(session, visit=place.visit, house=place.house, now=place.now, actor=place.actor)


def _decline(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    take_decline(session, visit=place.visit, note=data["note"], house=place.house, now=place.now, actor=place.actor)


def _depart(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    # A text may have said so already: then only the registration is new.
    if place.visit.state is not VisitState.EN_ROUTE:
        _move(session, place, start_travel)
    note_departure(
        _report(session, place),
        at=place.at,
        latitude=data.get("latitude"),
        longitude=data.get("longitude"),
        is_model_right=data.get("is_model_right"),
    )


def _arrive(session: Session, place: _Place, _data: Mapping[str, Any]) -> None:
    if place.visit.state is not VisitState.ON_SITE:
        _move(session, place, arrive)


def _move(session: Session, place: _Place, action: Callable[..., None]) -> None:
    action(session, visit=place.visit, house=place.house, now=place.now, actor=place.actor, happened_at=place.at)


def _answer(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    report = _report(session, place)
    answer_item(session, report=report, code=data["item"], answer=ChecklistAnswer(data["answer"]), at=place.at)


def _check_serial(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    check_serial(
        session,
        report=_report(session, place),
        serial=data["serial"],
        check=SerialCheck(data["check"]),
        at=place.at,
        now=place.now,
    )


def _diagnose(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    write_diagnosis(
        _report(session, place), fault_found=data["fault_found"], cause=data["cause"], action=data["action"]
    )


def _set_charges(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    lines = [
        ChargeLine(ChargeKind(line["kind"]), line["description"], line["quantity"], line["unit_cents"])
        for line in data["lines"]
    ]
    set_charges(session, report=_report(session, place), lines=lines)


def _agree(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    agree_charges(
        session,
        report=_report(session, place),
        total_cents=data["total_cents"],
        plan=RepairPlan(data["method"], data["minutes"], data["salesperson"]),
        signer=data["signer"],
        signature=_photo_of(session, place, data["signature"]),
        at=place.at,
        now=place.now,
    )


def _set_parts(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    parts = [
        FittedPart(part["part_code"], part["quantity"], part["old_serial"], part["new_serial"])
        for part in data["parts"]
    ]
    check_fitted_parts(session, visit=place.visit, parts=parts)
    set_parts(session, report=_report(session, place), parts=parts)


def _sign(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    sign_report(
        session,
        report=_report(session, place),
        opinion=Opinion(data["opinion"]),
        note=data["note"],
        signer=data["signer"],
        customer_signature=_photo_of(session, place, data["customer_signature"]),
        technician_signature=_photo_of(session, place, data["technician_signature"]),
        at=place.at,
        now=place.now,
    )


def _finish(session: Session, place: _Place, _data: Mapping[str, Any]) -> None:
    report = _report(session, place)
    hand_in(session, report=report, at=place.at, now=place.now)
    book_fitted_parts(session, report=report, by=place.actor, now=place.now)
    # Said by text already, or given back by a supervisor: the visit itself is over.
    if place.visit.state is not VisitState.COMPLETED:
        _move(session, place, complete_visit)


def _leave_unfinished(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    report = _report(session, place)
    hand_in_unfinished(session, report=report, at=place.at, now=place.now)
    book_fitted_parts(session, report=report, by=place.actor, now=place.now)
    end_unfinished(
        session,
        visit=place.visit,
        reason=IncompleteReason(data["reason"]),
        house=place.house,
        now=place.now,
        actor=place.actor,
        happened_at=place.at,
        note=data["note"],
    )


def _ask_for_part(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    part = find_part(session, number=data["part_code"])
    ask_for_parts(session, visit=place.visit, wanted={part.id: data["quantity"]}, by=place.actor, now=place.now)


def _fetch(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    units = {find_part(session, number=one["part_code"]).id: one["quantity"] for one in data["parts"]}
    store = find_place(session, code=data["place"])
    fetch_parts(session, visit=place.visit, store=store, units=units, by=place.actor, now=place.now)


def _claim_expense(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    claim_expense(
        session,
        technician=place.technician,
        visit=place.visit,
        kind=ExpenseKind(data["kind"]),
        amount_cents=data["amount_cents"],
        currency="CNY",
        spent_on=place.at.astimezone(ZoneInfo(place.technician.area.time_zone)).date(),
        note=data["note"],
        receipt=_photo_of(session, place, data["receipt"]) if data["receipt"] else None,
        now=place.now,
    )


def _be_late(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    expected_at = delayed_until(session, visit=place.visit, minutes=data["minutes"], now=place.at)
    report_delay(
        session,
        visit=place.visit,
        expected_at=max(expected_at, place.now),
        house=place.house,
        now=place.now,
        actor=place.actor,
        source="field",
    )


def _ask_for_help(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    visit, reason = place.visit, EscalationReason.NEEDS_HELP
    escalate(session, request=visit.request, visit=visit, reason=reason, note=data["note"], now=place.now)


def _ask_experts(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    open_exception(
        session,
        request=place.visit.request,
        problem=data["problem"],
        owner=place.technician.name,
        by=place.actor,
        house=place.house,
        now=place.now,
    )


def _try_answer(session: Session, place: _Place, data: Mapping[str, Any]) -> None:
    report = session.get(ExceptionReport, data["report"])
    if report is None or report.request_id != place.visit.request_id:
        raise ExceptionMoveRefused(data["report"])
    close_exception(session, report=report, is_solved=data["is_solved"], by=place.actor, now=place.now)


def _photo_of(session: Session, place: _Place, key: str) -> StoredFile:
    """Return a signature or photo of this visit that this technician's page sent under `key`."""
    entry = find_entry(session, technician=place.technician, key=key)
    if entry is not None and entry.outcome is EntryOutcome.REFUSED:
        raise SignatureRefused(key)
    if entry is None or entry.visit_id != place.visit.id or "file_id" not in entry.data:
        raise SignatureUnknown(key)
    return session.get_one(StoredFile, entry.data["file_id"])


HANDLERS: Mapping[EntryKind, Callable[[Session, _Place, Mapping[str, Any]], None]] = {
    EntryKind.ACCEPT: _accept,
    EntryKind.DECLINE: _decline,
    EntryKind.DEPARTED: _depart,
    EntryKind.LATE: _be_late,
    EntryKind.ARRIVED: _arrive,
    EntryKind.CHECKLIST: _answer,
    EntryKind.SERIAL: _check_serial,
    EntryKind.DIAGNOSIS: _diagnose,
    EntryKind.CHARGES: _set_charges,
    EntryKind.CHARGES_AGREED: _agree,
    EntryKind.PARTS: _set_parts,
    EntryKind.SIGNED: _sign,
    EntryKind.DONE: _finish,
    EntryKind.INCOMPLETE: _leave_unfinished,
    EntryKind.NO_ACCESS: _leave_unfinished,
    EntryKind.NEED_PART: _ask_for_part,
    EntryKind.FETCHED: _fetch,
    EntryKind.EXPENSE: _claim_expense,
    EntryKind.NEED_HELP: _ask_for_help,
    EntryKind.ASK_EXPERTS: _ask_experts,
    EntryKind.TRIED_ANSWER: _try_answer,
}
