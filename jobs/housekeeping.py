"""Small jobs that keep the rows true: holds run out, clocks break, lost calls close, claims are forgotten."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from models import Area
from operations.calls import sweep_calls
from operations.claims import forget_claims
from operations.commitments import break_overdue_commitments
from operations.figures import figures_at
from operations.holds import expire_holds
from operations.services import Services

CLAIMS_KEPT = dt.timedelta(days=2)


def free_expired_holds(services: Services) -> int:
    """Free windows whose caller did not choose in time."""
    with services.database.reading() as session:
        area_ids = session.scalars(select(Area.id)).all()
    freed = 0
    for area_id in area_ids:
        with services.database.writing() as session:
            freed += expire_holds(session, area_id=area_id, now=services.now())
    return freed


def check_clocks(services: Services) -> int:
    """Write down which commitments have been broken since the last look."""
    with services.database.writing() as session:
        return break_overdue_commitments(session, now=services.now())


def close_lost_calls(services: Services) -> int:
    """Close calls whose end Twilio never told us."""
    with services.database.writing() as session:
        now = services.now()
        silence = dt.timedelta(minutes=figures_at(session, now).call_silence_minutes)
        return sweep_calls(session, silent_since=now - silence, now=now)


def forget_old_claims(services: Services) -> int:
    """Delete webhook claims no repeat can need."""
    with services.database.writing() as session:
        return forget_claims(session, before=services.now() - CLAIMS_KEPT)
