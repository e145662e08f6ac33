"""Which rows are a person's: what a copy of somebody's data holds, and what an erasure reaches (S1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import (
    Absence,
    AccessLink,
    Agent,
    Agreement,
    Asset,
    Base,
    Call,
    CallBack,
    CallEvent,
    Certificate,
    Complaint,
    ContactChoice,
    Customer,
    CustomerCall,
    CustomerPhone,
    Escalation,
    ExceptionReport,
    Expense,
    FieldEntry,
    InboundMessage,
    Message,
    PlanMove,
    PurchaseProof,
    QueueEntry,
    Receivable,
    Recording,
    Return,
    ServiceRequest,
    Settlement,
    Shipment,
    ShipmentSighting,
    Site,
    SpecialDate,
    StatusEvent,
    StockPlace,
    StoredFile,
    TeamRecord,
    Technician,
    User,
    Visit,
    WorkReport,
)
from operations.aftercare.complaints import complaint_subject
from operations.clocks.commitments import call_subject, request_subject

Rows = Mapping[type[Base], ColumnElement[bool]]
"""Table → which of its rows are the person's."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose data we hold. `subject` is "customer:17" or "technician:3"; `number` is what people say."""

    subject: str
    number: str
    rows: Rows = field(repr=False)


def customer_as_person(session: Session, *, customer: Customer) -> Person:
    """Return a customer with all that is theirs, files merged into theirs included."""
    customer_ids = _with_merged(session, customer.id)
    requests = _ids(session, ServiceRequest.id, ServiceRequest.customer_id.in_(customer_ids))
    phones = session.scalars(select(CustomerPhone.number).where(CustomerPhone.customer_id.in_(customer_ids))).all()
    # A number that others call from too says nothing about who called.
    shared = set(
        session.scalars(
            select(CustomerPhone.number).where(
                CustomerPhone.number.in_(phones), CustomerPhone.customer_id.not_in(customer_ids)
            )
        )
    )
    numbers = [number for number in phones if number not in shared]
    unnamed = Call.customer_id.is_(None) & Call.from_number.in_(numbers)
    call_rows = session.execute(
        select(Call.id, Call.call_sid).where(
            or_(Call.customer_id.in_(customer_ids), Call.request_id.in_(requests), unnamed)
        )
    ).all()
    calls = [call_id for call_id, _ in call_rows]
    visits = _ids(session, Visit.id, Visit.request_id.in_(requests))
    complaint_filter = or_(
        Complaint.customer_id.in_(customer_ids), Complaint.request_id.in_(requests), Complaint.call_id.in_(calls)
    )
    complaints = _ids(session, Complaint.id, complaint_filter)
    shipments = _ids(session, Shipment.id, Shipment.request_id.in_(requests))
    assets = _ids(session, Asset.id, Asset.customer_id.in_(customer_ids))
    inbound = or_(
        InboundMessage.customer_id.in_(customer_ids),
        InboundMessage.request_id.in_(requests),
        InboundMessage.from_number.in_(numbers),
    )
    letters = _ids(session, InboundMessage.id, inbound)
    request_subjects = [request_subject(one) for one in requests]
    subjects = [
        *request_subjects,
        *(call_subject(sid) for _, sid in call_rows),
        *(complaint_subject(one) for one in complaints),
        *(f"customer:{one}" for one in customer_ids),
    ]
    recipients = [*(f"customer:{one}" for one in customer_ids), *(f"number:{number}" for number in numbers)]
    rows: dict[type[Base], ColumnElement[bool]] = {
        Customer: Customer.id.in_(customer_ids),
        CustomerPhone: CustomerPhone.customer_id.in_(customer_ids),
        CustomerCall: or_(CustomerCall.customer_id.in_(customer_ids), CustomerCall.request_id.in_(requests)),
        SpecialDate: SpecialDate.customer_id.in_(customer_ids),
        ContactChoice: ContactChoice.address.in_(numbers),
        Site: Site.customer_id.in_(customer_ids),
        Asset: Asset.customer_id.in_(customer_ids),
        PurchaseProof: PurchaseProof.asset_id.in_(assets),
        Agreement: Agreement.customer_id.in_(customer_ids),
        Receivable: Receivable.customer_id.in_(customer_ids),
        ServiceRequest: ServiceRequest.id.in_(requests),
        Call: Call.id.in_(calls),
        CallEvent: CallEvent.call_id.in_(calls),
        Recording: Recording.call_id.in_(calls),
        QueueEntry: QueueEntry.call_id.in_(calls),
        CallBack: or_(
            CallBack.customer_id.in_(customer_ids), CallBack.request_id.in_(requests), CallBack.call_id.in_(calls)
        ),
        Complaint: complaint_filter,
        Escalation: Escalation.request_id.in_(requests),
        ExceptionReport: ExceptionReport.request_id.in_(requests),
        PlanMove: PlanMove.visit_id.in_(visits),
        StoredFile: or_(StoredFile.request_id.in_(requests), StoredFile.inbound_id.in_(letters)),
        WorkReport: WorkReport.visit_id.in_(visits),
        Settlement: Settlement.request_id.in_(requests),
        Return: Return.request_id.in_(requests),
        Shipment: Shipment.request_id.in_(requests),
        ShipmentSighting: ShipmentSighting.shipment_id.in_(shipments),
        # What technicians were told of a visit names the customer and where they live.
        Message: or_(Message.recipient.in_(recipients), Message.request_id.in_(requests), Message.visit_id.in_(visits)),
        InboundMessage: inbound,
        StatusEvent: StatusEvent.subject.in_(subjects),
        AccessLink: AccessLink.subject.in_(request_subjects),
    }
    return Person(f"customer:{customer.id}", customer.number, rows)


def technician_as_person(session: Session, *, technician: Technician) -> Person:
    """Return a technician with all that is about them rather than about whom they served."""
    technician_id = technician.id
    signatures = session.scalars(
        select(WorkReport.technician_signature_id).where(
            WorkReport.technician_id == technician_id, WorkReport.technician_signature_id.is_not(None)
        )
    ).all()
    rows: dict[type[Base], ColumnElement[bool]] = {
        Technician: Technician.id == technician_id,
        Absence: Absence.technician_id == technician_id,
        Certificate: Certificate.technician_id == technician_id,
        TeamRecord: TeamRecord.technician_id == technician_id,
        Expense: Expense.technician_id == technician_id,
        FieldEntry: FieldEntry.technician_id == technician_id,
        StockPlace: StockPlace.technician_id == technician_id,
        StoredFile: StoredFile.id.in_(signatures),
        Message: Message.recipient == f"technician:{technician_id}",
        InboundMessage: InboundMessage.technician_id == technician_id,
    }
    return Person(f"technician:{technician_id}", technician.number, rows)


def user_as_person(*, user: User) -> Person:
    """Return a user of the pages with what they signed in with; what they decided is the organisation's."""
    subject = f"user:{user.id}"
    rows: dict[type[Base], ColumnElement[bool]] = {
        User: User.id == user.id,
        Agent: Agent.user_id == user.id,
        AccessLink: AccessLink.subject == subject,
        StatusEvent: StatusEvent.subject == subject,
    }
    return Person(subject, user.name, rows)


def _with_merged(session: Session, customer_id: int) -> list[int]:
    found, new = [customer_id], [customer_id]
    while new:
        new = _ids(session, Customer.id, Customer.merged_into_id.in_(new))
        found += new
    return found


def _ids(session: Session, column: InstrumentedAttribute[int], where: ColumnElement[bool]) -> list[int]:
    query: Select[Any] = select(column).where(where)
    return list(session.scalars(query))
