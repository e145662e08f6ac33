"""A part from the wish to the machine: asked for, approved, fetched on the way or the next day, used (P1, P2, V7)."""

from sqlalchemy import select

from models import Area, Part, StockLevel, StockPlace
from policies.roles import Role
from tests.factories.parts import make_part, make_warehouse, stock_up
from tests.journeys.aftersales.people import Colleague, book, first_of, wait_for_visit
from tests.town import Town
from tests.web.offices import WANG

FAN = "FAN-77"
SERIAL = "LX-2A345678"


def test_a_part_asked_for_by_text_is_approved_fetched_on_the_way_and_used(shop: Town) -> None:
    keeper = Colleague(shop, Role.PARTS)
    a_warehouse_has_fans(shop, 3)
    number = book(shop, WANG)
    technician = wait_for_visit(shop, number)
    technician.texts("收到")

    technician.texts(f"6{technician.code} fan-77")
    assert FAN in technician.phone.receives("已向仓库申请").body
    [stop] = technician.sees()["pick_ups"]
    loaded = {"place": stop["place"], "parts": [{"part_code": FAN, "quantity": 1}]}
    assert technician.is_refused("fetched", **loaded) == "not_approved_yet"
    the_keeper_approves(shop, keeper)
    assert "领取" in technician.phone.receives("之前请先到").body
    technician.enters("fetched", **loaded)
    assert technician.sees()["pick_ups"] == []
    technician.arrives()
    technician.repairs(serial=SERIAL, fault="风扇停转", action="换风扇", parts=[FAN], signer="王先生")

    assert stock_of(shop, FAN) == {"warehouse": 2, "van": 0}
    book_page = keeper.reads(f"/parts/moves?part={FAN}")
    assert number in keeper.reads(f"/requests/{number}/parts")
    assert all(kind in book_page for kind in ("issue", "use"))


def test_a_part_missing_on_site_is_there_at_the_next_visit_booked_before_leaving(shop: Town) -> None:
    keeper = Colleague(shop, Role.PARTS)
    a_warehouse_has_fans(shop, 1)
    number = book(shop, WANG)
    technician = wait_for_visit(shop, number)
    technician.texts("收到")
    technician.arrives()
    assert technician.is_refused("need_part", part_code="FAN-78", quantity=1) == "part_unknown"
    technician.enters("need_part", part_code=FAN, quantity=1)
    technician.books_the_next_visit()
    technician.enters("diagnosis", fault_found="风扇停转", cause="", action="等配件")
    technician.enters("incomplete", reason="part", note="")
    shop.tick()
    the_keeper_approves(shop, keeper)
    assert FAN in keeper.reads(f"/requests/{number}/parts")

    following = wait_for_visit(shop, number)
    following.texts("收到")
    [stop] = following.sees()["pick_ups"]
    following.enters("fetched", place=stop["place"], parts=[{"part_code": FAN, "quantity": 1}])
    following.arrives()
    following.repairs(serial=SERIAL, fault="风扇停转", action="换风扇", parts=[FAN], signer="王先生")

    assert stock_of(shop, FAN) == {"warehouse": 0, "van": 0}


def a_warehouse_has_fans(town: Town, units: int) -> None:
    with town.services.database.writing() as session:
        warehouse = make_warehouse(session, session.scalars(select(Area)).one())
        stock_up(session, warehouse, make_part(session, number=FAN), units)


def the_keeper_approves(town: Town, keeper: Colleague) -> None:
    page = keeper.reads("/parts")
    assert FAN in page
    keeper.sends(first_of(r"/parts/requisitions/\d+/approve", page), on="/parts")
    town.tick()


def stock_of(town: Town, number: str) -> dict[str, int]:
    """Units of a part by kind of place."""
    with town.services.database.reading() as session:
        rows = session.execute(
            select(StockPlace.kind, StockLevel.quantity)
            .join(StockLevel, StockLevel.place_id == StockPlace.id)
            .join(Part, Part.id == StockLevel.part_id)
            .where(Part.number == number)
        )
        return {str(kind): units for kind, units in rows}
