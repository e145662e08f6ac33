"""Where a visit's parts come from, as the office and the technician are told it (P2)."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Message, Part, Requisition, Shift, Technician, Visit
from models.database import Database
from operations.dispatching.routes import tell_route
from operations.parts.part_supply import list_pick_ups, list_visit_parts
from operations.parts.pick_up_messages import tell_pick_ups
from operations.parts.requisitions import NoWarehouse, ask_for_parts, decide_requisition
from operations.parts.reservations import ReservationEmpty, VisitOver, release_parts, reserve_part
from policies.parts import PartSource
from policies.visit_states import VisitState
from tests.factories.city import HOUSE, City, book_visit
from tests.factories.instants import NIGHT
from tests.factories.parts import make_part, make_van, make_warehouse, stock_up


def need(session: Session, visit: Visit, part: Part, units: int = 1) -> None:
    reserve_part(session, visit=visit, part=part, quantity=units, is_required=True, by="clerk", now=NIGHT)


def van_of(session: Session, visit: Visit) -> Technician:
    return session.get_one(Technician, visit.technician_id)


def sources(session: Session, visit: Visit) -> dict[str, PartSource]:
    found = list_visit_parts(session, now=NIGHT, request_id=visit.request_id)
    return {one.reservation.part.number: one.source for one in found}


def test_each_part_is_on_the_van_fetched_on_the_way_arriving_or_nowhere(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        warehouse = make_warehouse(session, city.area)
        van = make_van(session, van_of(session, visit))
        held, stored, far, spare = (make_part(session, lead_days=days) for days in (1, 1, 20, 1))
        stock_up(session, van, held, 1)
        stock_up(session, warehouse, stored, 2)
        for part in (held, stored):
            need(session, visit, part)
        reserve_part(session, visit=visit, part=spare, quantity=1, is_required=False, by="history", now=NIGHT)
        assert sources(session, visit) == {
            held.number: PartSource.ON_VAN,
            stored.number: PartSource.PICK_UP,
            spare.number: PartSource.MISSING,
        }
        [stop] = list_pick_ups(session, area_id=city.area.id, technician_ids={van.technician_id or 0}, now=NIGHT)
        assert (stop.visit_id, stop.place.id, dict(stop.units)) == (visit.id, warehouse.id, {stored.number: 1})

        need(session, visit, far)
        assert sources(session, visit)[far.number] is PartSource.ARRIVING
        release_parts(session, visit=visit, part_ids=[far.id, stored.id], now=NIGHT)
        assert far.number not in sources(session, visit)
        assert list_pick_ups(session, area_id=city.area.id, technician_ids={van.technician_id or 0}, now=NIGHT) == []


def test_a_technician_is_told_once_what_to_fetch_and_only_for_visits_he_knows(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        technician = van_of(session, visit)
        make_van(session, technician)
        part = make_part(session)
        stock_up(session, make_warehouse(session, city.area), part, 2)
        need(session, visit, part)
        assert tell_pick_ups(session, technician_id=technician.id, now=NIGHT) == 0

        shift = session.scalars(select(Shift).where(Shift.technician_id == technician.id)).first()
        assert shift is not None
        tell_route(session, shift=shift, house=HOUSE, now=NIGHT)
        assert tell_pick_ups(session, technician_id=technician.id, now=NIGHT) == 0

        [told] = session.scalars(select(Message).where(Message.template == "pick_up"))
        assert visit.code in told.body
        assert part.number in told.body


def test_a_wish_for_a_visit_is_kept_for_it_until_the_keeper_refuses(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        make_van(session, van_of(session, visit))
        part = make_part(session)
        with pytest.raises(NoWarehouse):
            ask_for_parts(session, visit=visit, wanted={part.id: 1}, by="T", now=NIGHT)
        make_warehouse(session, city.area)
        stocked = make_warehouse(session, city.area)
        stock_up(session, stocked, part, 1)

        wish = ask_for_parts(session, visit=visit, wanted={part.id: 1}, by="T", now=NIGHT)

        assert (wish.from_place_id, wish.visit_id) == (stocked.id, visit.id)
        assert sources(session, visit) == {part.number: PartSource.PICK_UP}
        decide_requisition(session, requisition=wish, is_approved=False, by="keeper", now=NIGHT)
        assert sources(session, visit) == {}


def test_nothing_is_kept_for_a_visit_that_is_over_or_in_no_number(database: Database, city: City) -> None:
    with database.writing() as session:
        visit, part = book_visit(session, city), make_part(session)
        with pytest.raises(ReservationEmpty):
            need(session, visit, part, 0)
        visit.state = VisitState.CANCELLED
        with pytest.raises(VisitOver):
            need(session, visit, part)
        assert session.scalars(select(Requisition)).all() == []
