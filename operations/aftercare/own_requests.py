"""A customer asks after a request: which ones are theirs, how it stands, and what they may change (H6, H17)."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from models import Asset, ServiceRequest, StatusEvent, Visit, WorkshopRepair
from operations.clocks.commitments import request_subject
from operations.fieldwork.visits import cancel_visit
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.guesses import count_guess, forget_guesses
from operations.foundation.house import House
from operations.matters.requests import close_request, open_request
from operations.people.customers import NUMBER_DIGITS
from policies.channels import Channel
from policies.languages import Language
from policies.request_numbers import is_request_number
from policies.request_states import SOLVED_REASONS, CloseReason, RequestState
from policies.request_status import RequestStatus, decide_status
from policies.visit_states import ENDED, PROMISED
from policies.workshop import WorkshopState

PROOFS_PER_HOUR = 5
HOUR_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands: the word, the visit it is about if there is one, and when to expect who is on the way."""

    status: RequestStatus
    visit: Visit | None
    eta_at: dt.datetime | None


def list_own_requests(
    session: Session, *, customer_id: int | None, phone: str | None, now: dt.datetime, limit: int
) -> Sequence[ServiceRequest]:
    """Return the requests of a recognised customer or telephone number: open ones first, then those closed lately."""
    owners: list[ColumnElement[bool]] = []
    if customer_id is not None:
        owners.append(ServiceRequest.customer_id == customer_id)
    if phone is not None:
        owners.append(ServiceRequest.contact_phone == phone)
    if not owners:
        return []
    since = now - dt.timedelta(days=figures_at(session, now).repeat_days)
    return session.scalars(
        select(ServiceRequest)
        .where(or_(*owners), or_(ServiceRequest.state != RequestState.CLOSED, ServiceRequest.closed_at >= since))
        .order_by(ServiceRequest.state == RequestState.CLOSED, ServiceRequest.opened_at.desc(), ServiceRequest.id)
        .options(joinedload(ServiceRequest.asset).joinedload(Asset.product), joinedload(ServiceRequest.fault_category))
        .limit(limit)
    ).all()


def find_proved_request(
    session: Session, *, number: str, proof: str | None, phone: str | None, now: dt.datetime
) -> ServiceRequest | None:
    """Return the request of this number if the caller proves to belong to it, else None, whatever was wrong.

    The number alone grants nothing (S2). The proof is the telephone the call comes from, or digits only the customer
    has: their customer number, the site's, or the last six of the machine's serial. Wrong digits are counted per
    request number, whether or not there is such a request, and after five in an hour the right ones do not help.
    """
    if not is_request_number(number):
        return None
    request = session.scalars(select(ServiceRequest).where(ServiceRequest.number == number)).one_or_none()
    if request is not None and phone is not None and phone in _phones(request):
        return request
    if proof is None:
        return None
    tries = count_guess(session, scope="request_proof", key=number, window_minutes=HOUR_MINUTES, now=now)
    if request is None or tries > PROOFS_PER_HOUR or proof not in _proofs(request):
        return None
    forget_guesses(session, scope="request_proof", key=number)
    return request


def read_standing(session: Session, *, request: ServiceRequest) -> Standing:
    """Return how the request stands now."""
    visits = session.scalars(
        select(Visit)
        .where(Visit.request_id == request.id)
        .order_by(Visit.id.desc())
        .options(joinedload(Visit.technician))
    ).all()
    in_workshop = select(WorkshopRepair.id).where(
        WorkshopRepair.request_id == request.id, WorkshopRepair.state != WorkshopState.GIVEN_BACK
    )
    status = decide_status(
        request.state,
        request.close_reason,
        [visit.state for visit in visits],
        is_in_workshop=session.scalar(in_workshop.limit(1)) is not None,
    )
    visit = next((visit for visit in visits if visit.state in PROMISED), None)
    eta_at = visit.expected_at if visit is not None and status is RequestStatus.ON_THE_WAY else None
    return Standing(status, visit, eta_at)


