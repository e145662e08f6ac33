"""Two repairs that did not hold: the same model free, sent for and handed over, with its warranty (C4, P3, H10)."""

from policies.roles import Role
from tests.journeys.aftersales.people import Colleague, book, customers_link, first_of, wait_for_visit
from tests.town import Town
from tests.web.conftest import browser
from tests.web.offices import WANG

OLD, NEW = "LX-2A345678", "LX-2A999999"


def test_mr_wang_gets_a_new_machine_after_the_second_repair_in_vain(shop: Town) -> None:
    clerk, manager = Colleague(shop, Role.CLERK), Colleague(shop, Role.MANAGER)
    first = book(shop, WANG)
    the_technician_calls_it_done(shop, first)
    second = he_calls_that_it_is_not_solved_and_takes_the_next_time(shop, first)
    one_repair_is_not_enough(clerk, manager, second)
    the_technician_calls_it_done(shop, second)
    third = he_says_so_at_his_link_this_time(shop, second)
    the_exchange_is_granted_and_he_is_told_who_pays_the_carriage(shop, clerk, manager, third)
    the_old_machine_travels_and_the_hotline_knows_where_it_is(shop, clerk, third)
    the_new_one_stands_in_its_place(shop, clerk)


def the_technician_calls_it_done(town: Town, number: str) -> None:
    technician = wait_for_visit(town, number)
    for digit in "1234":
        technician.texts(f"{digit}{technician.code}")
        town.wait(20)


def he_calls_that_it_is_not_solved_and_takes_the_next_time(town: Town, number: str) -> str:
    second = book(town, WANG, "2", "1", "2")
    assert second != number
    return second


def one_repair_is_not_enough(clerk: Colleague, manager: Colleague, number: str) -> None:
    page = clerk.sends("/returns", on="/returns", request=number, remedy="exchange", why="quality")
    assert "not due yet" in page
    wish = first_of(r"(/returns/\d+)/approved", manager.reads("/returns"))
    assert "The policy refuses it" in manager.sends(f"{wish}/approved", on="/returns")
    manager.sends(f"{wish}/refused", on="/returns", note="one repair only")


def he_says_so_at_his_link_this_time(town: Town, number: str) -> str:
    link = customers_link(town, WANG, number)
    page = browser(town).post(f"{link}/solved", data={"answer": "no"}, follow_redirects=True)
    assert page.status_code == 200
    town.tick()
    return book(town, WANG, "2", "1", "1")


def the_exchange_is_granted_and_he_is_told_who_pays_the_carriage(
    town: Town, clerk: Colleague, manager: Colleague, number: str
) -> None:
    page = clerk.sends("/returns", on="/returns", request=number, remedy="exchange", why="quality")
    assert "repairs did not cure it" in page
    wish = first_of(r"(/returns/\d+)/approved", manager.reads("/returns"))
    manager.sends(f"{wish}/approved", on="/returns")
    town.tick()
    town.phone(WANG).receives("运费由我们承担")


def the_old_machine_travels_and_the_hotline_knows_where_it_is(town: Town, clerk: Colleague, number: str) -> None:
    page = clerk.sends(
        "/shipments", on="/shipments", number=number, direction="from_customer", courier="SF", tracking="SF1001",
        contents=OLD, self_fitting="0",
    )  # fmt: skip
    parcel = first_of(r"/shipments/\d+", page)
    clerk.sends(parcel, on="/shipments", state="sent")
    he_hears_of_his_parcel(town, "您的包裹正在路上")
    town.wait(1)
    assert "ask the courier" in clerk.sends(parcel, on="/shipments", state="delayed")
    he_hears_of_his_parcel(town, "您的包裹晚了", "正在向快递公司催查")
    town.wait(1)
    assert "compensate the customer" in clerk.sends(parcel, on="/shipments", state="lost")
    he_hears_of_his_parcel(town, "您的包裹丢失了", "里面是您的机器，我们会赔偿")
    town.wait(1)
    clerk.sends(parcel, on="/shipments", state="delivered")


def he_hears_of_his_parcel(town: Town, *words: str) -> None:
    call = town.phone(WANG).dial(town.hotline)
    call.press("3")
    call.press("3")
    for said in words:
        call.hears(said)
    call.hang_up()


def the_new_one_stands_in_its_place(town: Town, clerk: Colleague) -> None:
    wish = first_of(r"(/returns/\d+)/received", clerk.reads("/returns"))
    clerk.sends(f"{wish}/received", on="/returns", condition="burnt board")
    assert "six digits" in clerk.sends(f"{wish}/closed", on="/returns", disposition="retire", serial="LX-1")
    clerk.sends(f"{wish}/closed", on="/returns", disposition="retire", serial=NEW)
    town.tick()
    assert NEW in town.phone(WANG).receives("换货").body
    assert NEW in clerk.reads(f"/customers/assets/{OLD}")
    assert "2026-09-03" in clerk.reads(f"/customers/assets/{NEW}"), "the warranty goes on"
    call = town.phone(WANG).dial(town.hotline)
    for key in ("3", "1", "1"):
        call.press(key)
    call.hears("整机保修到2027年9月2号")
    call.hang_up()
    assert "¥" not in first_of(r"(?s)id=\"receivables\".*?</table>|$", clerk.reads("/money")), "free of charge"
