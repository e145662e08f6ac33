"""A text to whoever a request is of: one place for number, language, expiry and recipient."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from models import ServiceRequest
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from outbox.enqueue import enqueue_message


def tell_about_request(
    session: Session,
    *,
    request: ServiceRequest,
    event: str,
    template: str,
    values: Mapping[str, Any],
    house: House,
    now: dt.datetime,
    not_before_at: dt.datetime | None = None,
    visit_id: int | None = None,
) -> None:
    """Store a text to the number a request is reached at, once per event; without a number there is nobody to tell."""
    phone = request.contact_phone
    if phone is None:
        return
    enqueue_message(
        session,
        event=event,
        recipient=f"customer:{request.customer_id}" if request.customer_id else f"number:{phone}",
        to_number=phone,
        language=request.language,
        template=template,
        values={**values, "number": request.number, "hotline": house.hotline_number},
        now=now,
        expires_at=now + dt.timedelta(hours=figures_at(session, now).message_expiry_hours),
        not_before_at=not_before_at,
        request_id=request.id,
        visit_id=visit_id,
    )
