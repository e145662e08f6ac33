"""Everything about one request in one place: clocks, visits, events, messages, calls, pictures, parts (C1, K1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import (
    Absence,
    Call,
    Complaint,
    InboundMessage,
    MajorFault,
    Message,
    Return,
    ServiceRequest,
    Shift,
    StatusEvent,
    StockMove,
    Stop,
    StoredFile,
    Technician,
    Visit,
)
from operations.clocks.commitments import request_subject
from operations.day.day import request_parts
from operations.foundation.events import find_broken_link, list_events
from operations.matters.major_faults import find_major_fault
from operations.messages.letter_files import list_letter_files
from policies.files import FileKind
from policies.request_states import RequestState

MOST_OTHERS = 10


def request_numbers(session: Session, *, request_ids: Collection[int | None]) -> dict[int | None, str]:
    """Return the numbers of requests by their id."""
    rows = session.execute(select(ServiceRequest.id, ServiceRequest.number).where(ServiceRequest.id.in_(request_ids)))
    return {row.id: row.number for row in rows}


@dataclass(frozen=True, slots=True)
class RequestFile:
    """One request with its history.

    `inbound` are the messages people sent us about it, `letter_files` what came with them, by their id; `parts` is what
    stock moved for its visits. `broken_link` is the first event whose chain does not fit, normally None (K3).
    """

    request: ServiceRequest
    visits: Sequence[Visit]
    events: Sequence[StatusEvent]
    messages: Sequence[Message]
    inbound: Sequence[InboundMessage]
    letter_files: Mapping[int, Sequence[StoredFile]]
    calls: Sequence[Call]
    pictures: Sequence[StoredFile]
    parts: Sequence[StockMove]
    broken_link: int | None
    major_fault: MajorFault | None = None


@dataclass(frozen=True, slots=True)
class Related:
    """What else there is: its second repairs, what the customer has open beside it, complaints and returns about it."""

    repeats: Sequence[ServiceRequest]
    others: Sequence[ServiceRequest]
    complaints: Sequence[Complaint]
    returns: Sequence[Return]


def find_request(session: Session, *, number: str) -> ServiceRequest | None:
    """Return the request with this number, or None."""
    return session.scalars(select(ServiceRequest).where(ServiceRequest.number == number)).one_or_none()


def find_related(session: Session, *, request: ServiceRequest) -> Related:
    """Return what belongs to the request or to its customer beside it."""
    repeats = select(ServiceRequest).where(ServiceRequest.repeat_of_id == request.id).order_by(ServiceRequest.id)
    others = (
        select(ServiceRequest)
        .where(
            ServiceRequest.customer_id == request.customer_id,
            ServiceRequest.id != request.id,
            ServiceRequest.state != RequestState.CLOSED,
        )
        .order_by(ServiceRequest.id)
        .limit(MOST_OTHERS)
    )
    complaints = select(Complaint).where(Complaint.request_id == request.id).order_by(Complaint.id)
    returns = select(Return).where(Return.request_id == request.id).order_by(Return.id)
    return Related(
        repeats=session.scalars(repeats).all(),
        others=session.scalars(others).all() if request.customer_id is not None else (),
        complaints=session.scalars(complaints).all(),
        returns=session.scalars(returns).all(),
    )


def find_stops(session: Session, *, visits: Sequence[Visit]) -> Mapping[int, Stop]:
    """Return where these visits stand in the live plan, by their id; one that has ended or waits stands nowhere."""
    stops = session.scalars(select(Stop).where(Stop.visit_id.in_([visit.id for visit in visits])))
    return {stop.visit_id: stop for stop in stops if stop.visit_id is not None}


def list_shifts_beside(session: Session, *, stop: Stop) -> Sequence[Shift]:
    """Return the other shifts of the area at work when the stop begins, without those whose technician is away."""
    is_away = exists().where(
        Absence.technician_id == Shift.technician_id,
        Absence.absent_from_at <= stop.planned_start_at,
        Absence.absent_until_at > stop.planned_start_at,
    )
    return session.scalars(
        select(Shift)
        .join(Shift.technician)
        .where(
            Technician.area_id == stop.area_id,
            Shift.id != stop.shift_id,
            Shift.starts_at <= stop.planned_start_at,
            Shift.ends_at > stop.planned_start_at,
            ~is_away,
        )
        .order_by(Technician.number)
        .options(joinedload(Shift.technician))
    ).all()


def find_request_file(session: Session, *, number: str) -> RequestFile | None:
    """Return the file of the request with this number, or None."""
    request = session.scalars(
        select(ServiceRequest)
        .where(ServiceRequest.number == number)
        .options(*request_parts(), selectinload(ServiceRequest.commitments), joinedload(ServiceRequest.repeat_of))
    ).one_or_none()
    if request is None:
        return None
    visits = session.scalars(
        select(Visit).where(Visit.request_id == request.id).order_by(Visit.id).options(joinedload(Visit.technician))
    ).all()
    messages = session.scalars(select(Message).where(Message.request_id == request.id).order_by(Message.id)).all()
    calls = session.scalars(
        select(Call).where(Call.request_id == request.id).order_by(Call.id).options(joinedload(Call.customer))
    ).all()
    visit_ids = [visit.id for visit in visits]
    inbound = session.scalars(
        select(InboundMessage)
        .where(or_(InboundMessage.request_id == request.id, InboundMessage.visit_id.in_(visit_ids)))
        .order_by(InboundMessage.id)
    ).all()
    pictures = session.scalars(
        select(StoredFile)
        .where(
            StoredFile.request_id == request.id,
            StoredFile.kind != FileKind.ATTACHMENT,
            StoredFile.erased_at.is_(None),
        )
        .order_by(StoredFile.id)
    ).all()
    parts = session.scalars(
        select(StockMove)
        .where(StockMove.visit_id.in_(visit_ids))
        .order_by(StockMove.id)
        .options(joinedload(StockMove.part))
    ).all()
    subject = request_subject(request.id)
    return RequestFile(
        request=request,
        visits=visits,
        events=list_events(session, subject=subject),
        messages=messages,
        inbound=inbound,
        letter_files=list_letter_files(session, letters=inbound),
        calls=calls,
        pictures=pictures,
        parts=parts,
        broken_link=find_broken_link(session, subject=subject),
        major_fault=find_major_fault(session, request_id=request.id),
    )
