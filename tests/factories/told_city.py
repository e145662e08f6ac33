"""A morning on which everybody has been told of their day."""

from sqlalchemy.orm import Session

from models import Shift, Stop
from operations.dispatching.routes import tell_route
from tests.factories.city import HOUSE, City, book_visit, make_city
from tests.factories.instants import MORNING


def make_told_city(session: Session) -> City:
    """The first technician has two visits he was told of in the morning, the second one."""
    city = make_city(session, technicians=2, days=1)
    for customer, shift in ((0, city.shifts[0]), (1, city.shifts[0]), (2, city.shifts[1])):
        visit = book_visit(session, city, customer=customer)
        visit.technician_id = shift.technician_id
        session.query(Stop).filter_by(visit_id=visit.id).one().shift_id = shift.id
        session.flush()
    for shift in city.shifts:
        tell_route(session, shift=session.get_one(Shift, shift.id), house=HOUSE, now=MORNING)
    return city
