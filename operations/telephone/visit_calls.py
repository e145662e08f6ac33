"""Customer and technician talk through us: neither sees the other's number, and strangers reach nobody (D11, S1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Asset, Call, Message, ServiceRequest, Technician, Visit
from operations.clocks.commitments import request_subject
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.telephone.calls import log_step, note_outcome, take_up
from outbox.enqueue import enqueue_message
from policies.call_states import CallOutcome
from policies.figures import Figures
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.visit_calls import CONNECTABLE, VisitCallResult, VisitParty, may_connect

SCRIPT = "visit_call"
MISSED = {VisitParty.CUSTOMER: "customer_called", VisitParty.TECHNICIAN: "technician_called"}
RINGS_FOR = dt.timedelta(minutes=2)
MISSED_EXPIRES = dt.timedelta(hours=2)
VISIT, PARTY = "connect_visit_id", "connect_party"
"""What a call's memory holds while somebody is to be connected."""


class NobodyToConnect(LookupError):
    """The visit has no other side to call now: it is over, not near enough, or has no technician or number."""


def find_calling_technician(session: Session, *, number: str | None) -> Technician | None:
    """Return the technician whose telephone this is, or None."""
    if number is None:
        return None
    return session.scalars(select(Technician).where(Technician.phone == number)).one_or_none()


def list_visits_to_call(session: Session, *, technician: Technician, now: dt.datetime, limit: int) -> Sequence[Visit]:
    """Return the visits whose customers a technician may call now, those under way first, then the next."""
    figures = figures_at(session, now)
    visits = session.scalars(
        select(Visit)
        .join(Visit.request)
        .where(
            Visit.technician_id == technician.id,
            Visit.state.in_(CONNECTABLE),
            ServiceRequest.contact_phone.is_not(None),
        )
        .order_by(Visit.window_from_at, Visit.id)
        .options(
            joinedload(Visit.request).joinedload(ServiceRequest.customer),
            joinedload(Visit.request).joinedload(ServiceRequest.site),
            joinedload(Visit.request).joinedload(ServiceRequest.asset).joinedload(Asset.product),
        )
    ).all()
    near = [
        visit
        for visit in visits
        if may_connect(
            visit.state, window_from_at=visit.window_from_at, party=VisitParty.TECHNICIAN, figures=figures, now=now
        )
    ]
    return sorted(near, key=lambda visit: visit.arrived_at is None and visit.expected_at is None)[:limit]


def find_visit_to_call(session: Session, *, request: ServiceRequest, now: dt.datetime) -> Visit | None:
    """Return the visit whose technician the customer of a request may call now, or None."""
    figures = figures_at(session, now)
    visits = session.scalars(
        select(Visit)
        .where(Visit.request_id == request.id, Visit.state.in_(CONNECTABLE), Visit.technician_id.is_not(None))
        .order_by(Visit.id.desc())
        .options(joinedload(Visit.technician))
    )
    return next(
        (
            visit
            for visit in visits
            if may_connect(
                visit.state, window_from_at=visit.window_from_at, party=VisitParty.CUSTOMER, figures=figures, now=now
            )
        ),
        None,
    )


def begin_visit_call(session: Session, *, call: Call, visit: Visit, party: VisitParty) -> None:
    """Remember whom this call is to be connected with."""
    take_up(call, visit.request)
    call.memory = {**call.memory, VISIT: visit.id, PARTY: str(party)}
    session.flush()


def find_other_side(session: Session, *, call: Call, now: dt.datetime) -> tuple[Visit, VisitParty, str]:
    """Return the visit of a call that is to be connected, who asks, and the number to ring; raises NobodyToConnect.

    Decided anew each time: a visit that has ended since connects nobody.
    """
    visit = session.get(Visit, call.memory.get(VISIT, 0))
    if visit is None:
        raise NobodyToConnect
    party = VisitParty(call.memory[PARTY])
    return visit, party, number_to_ring(session, visit=visit, party=party, now=now)


def can_call_customer(visit: Visit, *, now: dt.datetime, figures: Figures) -> bool:
    """Tell whether the technician of a visit may call its customer through us now."""
    is_near = may_connect(
        visit.state, window_from_at=visit.window_from_at, party=VisitParty.TECHNICIAN, figures=figures, now=now
    )
    return is_near and visit.request.contact_phone is not None


