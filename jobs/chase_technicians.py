"""Ask technicians who have not answered, and put their visits before a dispatcher when they still do not (D10)."""

from __future__ import annotations

from sqlalchemy import select

from models import Area
from operations.clients.services import Services
from operations.fieldwork.unanswered_visits import chase_technicians_of


def chase_technicians(services: Services) -> int:
    """Telephone whoever has not answered in time, area by area; return how many calls and escalations that made."""
    with services.database.reading() as session:
        area_ids = session.scalars(select(Area.id)).all()
    done = 0
    for area_id in area_ids:
        with services.database.writing() as session:
            done += chase_technicians_of(session, area_id=area_id, house=services.house, now=services.now())
    return done
