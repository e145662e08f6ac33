"""A customer writes: it joins the thread of the matter it is about, and a person reads it (H16)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Customer, InboundMessage, ServiceRequest
from operations.aftercare.surveys import take_survey_text
from operations.foundation.changes import BOARD, note_change
from operations.foundation.house import House
from operations.telephone.visit_calls import NobodyToConnect, find_visit_to_call, ring_who_asks
from outbox.enqueue import enqueue_message
from policies.request_numbers import find_request_numbers
from policies.request_states import RequestState
from policies.visit_calls import VisitParty, is_wish_to_talk

FROM_CUSTOMER = "from_customer"
SURVEY = "survey"
WISH_TO_TALK = "wish_to_talk"
THANKS_EXPIRE = dt.timedelta(hours=2)
THREAD_KEPT = dt.timedelta(days=30)
"""So long after its end a matter is still what its customer writes about."""


def take_customer_text(
    session: Session, *, text: InboundMessage, customers: Sequence[Customer], house: House, now: dt.datetime
) -> None:
    """Put a text into its request's thread and before a dispatcher; say once an hour that it has arrived.

    A stranger's is kept for the dispatcher too, and not answered.
    """
    if take_survey_text(session, text=text, house=house, now=now) is not None:
        text.understood_as = SURVEY
        return
    request = find_thread(session, text=text, customers=customers, now=now)
    text.request_id = request.id if request else None
    if request is not None and is_wish_to_talk(text.body) and _ring(session, request, text, now):
        text.understood_as = WISH_TO_TALK
        return
    text.is_waiting = True
    note_change(session, topic=BOARD, now=now)
    if request is None and not customers:
        return
    text.understood_as = FROM_CUSTOMER
    language = request.language if request else customers[0].language
    enqueue_message(
        session,
        event=f"texts-of:{now:%Y%m%d%H}",
        recipient=f"customer:{customers[0].id}" if customers else f"number:{text.from_number}",
        to_number=text.from_number,
        language=language,
        template="customer_text_received",
        values={"hotline": house.hotline_number},
        now=now,
        expires_at=now + THANKS_EXPIRE,
        request_id=request.id if request else None,
    )


def _ring(session: Session, request: ServiceRequest, text: InboundMessage, now: dt.datetime) -> bool:
    """Ring whoever wrote, to connect them with their technician; only on the telephone the visit is known by."""
    visit = find_visit_to_call(session, request=request, now=now)
    if visit is None or request.contact_phone != text.from_number:
        return False
    try:
        ring_who_asks(session, visit=visit, party=VisitParty.CUSTOMER, now=now)
    except NobodyToConnect:
        return False
    text.visit_id = visit.id
    return True


def find_thread(
    session: Session, *, text: InboundMessage, customers: Sequence[Customer], now: dt.datetime
) -> ServiceRequest | None:
    """Return the matter a text is about: the one whose number it names, else the sender's latest, an open one first.

    Only the sender's own: knowing a number grants nothing.
    """
    is_own = ServiceRequest.contact_phone == text.from_number
    if customers:
        is_own |= ServiceRequest.customer_id.in_([customer.id for customer in customers])
    is_recent = ServiceRequest.closed_at.is_(None) | (ServiceRequest.closed_at > now - THREAD_KEPT)
    own = session.scalars(
        select(ServiceRequest).where(is_own, is_recent).order_by(ServiceRequest.opened_at.desc()).limit(20)
    ).all()
    named = find_request_numbers(text.body)
    ranked = sorted(own, key=lambda one: (one.number not in named, one.state is RequestState.CLOSED))
    return ranked[0] if ranked else None
