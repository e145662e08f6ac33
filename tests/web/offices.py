"""What happens in the town while the office looks on."""

import datetime as dt

from sqlalchemy import select

from models import ServiceRequest, Visit
from policies.visit_states import VisitState
from simulator.telephone import Telephone
from tests.town import Town

WANG = "+8613800000001"
MORNING = dt.datetime(2026, 11, 22, 22, 30, tzinfo=dt.UTC)
"""06:30 in Shanghai, when the day is published."""


def call_and_book(town: Town, number: str = WANG) -> ServiceRequest:
    """Somebody known calls, reports a projector without a picture, and takes the first window of the morning."""
    call = town.phone(number).dial(town.hotline)
    for key in ("1", "1", "1", "2", "2", "2"):
        call.press(key)
    call.hang_up()
    town.tick()
    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest).order_by(ServiceRequest.id.desc())).first()
        assert request is not None
        session.expunge(request)
    return request


def publish_day(town: Town) -> None:
    """The night passes and the clock publishes the day."""
    town.wait_until(MORNING)


def technician_of(town: Town, request: ServiceRequest) -> tuple[Telephone, str]:
    """Return the telephone of whoever goes to a request, and the visit's code."""
    with town.services.database.reading() as session:
        visit = session.scalars(select(Visit).where(Visit.request_id == request.id)).one()
        assert visit.technician is not None
        return town.phone(visit.technician.phone), visit.code


def state_of(town: Town, request: ServiceRequest) -> VisitState:
    with town.services.database.reading() as session:
        return session.scalars(select(Visit.state).where(Visit.request_id == request.id)).one()