def number_to_ring(session: Session, *, visit: Visit, party: VisitParty, now: dt.datetime) -> str:
    """Return the number of the other side; raises NobodyToConnect."""
    is_near = may_connect(
        visit.state,
        window_from_at=visit.window_from_at,
        party=party,
        figures=figures_at(session, now),
        now=now,
    )
    number = number_of(visit, other_party(party))
    if not is_near or number is None:
        raise NobodyToConnect
    return number


def other_party(party: VisitParty) -> VisitParty:
    """Return the other side."""
    return VisitParty.CUSTOMER if party is VisitParty.TECHNICIAN else VisitParty.TECHNICIAN


def number_of(visit: Visit, party: VisitParty) -> str | None:
    """Return a party's number, as far as there is one."""
    if party is VisitParty.CUSTOMER:
        return visit.request.contact_phone
    return visit.technician.phone if visit.technician else None


def ring_who_asks(session: Session, *, visit: Visit, party: VisitParty, now: dt.datetime) -> Message | None:
    """Ring whoever asked on a page or by text, to connect them once they press a key; raises NobodyToConnect.

    Asked twice within the same two minutes it rings once.
    """
    number_to_ring(session, visit=visit, party=party, now=now)
    own = number_of(visit, party)
    if own is None:
        raise NobodyToConnect
    technician = visit.technician
    is_technician = party is VisitParty.TECHNICIAN and technician is not None
    return enqueue_message(
        session,
        event=f"visit:{visit.id}:connect:{party}:{int(now.timestamp() // RINGS_FOR.total_seconds())}",
        recipient=f"technician:{visit.technician_id}" if is_technician else _customer(visit),
        to_number=own,
        language=language_of(visit, party),
        template=SCRIPT,
        values={"visit_id": visit.id, "party": str(party), "code": visit.code, "number": visit.request.number},
        now=now,
        expires_at=now + RINGS_FOR,
        request_id=visit.request_id,
        visit_id=visit.id,
        channel=MessageChannel.VOICE,
    )


def language_of(visit: Visit, party: VisitParty) -> Language:
    """Return the language a party is spoken to in."""
    if party is VisitParty.TECHNICIAN and visit.technician is not None:
        return visit.technician.language
    return visit.request.language


def note_visit_call_over(
    session: Session,
    *,
    call: Call,
    visit: Visit,
    party: VisitParty,
    result: VisitCallResult,
    seconds: int,
    house: House,
    now: dt.datetime,
) -> None:
    """Keep that they talked, and for how long; whoever was not reached hears by text that the other one called."""
    facts = {"visit": visit.id, "by": str(party), "result": str(result), "seconds": seconds}
    log_step(session, call=call, kind="visit_call", now=now, facts=facts)
    record_event(
        session,
        subject=request_subject(visit.request_id),
        kind="visit_call_ended",
        occurred_at=now,
        recorded_at=now,
        source="voice",
        actor=str(party),
        facts=facts,
    )
    if result is VisitCallResult.TALKED:
        note_outcome(call, CallOutcome.TALKED)
    else:
        _tell_missed(session, visit, party, call, house, now)


def _tell_missed(session: Session, visit: Visit, party: VisitParty, call: Call, house: House, now: dt.datetime) -> None:
    other = other_party(party)
    number = number_of(visit, other)
    if number is None:
        return
    enqueue_message(
        session,
        event=f"call:{call.id}:missed:{visit.id}",
        recipient=f"technician:{visit.technician_id}" if other is VisitParty.TECHNICIAN else _customer(visit),
        to_number=number,
        language=language_of(visit, other),
        template=MISSED[party],
        values={"code": visit.code, "number": visit.request.number, "hotline": house.hotline_number},
        now=now,
        expires_at=now + MISSED_EXPIRES,
        request_id=visit.request_id,
        visit_id=visit.id,
    )


def _customer(visit: Visit) -> str:
    request = visit.request
    return f"customer:{request.customer_id}" if request.customer_id else f"number:{request.contact_phone}"
