"""A repair out of warranty: told beforehand, agreed in writing, dearer, approved, receipted, paid (M1-M3)."""

from policies.roles import Role
from tests.journeys.aftersales.people import Colleague, Technician, first_of, number_said_in
from tests.town import Town
from tests.web.offices import MORNING

SCHOOL = "+862160000002"
SERIAL = "LX-2B901234"
AGREED = [
    {"kind": "travel", "description": "Visit", "quantity": 1, "unit_cents": 5_000},
    {"kind": "labour", "description": "One hour", "quantity": 1, "unit_cents": 12_000},
    {"kind": "part", "description": "Main board", "quantity": 1, "unit_cents": 68_000},
]
DONE = {"code": ["TRAVEL", "LABOUR", "BOARD", "CABLE"], "quantity": ["1", "1", "1", "1"]}


def test_the_school_hears_the_price_first_and_pays_what_somebody_approved(shop: Town) -> None:
    number = the_school_is_told_that_it_will_be_charged_and_books(shop)
    clerk, manager = Colleague(shop, Role.CLERK), Colleague(shop, Role.MANAGER)
    shop.wait_until(MORNING)
    the_technician_agrees_the_price_before_the_work_and_fits_a_cable_more(shop, number)
    the_dearer_total_waits_until_the_manager_approves_it(shop, clerk, manager, number)
    the_school_pays_in_two_parts_and_the_books_balance(manager)
    a_wrong_receipt_is_reversed_never_rewritten(manager, number)


def the_school_is_told_that_it_will_be_charged_and_books(town: Town) -> str:
    phone = town.phone(SCHOOL)
    call = phone.dial(town.hotline)
    for key in ("9", "3", "2", "1"):
        call.press(key)
    call.hears("has ended. A visit costs 50 yuan")
    call.press("2")
    call.hears("For no picture, press 1")
    for key in ("1", "2", "2", "2"):
        call.press(key)
    call.hears("Your request number is")
    call.hang_up()
    town.tick()
    return number_said_in(phone.receives("OneCall request").body)


def the_technician_agrees_the_price_before_the_work_and_fits_a_cable_more(town: Town, number: str) -> None:
    technician = Technician(town, number)
    technician.texts("OK")
    technician.arrives()
    technician.tells_the_price(AGREED, signer="Ms Zhou")
    technician.repairs(
        serial=SERIAL, fault="burnt board", action="board and cable", parts=["BOARD", "CABLE"], signer="Ms Zhou"
    )


def the_dearer_total_waits_until_the_manager_approves_it(
    town: Town, clerk: Colleague, manager: Colleague, number: str
) -> None:
    money = f"/requests/{number}/money"
    page = clerk.sends(f"{money}/settle", on=money, **DONE)
    assert "difference waits for approval" in page
    assert "¥885.00" in page
    assert "Ms Zhou" in page, "signed on the technician's page"
    assert number in manager.reads("/money")
    settlement = _last_settlement(page)
    page = manager.sends(f"{money}/{settlement}/approve", on=money, reason="a cable more, asked Ms Zhou")
    assert "R26-000001" in page
    town.tick()
    town.phone(SCHOOL).receives("R26-000001, ¥885.00 to pay")


def the_school_pays_in_two_parts_and_the_books_balance(manager: Colleague) -> None:
    owed = manager.reads("/money")
    receivable = first_of(r"/money/receivables/\d+", owed)
    manager.sends(receivable, on="/money", amount="500.00", method="transfer")
    refused = manager.sends(receivable, on="/money", amount="385.01", method="cash")
    assert "more than what is open" in refused
    page = manager.sends(receivable, on="/money", amount="385.00", method="cash")
    assert receivable not in page
    assert "885.00" in manager.reads("/reports/settlement_details?period=2026-11")


def a_wrong_receipt_is_reversed_never_rewritten(manager: Colleague, number: str) -> None:
    money = f"/requests/{number}/money"
    page = manager.reads(money)
    page = manager.sends(f"{money}/{_last_settlement(page)}/reverse", on=money, reason="the board was on us")
    assert "R26-000001" in page
    assert "R26-000002" in page
    assert "−¥885.00" in page
    assert "-885" in manager.downloads("/reports/settlement_details.csv?period=2026-11").decode()


def _last_settlement(page: str) -> str:
    return first_of(r'id="s(\d+)"', page)
