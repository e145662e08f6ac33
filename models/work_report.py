"""What was done on site: the report of one visit with its checklist, charges and parts (V1–V5)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from models.file import StoredFile
from models.technician import Technician
from models.visit import Visit
from policies.field_entries import EntryKind, EntryOutcome
from policies.work_reports import ChargeKind, ChecklistAnswer, Opinion, ReportState, SerialCheck

IS_NOT_DONE = f"answer = '{ChecklistAnswer.NOT_DONE}'"


class WorkReport(Base):
    """The report of one visit. `sections` names, per part of the report, the entry that wrote it last.

    `charges_total_cents` is what the lines come to, `agreed_total_cents` what the customer signed for before work, with
    the method, how long it takes, and for misuse that is charged the salesperson in charge (V3).
    """

    __tablename__ = "work_reports"
    __table_args__ = (Index("ix_work_reports_state_handed_in", "state", "handed_in_at"),)
    id: Mapped[id_column]
    visit_id: Mapped[int] = mapped_column(BigId, ForeignKey("visits.id"), unique=True)
    technician_id: Mapped[int] = mapped_column(BigId, ForeignKey("technicians.id"), index=True)
    state: Mapped[ReportState] = mapped_column(Word(ReportState))
    sections: Mapped[dict[str, Any]]
    departed_at: Mapped[dt.datetime | None]
    departed_latitude: Mapped[float | None]
    departed_longitude: Mapped[float | None]
    is_model_right: Mapped[bool | None]
    serial_seen: Mapped[str | None] = mapped_column(String(40))
    serial_check: Mapped[SerialCheck | None] = mapped_column(Word(SerialCheck))
    is_serial_right: Mapped[bool | None]
    fault_found: Mapped[str] = mapped_column(Text, default="")
    cause: Mapped[str] = mapped_column(Text, default="")
    action: Mapped[str] = mapped_column(Text, default="")
    charges_total_cents: Mapped[int] = mapped_column(default=0)
    agreed_total_cents: Mapped[int | None]
    agreed_method: Mapped[str] = mapped_column(Text, default="", server_default="")
    agreed_minutes: Mapped[int | None]
    agreed_salesperson: Mapped[str] = mapped_column(String(80), default="", server_default="")
    agreed_at: Mapped[dt.datetime | None]
    agreed_by: Mapped[str | None] = mapped_column(String(80))
    agreed_signature_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("files.id"))
    opinion: Mapped[Opinion | None] = mapped_column(Word(Opinion))
    opinion_note: Mapped[str] = mapped_column(Text, default="")
    customer_signer: Mapped[str | None] = mapped_column(String(80))
    customer_signature_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("files.id"))
    technician_signature_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("files.id"))
    signed_at: Mapped[dt.datetime | None]
    handed_in_at: Mapped[dt.datetime | None]
    decided_at: Mapped[dt.datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decision_note: Mapped[str] = mapped_column(Text, default="")
    next_visit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("visits.id"))

    visit: Mapped[Visit] = relationship(foreign_keys=[visit_id])
    next_visit: Mapped[Visit | None] = relationship(foreign_keys=[next_visit_id])
    technician: Mapped[Technician] = relationship()
    items: Mapped[list[WorkReportItem]] = relationship(order_by="WorkReportItem.id")
    charges: Mapped[list[WorkReportCharge]] = relationship(
        order_by="WorkReportCharge.position", cascade="all, delete-orphan"
    )
    parts: Mapped[list[WorkReportPart]] = relationship(order_by="WorkReportPart.position", cascade="all, delete-orphan")
    agreed_signature: Mapped[StoredFile | None] = relationship(foreign_keys=[agreed_signature_id])
    customer_signature: Mapped[StoredFile | None] = relationship(foreign_keys=[customer_signature_id])
    technician_signature: Mapped[StoredFile | None] = relationship(foreign_keys=[technician_signature_id])


class WorkReportItem(Base):
    """One item of the checklist as it was answered; its words are in content/checklists."""

    __tablename__ = "work_report_items"
    __table_args__ = (
        UniqueConstraint("report_id", "code"),
        # What was left undone is rare among millions of answers.
        Index(
            "ix_work_report_items_not_done",
            "report_id",
            postgresql_where=text(IS_NOT_DONE),
            sqlite_where=text(IS_NOT_DONE),
        ),
    )
    id: Mapped[id_column]
    report_id: Mapped[int] = mapped_column(BigId, ForeignKey("work_reports.id"))
    code: Mapped[str] = mapped_column(String(40))
    answer: Mapped[ChecklistAnswer] = mapped_column(Word(ChecklistAnswer))
    answered_at: Mapped[dt.datetime]


class WorkReportCharge(Base):
    """One amount told to the customer before work; a line may come to nothing."""

    __tablename__ = "work_report_charges"
    __table_args__ = (UniqueConstraint("report_id", "position"),)
    id: Mapped[id_column]
    report_id: Mapped[int] = mapped_column(BigId, ForeignKey("work_reports.id"))
    position: Mapped[int]
    kind: Mapped[ChargeKind] = mapped_column(Word(ChargeKind))
    description: Mapped[str] = mapped_column(String(120))
    quantity: Mapped[int]
    unit_cents: Mapped[int]
    total_cents: Mapped[int]


class WorkReportPart(Base):
    """A part that was fitted, from the van or from elsewhere; `part_code` is the catalogue's."""

    __tablename__ = "work_report_parts"
    __table_args__ = (UniqueConstraint("report_id", "position"),)
    id: Mapped[id_column]
    report_id: Mapped[int] = mapped_column(BigId, ForeignKey("work_reports.id"))
    position: Mapped[int]
    part_code: Mapped[str] = mapped_column(String(40), index=True)
    quantity: Mapped[int]
    old_serial: Mapped[str] = mapped_column(String(40), default="")
    new_serial: Mapped[str] = mapped_column(String(40), default="")


class FieldEntry(Base):
    """One entry a technician's page sent, taken in once however often it is sent (D11).

    `entry_key` is made on the telephone. What was refused keeps its `data`, so that nothing anybody wrote is lost.
    """

    __tablename__ = "field_entries"
    id: Mapped[id_column]
    entry_key: Mapped[str] = mapped_column(String(36), unique=True)
    technician_id: Mapped[int] = mapped_column(BigId, ForeignKey("technicians.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("visits.id"), index=True)
    kind: Mapped[EntryKind] = mapped_column(Word(EntryKind))
    happened_at: Mapped[dt.datetime]
    received_at: Mapped[dt.datetime]
    outcome: Mapped[EntryOutcome] = mapped_column(Word(EntryOutcome))
    reason: Mapped[str] = mapped_column(String(80), default="")
    data: Mapped[dict[str, Any]]
