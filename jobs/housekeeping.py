"""Small jobs that keep the rows true: holds run out, lost calls close, claims are forgotten."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from models import Area
from operations.clients.services import Services
from operations.foundation.claims import forget_claims
from operations.foundation.figures import figures_at
from operations.foundation.guesses import erase_old_guesses
from operations.foundation.hook_deliveries import forget_deliveries
from operations.foundation.line_orders import forget_old_orders
from operations.foundation.links import forget_links
from operations.office.looks import forget_looks
from operations.people.password_mails import forget_password_mails
from operations.planning.holds import expire_holds
from operations.telephone.calls import sweep_calls

CLAIMS_KEPT = dt.timedelta(days=2)
LINKS_KEPT = dt.timedelta(days=30)


def free_expired_holds(services: Services) -> int:
    """Free windows whose caller did not choose in time."""
    with services.database.reading() as session:
        area_ids = session.scalars(select(Area.id)).all()
    freed = 0
    for area_id in area_ids:
        with services.database.writing() as session:
            freed += expire_holds(session, area_id=area_id, now=services.now())
    return freed


def close_lost_calls(services: Services) -> int:
    """Close calls whose end Twilio never told us."""
    with services.database.writing() as session:
        now = services.now()
        silence = dt.timedelta(minutes=figures_at(session, now).call_silence_minutes)
        return sweep_calls(session, silent_since=now - silence, now=now)


def forget_what_is_over(services: Services) -> int:
    """Delete claims no repeat can need, links and guesses that are over, old looks and deliveries to hooks."""
    with services.database.writing() as session:
        now = services.now()
        erase_old_guesses(session, now=now)
        forget_looks(session, now=now)
        forget_deliveries(session, now=now)
        forget_password_mails(session, now=now)
        forget_old_orders(session, before=now - CLAIMS_KEPT)
        return forget_claims(session, before=now - CLAIMS_KEPT) + forget_links(session, before=now - LINKS_KEPT)
