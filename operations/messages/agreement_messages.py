"""What customers hear of an agreement: that it ends, in time to renew it (C6)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from models import Agreement
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from outbox.enqueue import enqueue_message


def tell_ending(session: Session, *, agreement: Agreement, house: House, now: dt.datetime) -> None:
    """Tell its last day, once; a customer without a number is left to the office, whose list shows the agreement."""
    customer = agreement.customer
    if not customer.phones:
        return
    enqueue_message(
        session,
        event=f"agreement:{agreement.id}:ending",
        recipient=f"customer:{customer.id}",
        to_number=customer.phones[0].number,
        language=customer.language,
        template="agreement_ending",
        values={
            "agreement": agreement.number,
            "date": (agreement.until_on - dt.timedelta(days=1)).isoformat(),
            "hotline": house.hotline_number,
        },
        now=now,
        expires_at=now + dt.timedelta(hours=figures_at(session, now).message_expiry_hours),
    )
