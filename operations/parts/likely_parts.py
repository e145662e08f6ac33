"""Coming visits get the parts reserved that visits for the same fault mostly used (P2)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Reservation, Visit
from operations.parts.reservations import reserve_likely_parts
from policies.visit_states import PROMISED, STARTED

AHEAD = dt.timedelta(hours=36)
MOST_VISITS = 200


def reserve_for_coming_visits(session: Session, *, now: dt.datetime) -> int:
    """Reserve likely parts for the visits of the next day and a half that have none; return how many parts."""
    has_some = select(Reservation.visit_id)
    visits = session.scalars(
        select(Visit)
        .where(
            Visit.state.in_(PROMISED - STARTED),
            Visit.window_from_at > now,
            Visit.window_from_at <= now + AHEAD,
            Visit.id.not_in(has_some),
        )
        .order_by(Visit.id)
        .limit(MOST_VISITS)
        .options(joinedload(Visit.request))
    ).all()
    return sum(len(reserve_likely_parts(session, visit=visit, now=now)) for visit in visits)
