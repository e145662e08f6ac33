"""Parts move by lines alone, never more than is there, and the books always balance (P1)."""

from __future__ import annotations

from contextlib import suppress
from threading import Barrier, Thread
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Part, StockLevel, StockMove, StockPlace, Technician
from models.database import Database
from operations.parts.requisitions import (
    OwnRequisition,
    RequisitionEmpty,
    decide_requisition,
    issue_requisition,
    list_requisitions,
    request_parts,
)
from operations.parts.stock import (
    EmptyMove,
    MoveReversedAlready,
    NoVan,
    PartNotOnVan,
    StockShort,
    count_place,
    end_place,
    find_van,
    held_units,
    move_stock,
    reverse_move,
    use_part,
)
from policies.parts import MoveKind, PlaceKind, RequisitionMoveRefused, RequisitionState, StockMoveRefused
from tests.factories.city import City, book_visit
from tests.factories.instants import NIGHT
from tests.factories.parts import make_part, make_van, make_warehouse, stock_up


def sum_of_lines(session: Session, place_id: int, part_id: int) -> int:
    """What the lines alone say lies there."""

    def total(side: Any) -> int:  # noqa: ANN401 (a column)
        query = select(func.coalesce(func.sum(StockMove.quantity), 0))
        return session.scalar(query.where(side == place_id, StockMove.part_id == part_id)) or 0

    return total(StockMove.to_place_id) - total(StockMove.from_place_id)


def test_a_requisition_brings_parts_onto_the_van_when_the_keeper_approves(database: Database, city: City) -> None:
    with database.writing() as session:
        warehouse, van, part = (
            make_warehouse(session, city.area),
            make_van(session, city.technicians[0]),
            make_part(session),
        )
        stock_up(session, warehouse, part, 5)
        requisition = request_parts(
            session, from_place=warehouse, to_place=van, wanted={part.id: 3}, by="T1", now=NIGHT
        )
        assert [one.id for one in list_requisitions(session)] == [requisition.id]
        decide_requisition(session, requisition=requisition, is_approved=True, by="keeper", now=NIGHT)
        issue_requisition(session, requisition=requisition, by="keeper", now=NIGHT)

        assert requisition.state is RequisitionState.ISSUED
        assert held_units(session, place_id=warehouse.id, part_id=part.id) == 2
        assert held_units(session, place_id=van.id, part_id=part.id) == 3
        assert list_requisitions(session) == []


def test_nobody_approves_their_own_wish_and_nothing_is_issued_unapproved(database: Database, city: City) -> None:
    with database.writing() as session:
        warehouse, van, part = (
            make_warehouse(session, city.area),
            make_van(session, city.technicians[0]),
            make_part(session),
        )
        wish = request_parts(session, from_place=warehouse, to_place=van, wanted={part.id: 1}, by="T1", now=NIGHT)
        with pytest.raises(OwnRequisition):
            decide_requisition(session, requisition=wish, is_approved=True, by="T1", now=NIGHT)
        with pytest.raises(RequisitionMoveRefused):
            issue_requisition(session, requisition=wish, by="keeper", now=NIGHT)
        with pytest.raises(RequisitionEmpty):
            request_parts(session, from_place=warehouse, to_place=van, wanted={part.id: 0}, by="T1", now=NIGHT)
        decide_requisition(session, requisition=wish, is_approved=False, by="T1", now=NIGHT)
        assert wish.state is RequisitionState.REFUSED


def test_a_requisition_of_which_one_part_is_short_moves_nothing_at_all(database: Database, city: City) -> None:
    with database.writing() as session:
        warehouse, van = make_warehouse(session, city.area), make_van(session, city.technicians[0])
        plenty, short = make_part(session), make_part(session)
        stock_up(session, warehouse, plenty, 9)
        stock_up(session, warehouse, short, 1)
        wish = request_parts(
            session, from_place=warehouse, to_place=van, wanted={plenty.id: 2, short.id: 2}, by="T1", now=NIGHT
        )
        decide_requisition(session, requisition=wish, is_approved=True, by="keeper", now=NIGHT)
        session.flush()

        with pytest.raises(StockShort) as refused:
            issue_requisition(session, requisition=wish, by="keeper", now=NIGHT)

        assert (refused.value.part_number, refused.value.wanted, refused.value.held) == (short.number, 2, 1)
        assert held_units(session, place_id=van.id, part_id=plenty.id) == 0
        assert held_units(session, place_id=warehouse.id, part_id=plenty.id) == 9


def test_a_part_used_that_is_not_on_the_van_is_refused_by_its_own_error(database: Database, city: City) -> None:
    with database.writing() as session:
        visit = book_visit(session, city)
        part = make_part(session)
        with pytest.raises(NoVan):
            use_part(session, visit=visit, part=part, quantity=1, by="T1", now=NIGHT)
        van = make_van(session, session.get_one(Technician, visit.technician_id))
        with pytest.raises(PartNotOnVan):
            use_part(session, visit=visit, part=part, quantity=1, by="T1", now=NIGHT)
        stock_up(session, van, part, 1)

        line = use_part(session, visit=visit, part=part, quantity=1, by="T1", now=NIGHT)

        assert (line.kind, line.visit_id, line.to_place.kind) == (MoveKind.USE, visit.id, PlaceKind.CUSTOMER)
        assert find_van(session, technician_id=visit.technician_id).id == van.id
        assert held_units(session, place_id=van.id, part_id=part.id) == 0


