"""What reports count of a request's visits, kept in its row and theirs: years of them are read at once (R)."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ServiceRequest, Visit
from policies.visit_states import TRIED


def count_visits(session: Session, *, request: ServiceRequest) -> None:
    """Count a request's visits anew; to be called whenever one of them begins, ends, or did so at another time.

    Whoever calls has written an event of the request before: its chain lets in one at a time, so no visit is missed.
    """
    session.flush()
    # Columns, not visits: what this session has read of another visit before may be older than the chain's lock.
    visits = session.execute(
        select(Visit.id, Visit.state, Visit.arrived_at, Visit.completed_at).where(Visit.request_id == request.id)
    ).all()
    arrivals = sorted(arrived_at for _, _, arrived_at, _ in visits if arrived_at is not None)
    stays = [
        ended_at - begun_at for _, _, begun_at, ended_at in visits if begun_at is not None and ended_at is not None
    ]
    request.tried_visits = sum(state in TRIED for _, state, _, _ in visits)
    request.arrivals = len(arrivals)
    request.on_site_seconds = round(sum(stays, dt.timedelta()).total_seconds())
    for visit_id, _, arrived_at, _ in visits:
        visits_before = 0 if arrived_at is None else bisect_left(arrivals, arrived_at)
        session.get_one(Visit, visit_id).visits_before = visits_before
