"""A repair too big for the doorstep: workshop in five working days, with a loaner meanwhile (D14, P4, V7)."""

import datetime as dt

from sqlalchemy import select

from models import Loaner, Product
from policies.roles import Role
from tests.journeys.aftersales.people import Colleague, book, first_of, wait_for_visit
from tests.town import Town
from tests.web.offices import WANG

LOANER = "LO-100001"


def test_mr_wangs_machine_goes_to_the_workshop_and_he_is_lent_another(shop: Town) -> None:
    clerk = Colleague(shop, Role.CLERK)
    number = book(shop, WANG)
    the_technician_cannot_repair_it_there_and_says_why(shop, number)
    the_clerk_takes_it_in_and_lends_a_loaner(shop, clerk, number)
    the_hotline_says_that_it_is_in_the_workshop(shop)
    a_loaner_that_is_not_back_in_time_comes_before_the_desk(shop, clerk, number)
    it_is_repaired_and_both_machines_go_home(shop, clerk, number)


def the_technician_cannot_repair_it_there_and_says_why(town: Town, number: str) -> None:
    technician = wait_for_visit(town, number)
    technician.texts("收到")
    technician.arrives()
    technician.enters("diagnosis", fault_found="光机进灰，要无尘间", cause="", action="送修")
    technician.photographs("before")
    technician.enters("incomplete", reason="skill", note="送维修站")
    town.tick()


def the_clerk_takes_it_in_and_lends_a_loaner(town: Town, clerk: Colleague, number: str) -> None:
    with town.services.database.writing() as session:
        product = session.scalars(select(Product)).one()
        session.add(Loaner(serial=LOANER, product_id=product.id, is_active=True))
    page = clerk.sends("/workshop", on="/workshop", number=number, condition="scratched")
    assert number in page
    town.tick()
    assert "5个工作日" in town.phone(WANG).receives("维修站").body
    due_on = (town.clock.now() + dt.timedelta(days=3)).date().isoformat()
    page = clerk.sends("/workshop/loans", on="/workshop", number=number, loaner="1", due_on=due_on)
    assert LOANER in page


def the_hotline_says_that_it_is_in_the_workshop(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    call.press("2")
    call.press("1")
    call.hears("维修站")
    call.hang_up()


def a_loaner_that_is_not_back_in_time_comes_before_the_desk(town: Town, clerk: Colleague, number: str) -> None:
    town.wait(5 * 24 * 60)
    assert "overdue" in clerk.reads("/workshop")
    assert number in clerk.reads("/desk")


def it_is_repaired_and_both_machines_go_home(town: Town, clerk: Colleague, number: str) -> None:
    repair = first_of(r"(/workshop/\d+)/repaired", clerk.reads("/workshop"))
    clerk.sends(f"{repair}/repaired", on="/workshop", finding="cleaned in a dust-free room")
    town.tick()
    town.phone(WANG).receives("已修好")
    clerk.sends(f"{repair}/given_back", on="/workshop")
    clerk.sends("/workshop/loans/1", on="/workshop", condition="fine")
    page = clerk.reads("/workshop")
    assert "No machine is in the workshop." in page
    assert "No loaner is out." in page
    assert number in clerk.reads("/customers/C1")