def test_a_wrong_line_is_put_right_by_its_reversal_once(database: Database, city: City) -> None:
    with database.writing() as session:
        warehouse, part = make_warehouse(session, city.area), make_part(session)
        stock_up(session, warehouse, part, 4)
        line = session.scalars(select(StockMove)).one()

        back = reverse_move(session, move=line, by="keeper", now=NIGHT, note="wrong part")

        assert held_units(session, place_id=warehouse.id, part_id=part.id) == 0
        for move in (line, back):
            with pytest.raises(MoveReversedAlready):
                reverse_move(session, move=move, by="keeper", now=NIGHT, note="again")


def test_what_has_gone_on_cannot_be_reversed_out_of_a_place_that_no_longer_holds_it(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        warehouse, van, part = (
            make_warehouse(session, city.area),
            make_van(session, city.technicians[0]),
            make_part(session),
        )
        stock_up(session, warehouse, part, 1)
        line = session.scalars(select(StockMove)).one()
        move_stock(
            session, kind=MoveKind.ISSUE, part=part, quantity=1, from_place=warehouse, to_place=van, by="k", now=NIGHT
        )
        with pytest.raises(StockShort):
            reverse_move(session, move=line, by="keeper", now=NIGHT, note="too late")


def test_parts_do_not_move_the_wrong_way_or_in_no_number(database: Database, city: City) -> None:
    with database.writing() as session:
        warehouse, part = make_warehouse(session, city.area), make_part(session)
        scrap = end_place(session, PlaceKind.SCRAP)
        for kind, from_place, to_place in (
            (MoveKind.RECEIPT, scrap, warehouse),
            (MoveKind.ISSUE, warehouse, scrap),
            (MoveKind.COUNT, warehouse, warehouse),
        ):
            with pytest.raises(StockMoveRefused):
                move_stock(
                    session,
                    kind=kind,
                    part=part,
                    quantity=1,
                    from_place=from_place,
                    to_place=to_place,
                    by="k",
                    now=NIGHT,
                )
        with pytest.raises(EmptyMove):
            stock_up(session, warehouse, part, 0)
        with pytest.raises(EmptyMove):
            count_place(session, place=warehouse, counted={part.id: -1}, by="k", now=NIGHT)


def test_a_count_writes_one_line_per_difference(database: Database, city: City) -> None:
    with database.writing() as session:
        warehouse, more, less, same = (
            make_warehouse(session, city.area),
            make_part(session),
            make_part(session),
            make_part(session),
        )
        for part in (more, less, same):
            stock_up(session, warehouse, part, 5)

        lines = count_place(
            session, place=warehouse, counted={more.id: 7, less.id: 1, same.id: 5}, by="keeper", now=NIGHT
        )

        assert [(line.part_id, line.quantity, line.note) for line in lines] == [
            (more.id, 2, "5 → 7"),
            (less.id, 4, "5 → 1"),
        ]
        assert [held_units(session, place_id=warehouse.id, part_id=p.id) for p in (more, less, same)] == [7, 1, 5]


def test_two_who_take_the_last_unit_at_once_do_not_both_get_it(database: Database, city: City) -> None:
    with database.writing() as session:
        warehouse, part = make_warehouse(session, city.area), make_part(session)
        van = make_van(session, city.technicians[0])
        stock_up(session, warehouse, part, 1)
        ids = warehouse.id, van.id, part.id
    outcomes: list[str] = []
    together = Barrier(2)

    def take() -> None:
        together.wait()
        try:
            with database.writing() as session:
                places = [session.get_one(StockPlace, id_) for id_ in ids[:2]]
                move_stock(
                    session,
                    kind=MoveKind.ISSUE,
                    part=session.get_one(Part, ids[2]),
                    quantity=1,
                    from_place=places[0],
                    to_place=places[1],
                    by="k",
                    now=NIGHT,
                )
            outcomes.append("taken")
        except StockShort:
            outcomes.append("short")

    threads = [Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["short", "taken"]


STEPS = st.lists(
    st.tuples(st.sampled_from([*MoveKind]), st.integers(0, 4), st.integers(0, 4), st.integers(1, 6)), max_size=25
)


def test_whatever_is_tried_the_levels_are_the_sum_of_the_lines_and_never_below_nothing(
    database: Database, city: City
) -> None:
    with database.writing() as session:
        ends = [end_place(session, kind) for kind in (PlaceKind.SUPPLIER, PlaceKind.DIFFERENCE)]
        vans = [make_van(session, technician) for technician in city.technicians]
        place_ids = [place.id for place in (make_warehouse(session, city.area), *vans, *ends)]

    @settings(max_examples=30)
    @given(steps=STEPS)
    def try_everything(steps: list[tuple[MoveKind, int, int, int]]) -> None:
        with database.writing() as session:
            part = make_part(session)
            places = [session.get_one(StockPlace, id_) for id_ in place_ids]
            for kind, source, target, units in steps:
                with suppress(StockShort, StockMoveRefused):
                    move_stock(
                        session,
                        kind=kind,
                        part=part,
                        quantity=units,
                        from_place=places[source],
                        to_place=places[target],
                        by="k",
                        now=NIGHT,
                    )
            levels = session.scalars(select(StockLevel).where(StockLevel.part_id == part.id)).all()
            by_lines = {place_id: sum_of_lines(session, place_id, part.id) for place_id in place_ids}
            assert all(level.quantity >= 0 for level in levels)
            assert all(by_lines[level.place_id] == level.quantity for level in levels)
            assert sum(by_lines.values()) == 0

    try_everything()
