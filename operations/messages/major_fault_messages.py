"""What people hear and read about a major fault: who is called, who takes it, and the customer at each step (H11)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from models import DutyTurn, MajorFault, ServiceRequest
from operations.clocks.commitments import find_commitment
from operations.clocks.duty import actor_of
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.messages.request_messages import tell_about_request
from outbox.enqueue import enqueue_message
from outbox.words import name_in, say_digits, say_instant, write_instant
from policies.commitments import CommitmentKind
from policies.languages import Language


def describe_fault(session: Session, fault: MajorFault, *, language: Language, now: dt.datetime) -> dict[str, str]:
    """Return what a call to somebody on duty says, as it is spoken."""
    request = fault.request
    category = request.fault_category
    deadline = _deadline(session, fault)
    return {
        "number": say_digits(request.number, language=language),
        "product": _product(request, language),
        "trouble": name_in(category, language) if category else request.note,
        "customer": _customer(request, language),
        "deadline": say_instant(deadline, now=now, time_zone=request.time_zone, language=language),
    }


def tell_taker(session: Session, fault: MajorFault, turn: DutyTurn, *, now: dt.datetime) -> None:
    """Text whoever took it what he needs: machine, customer, telephone, address, and until when."""
    request = fault.request
    deadline = _deadline(session, fault)
    enqueue_message(
        session,
        event=f"major_fault:{fault.id}:yours",
        recipient=actor_of(turn),
        to_number=turn.phone,
        language=turn.language,
        template="duty_yours",
        values={
            "number": request.number,
            "product": _product(request, turn.language),
            "customer": _customer(request, turn.language),
            "phone": request.contact_phone or "-",
            "address": _address(request, turn.language),
            "deadline": write_instant(deadline, time_zone=request.time_zone, language=turn.language),
        },
        now=now,
        expires_at=deadline,
        request_id=request.id,
    )


def tell_customer(
    session: Session, fault: MajorFault, template: str, *, house: House, now: dt.datetime, technician: str = ""
) -> None:
    """Text the customer one step, once; `template` names it."""
    values = {"hours": figures_at(session, now).measure_hours, "technician": technician}
    event = f"major_fault:{fault.id}:{template}"
    tell_about_request(
        session, request=fault.request, event=event, template=template, values=values, house=house, now=now
    )


def _deadline(session: Session, fault: MajorFault) -> dt.datetime:
    clock = find_commitment(session, request_id=fault.request_id, kind=CommitmentKind.MEASURE)
    return clock.deadline_at


def _product(request: ServiceRequest, language: Language) -> str:
    return name_in(request.asset.product, language) if request.asset else "-"


def _customer(request: ServiceRequest, language: Language) -> str:
    return name_in(request.customer, language) if request.customer else "-"


def _address(request: ServiceRequest, language: Language) -> str:
    if request.site is None:
        return "-"
    return (language is Language.EN and request.site.address_en) or request.site.address
