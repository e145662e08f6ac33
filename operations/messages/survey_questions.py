"""Whom the last text of a visit asks how it was: a sample, and nobody again too soon (F2, F4)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Message, Visit
from operations.foundation.figures import figures_at
from policies.customer_calls import CustomerCallKind
from policies.message_states import NOT_RECEIVED
from policies.surveys import is_asked

ASKING = "visit_completed"
UNASKED = "visit_completed_unasked"
CALL = f"customer_{CustomerCallKind.FOLLOW_UP}"


def choose_last_text(session: Session, *, visit: Visit, now: dt.datetime) -> str:
    """Return the name of a finished visit's last text: the one that asks for a score, or the one that asks nothing."""
    asked_at = _last_asked_at(session, visit.request.contact_phone)
    figures = figures_at(session, now)
    return ASKING if is_asked(visit.request.number, last_asked_at=asked_at, figures=figures, now=now) else UNASKED


def _last_asked_at(session: Session, number: str | None) -> dt.datetime | None:
    """Return when this number was last asked, by text or by a call, leaving out what reached nobody."""
    return session.scalar(
        select(func.max(Message.created_at)).where(
            Message.to_number == number, Message.template.in_((ASKING, CALL)), Message.state.not_in(NOT_RECEIVED)
        )
    )