def withdraw_request(
    session: Session, *, request: ServiceRequest, house: House, now: dt.datetime, source: str, actor: str
) -> None:
    """The customer calls it off: every visit that has not ended is cancelled, its place is free, the request closed."""
    end_request(
        session, request=request, reason=CloseReason.WITHDRAWN, house=house, now=now, source=source, actor=actor
    )


def end_request(
    session: Session,
    *,
    request: ServiceRequest,
    reason: CloseReason,
    house: House,
    now: dt.datetime,
    source: str,
    actor: str,
    words: str = "",
) -> None:
    """Close a request for a reason that makes every visit that has not ended needless: they are called off."""
    _cancel_visits(session, request, house=house, now=now, source=source, actor=actor)
    close_request(session, request=request, reason=reason, now=now, source=source, actor=actor, words=words)


def confirm_solved(
    session: Session, *, request: ServiceRequest, house: House, now: dt.datetime, source: str, actor: str
) -> None:
    """The customer says it is solved: recorded, what is still planned is called off, and the request closes as solved.

    Saying it twice records it once.
    """
    known = select(StatusEvent.id).where(
        StatusEvent.subject == request_subject(request.id), StatusEvent.kind == "solution_confirmed"
    )
    if session.scalar(known) is None:
        record_event(
            session,
            subject=request_subject(request.id),
            kind="solution_confirmed",
            occurred_at=now,
            recorded_at=now,
            source=source,
            actor=actor,
        )
    if request.state is not RequestState.CLOSED:
        end_request(
            session, request=request, reason=CloseReason.SOLVED, house=house, now=now, source=source, actor=actor
        )


def open_repeat(
    session: Session,
    *,
    request: ServiceRequest,
    channel: Channel,
    language: Language,
    opened_at: dt.datetime,
    now: dt.datetime,
    contact_phone: str | None,
    answered_by: str = "",
) -> ServiceRequest:
    """A closed request was not solved after all: open its second repair (二次报修), counted against the first (H17)."""
    return open_request(
        session,
        channel=channel,
        language=language,
        opened_at=opened_at,
        now=now,
        answered_by=answered_by or channel,
        contact_phone=contact_phone or request.contact_phone,
        asset=request.asset,
        fault_category=request.fault_category,
        repeat_of=request,
    )


def find_recent_request(session: Session, *, asset: Asset, now: dt.datetime) -> ServiceRequest | None:
    """Return the latest request about this machine that closed lately: another one about it is a repeat (H17)."""
    since = now - dt.timedelta(days=figures_at(session, now).repeat_days)
    return session.scalars(
        select(ServiceRequest)
        .where(
            ServiceRequest.asset_id == asset.id,
            ServiceRequest.state == RequestState.CLOSED,
            ServiceRequest.close_reason.in_(SOLVED_REASONS),
            ServiceRequest.closed_at >= since,
        )
        .order_by(ServiceRequest.closed_at.desc())
        .limit(1)
    ).one_or_none()


def _cancel_visits(
    session: Session, request: ServiceRequest, *, house: House, now: dt.datetime, source: str, actor: str
) -> None:
    open_visits = select(Visit).where(Visit.request_id == request.id, Visit.state.not_in(ENDED))
    for visit in session.scalars(open_visits).all():
        cancel_visit(session, visit=visit, house=house, now=now, source=source, actor=actor)


def _phones(request: ServiceRequest) -> set[str]:
    own = {phone.number for phone in request.customer.phones} if request.customer else set()
    return own | ({request.contact_phone} if request.contact_phone else set())


def _proofs(request: ServiceRequest) -> set[str]:
    written = [
        request.customer.number if request.customer else "",
        request.site.code if request.site else "",
        request.asset.serial_tail if request.asset else "",
    ]
    digits = (re.sub(r"\D", "", text) for text in written)
    return {proof for proof in digits if len(proof) >= NUMBER_DIGITS}
