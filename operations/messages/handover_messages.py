"""What a service point and the customer read while a request is handed over: one text for each step (H13)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from models import Handover
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.foundation.links import make_handover_link
from operations.messages.request_messages import tell_about_request
from outbox.enqueue import enqueue_message
from outbox.words import name_in, write_instant, write_window
from policies.languages import Language


def tell_service_point(session: Session, handover: Handover, *, house: House, now: dt.datetime) -> None:
    """Text the service point what the job is, until when an answer is due, and the link to answer by."""
    request, point = handover.request, handover.service_point
    address = (point.language is Language.EN and request.site and request.site.address_en) or (
        request.site.address if request.site else "-"
    )
    values = {
        "product": name_in(request.asset.product, point.language) if request.asset else "-",
        "trouble": name_in(request.fault_category, point.language) if request.fault_category else request.note,
        "address": address,
        "until": write_instant(handover.answer_until_at, time_zone=point.time_zone, language=point.language),
        "link": make_handover_link(session, handover=handover, house=house, now=now),
    }
    _text_point(session, handover, "handover_offered", values, now=now)


def tell_service_point_withdrawn(session: Session, handover: Handover, *, now: dt.datetime) -> None:
    """Text the service point that nobody need go there any more."""
    _text_point(session, handover, "handover_withdrawn", {}, now=now)


def tell_customer(session: Session, handover: Handover, template: str, *, house: House, now: dt.datetime) -> None:
    """Text the customer one step of a handover; `template` names it. Telling a step twice stores nothing."""
    request, point = handover.request, handover.service_point
    window = ""
    if handover.coming_from_at is not None and handover.coming_until_at is not None:
        zone = request.site.time_zone if request.site else point.time_zone
        window = write_window(
            handover.coming_from_at, handover.coming_until_at, time_zone=zone, language=request.language
        )
    values = {
        "service_point": name_in(point, request.language),
        "minutes": figures_at(session, now).handover_answer_minutes,
        "window": window,
    }
    event = f"handover:{handover.id}:{template}:{window}"
    tell_about_request(session, request=request, event=event, template=template, values=values, house=house, now=now)


def _text_point(
    session: Session, handover: Handover, template: str, values: dict[str, Any], *, now: dt.datetime
) -> None:
    point = handover.service_point
    enqueue_message(
        session,
        event=f"handover:{handover.id}:{template}",
        recipient=f"service_point:{point.id}",
        to_number=point.phone,
        language=point.language,
        template=template,
        values={**values, "number": handover.request.number},
        now=now,
        expires_at=max(handover.answer_until_at, now + dt.timedelta(hours=1)),
        request_id=handover.request_id,
    )
