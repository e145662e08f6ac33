"""Parts as a planning rule: on the van, picked up on the way, or waited for (P2, D2)."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import dispatch
from models import Part, PartOrder, Reservation, Visit
from models.database import Database
from operations.dispatching.bookings import commit_hold
from operations.dispatching.offers import offer_windows
from operations.fieldwork.visits import arrive, complete_visit, start_travel
from operations.parts.part_orders import (
    OrderReceivedAlready,
    list_dead_stock,
    list_orders,
    list_shortages,
    order_shortages,
    receive_order,
)
from operations.parts.reservations import find_likely_parts, release_reservations, reserve_likely_parts, reserve_part
from operations.parts.stock import held_units, use_part
from operations.planning.live import read_plan
from policies.parts import ReservationState
from policies.visit_states import VisitState
from tests.factories.city import HOUSE, City, open_visit
from tests.factories.instants import NIGHT, hours
from tests.factories.parts import make_part, make_van, make_warehouse, stock_up


def book(session: Session, visit: Visit, *, now: dt.datetime = NIGHT) -> Visit:
    offer = offer_windows(session, visit=visit, now=now)
    assert offer.holds, "no window"
    return commit_hold(session, hold=offer.holds[0], house=HOUSE, now=now, source="hotline", actor="caller")


def need(session: Session, visit: Visit, part: Part, units: int = 1) -> Reservation:
    return reserve_part(session, visit=visit, part=part, quantity=units, is_required=True, by="clerk", now=NIGHT)


def test_only_the_technician_with_the_part_on_his_van_is_sent(database: Database, city: City) -> None:
    with database.writing() as session:
        part = make_part(session)
        supplied = city.technicians[1]
        stock_up(session, make_van(session, supplied), part, 2)
        visits = [open_visit(session, city, customer=number) for number in range(2)]
        for visit in visits:
            need(session, visit, part)

        booked = [book(session, visit) for visit in visits]

        assert {visit.technician_id for visit in booked} == {supplied.id}


def test_one_unit_on_the_van_is_not_promised_twice_not_even_on_another_day(database: Database, city: City) -> None:
    with database.writing() as session:
        part = make_part(session)
        stock_up(session, make_van(session, city.technicians[1]), part, 1)
        first, second = (open_visit(session, city, customer=number) for number in range(2))
        need(session, first, part)
        book(session, first)
        need(session, second, part)

        offer = offer_windows(session, visit=second, now=NIGHT)

        assert offer.holds == []


def test_a_part_that_lies_in_the_warehouse_is_picked_up_on_the_way(database: Database, city: City) -> None:
    with database.writing() as session:
        part, warehouse = make_part(session), make_warehouse(session, city.area)
        stock_up(session, warehouse, part, 1)
        visit = open_visit(session, city)
        need(session, visit, part)
        book(session, visit)
        plain = open_visit(session, city, customer=1)
        book(session, plain)

        opened = read_plan(session, area_id=city.area.id, now=NIGHT)

        pick_ups = [(one.pick_up_point_id, dict(one.parts)) for route in opened.snapshot.plan.routes
                    for one in route.pick_ups]  # fmt: skip
        assert pick_ups == [(f"place:{warehouse.code}", {part.number: 1})]
        assert dispatch.check(opened.snapshot.problem, opened.snapshot.plan) == ()


def test_a_part_that_is_nowhere_is_ordered_and_the_visit_waits_for_it(database: Database, city: City) -> None:
    with database.writing() as session:
        part, warehouse = make_part(session, lead_days=1), make_warehouse(session, city.area)
        visit = open_visit(session, city)
        need(session, visit, part, 2)
        need(session, visit, part, 2)
        order = session.scalars(select(PartOrder)).one()

        booked = book(session, visit)

        assert (order.quantity, order.place_id) == (2, warehouse.id)
        assert booked.window_until_at is not None
        assert booked.window_until_at > order.expected_at
        assert [one.id for one in list_orders(session)] == [order.id]

        received_at = NIGHT + hours(20)
        receive_order(session, order=order, quantity=2, by="keeper", now=received_at)
        assert held_units(session, place_id=warehouse.id, part_id=part.id) == 2
        with pytest.raises(OrderReceivedAlready):
            receive_order(session, order=order, quantity=2, by="keeper", now=received_at)


def test_an_order_that_is_overdue_promises_nothing(database: Database, city: City) -> None:
    with database.writing() as session:
        part = make_part(session, lead_days=0)
        make_warehouse(session, city.area)
        visit = open_visit(session, city)
        need(session, visit, part)

        assert offer_windows(session, visit=visit, now=NIGHT + hours(1)).holds == []


def test_a_likely_part_is_taken_along_but_holds_up_nobody(database: Database, city: City) -> None:
    with database.writing() as session:
        part = make_part(session)
        visit = open_visit(session, city)
        reserve_part(session, visit=visit, part=part, quantity=1, is_required=False, by="history", now=NIGHT)

        assert book(session, visit).state is VisitState.BOOKED
        assert session.scalars(select(PartOrder)).all() == []


def done_with(session: Session, city: City, part: Part | None, *, day: int) -> None:
    """A visit of some day before is done, with one unit fitted if there is a part."""
    now = NIGHT - dt.timedelta(days=day)
    visit = open_visit(session, city, customer=day % 4, opened_at=now)
    visit.technician_id, visit.state = city.technicians[0].id, VisitState.ON_SITE
    if part is not None:
        use_part(session, visit=visit, part=part, quantity=1, by="T", now=now)
    visit.state, visit.completed_at = VisitState.COMPLETED, now
    session.flush()


def test_what_visits_for_a_fault_used_is_learnt_and_proposed_for_the_next(database: Database, city: City) -> None:
    with database.writing() as session:
        lamp, fan = make_part(session), make_part(session)
        van = make_van(session, city.technicians[0])
        for part in (lamp, fan):
            stock_up(session, van, part, 9)
        for day, part in enumerate((lamp, lamp, lamp, fan), start=1):
            done_with(session, city, part, day=day)
        next_one = open_visit(session, city, opened_at=NIGHT)
        assert find_likely_parts(session, fault_category_id=city.fault.id, now=NIGHT) == []

        done_with(session, city, None, day=5)
        likely = find_likely_parts(session, fault_category_id=city.fault.id, now=NIGHT)
        reserved = reserve_likely_parts(session, visit=next_one, now=NIGHT)

        assert [(one.part.id, one.percent, one.quantity) for one in likely] == [(lamp.id, 60, 1), (fan.id, 20, 1)]
        assert [(one.part_id, one.is_required) for one in reserved] == [(lamp.id, False)]
        assert reserve_likely_parts(session, visit=next_one, now=NIGHT) == []


def test_what_a_visit_used_is_off_the_van_and_what_it_did_not_use_is_free(database: Database, city: City) -> None:
    with database.writing() as session:
        used, spare = make_part(session), make_part(session)
        for technician in city.technicians:
            van = make_van(session, technician)
            stock_up(session, van, used, 1)
            stock_up(session, van, spare, 1)
        visit = open_visit(session, city)
        need(session, visit, used)
        need(session, visit, spare)
        book(session, visit)
        at = visit.window_from_at
        assert at is not None
        visit.state = VisitState.DISPATCHED
        start_travel(session, visit=visit, house=HOUSE, now=at, actor="T")
        arrive(session, visit=visit, house=HOUSE, now=at, actor="T")
        use_part(session, visit=visit, part=used, quantity=1, by="T", now=at)
        complete_visit(session, visit=visit, house=HOUSE, now=at, actor="T")

        states = {one.part_id: one.state for one in session.scalars(select(Reservation))}
        assert states == {used.id: ReservationState.USED, spare.id: ReservationState.RELEASED}


def test_what_runs_low_is_ordered_once_and_what_nobody_needs_is_named(database: Database, city: City) -> None:
    with database.writing() as session:
        warehouse, low, dead = make_warehouse(session, city.area), make_part(session), make_part(session)
        stock_up(session, warehouse, low, 2)
        stock_up(session, warehouse, dead, 4)
        for level in list_dead_stock(session, now=NIGHT + dt.timedelta(days=200)):
            if level.part_id == low.id:
                level.reorder_point, level.reorder_up_to = 3, 10
        session.flush()

        assert [(one.level.part_id, one.missing) for one in list_shortages(session)] == [(low.id, 8)]
        assert [order.quantity for order in order_shortages(session, by="keeper", now=NIGHT)] == [8]
        assert order_shortages(session, by="keeper", now=NIGHT) == []
        assert list_dead_stock(session, now=NIGHT + hours(1)) == []


def test_a_cancelled_visit_leaves_its_parts_to_others(database: Database, city: City) -> None:
    with database.writing() as session:
        part = make_part(session)
        stock_up(session, make_van(session, city.technicians[0]), part, 1)
        first = open_visit(session, city)
        need(session, first, part)
        release_reservations(session, visit=first)
        second = open_visit(session, city, customer=1)
        need(session, second, part)

        assert book(session, second).technician_id == city.technicians[0].id
