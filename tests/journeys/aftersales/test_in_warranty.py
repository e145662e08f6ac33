"""A repair under warranty, from the question what it costs to the answer how it was (H9, H5, V, M1, F2)."""

import datetime as dt

from operations.office.accounting import list_entries
from policies.languages import Language
from policies.roles import Role
from tests.journeys.aftersales.people import Colleague, Technician, first_of, number_said_in
from tests.town import HOTLINE, Town
from tests.web.offices import MORNING, WANG


def test_mr_wang_asks_is_served_pays_nothing_and_says_he_is_content(shop: Town) -> None:
    number = he_asks_whether_it_is_free_and_books(shop)
    clerk = Colleague(shop, Role.CLERK, Language.ZH)
    the_clerk_sees_the_invoice(clerk)
    shop.wait_until(MORNING)
    the_technician_works_by_the_checklist(shop, number)
    the_supervisor_approves_the_report(shop, number)
    the_clerk_settles_what_the_report_says_and_every_line_comes_to_nothing(clerk, number)
    he_answers_five_and_asks_again_what_became_of_it(shop, number)
    manager = Colleague(shop, Role.MANAGER)
    the_month_shows_it(manager, number)
    the_manager_pays_his_expenses_and_the_books_have_them(shop, manager)


def he_asks_whether_it_is_free_and_books(town: Town) -> str:
    phone = town.phone(WANG)
    call = phone.dial(town.hotline)
    call.press("3")
    call.press("1")
    call.press("1")
    call.hears("整机保修到2027年9月2号")
    call.press("2")
    call.hears("没有图像，请按1")
    for key in ("1", "2", "2", "2"):
        call.press(key)
    call.hears("预约好了")
    call.hang_up()
    town.tick()
    return number_said_in(phone.receives("11月23日").body)


def the_clerk_sees_the_invoice(clerk: Colleague) -> None:
    asset = "/customers/assets/LX-2A345678"
    page = clerk.sends(f"{asset}/proofs", on=asset, kind="invoice", number="F-2026-0903", dated_on="2026-09-03")
    assert "F-2026-0903" in page


def the_technician_works_by_the_checklist(town: Town, number: str) -> None:
    technician = Technician(town, number)
    technician.texts("收到")
    technician.arrives()
    technician.tells_the_price(
        [
            {"kind": "labour", "description": "保修内", "quantity": 1, "unit_cents": 0},
            {"kind": "part", "description": "主板", "quantity": 1, "unit_cents": 0},
        ],
        signer="王小明",
    )
    technician.repairs(serial="LX-2A345678", fault="主板烧坏", action="更换主板", parts=["BOARD"], signer="王小明")
    receipt = technician.photographs("receipt")
    technician.enters("expense", kind="parking", amount_cents=1_500, note="地下车库", receipt=receipt)
    technician.enters("expense", kind="toll", amount_cents=1_000, note="", receipt=None)
    assert technician.is_refused("expense", kind="toll", amount_cents=0, note="", receipt=None) == "malformed"
    assert [one["state"] for one in technician.sees()["expenses"]] == ["claimed", "claimed"]


def the_manager_pays_his_expenses_and_the_books_have_them(town: Town, manager: Colleague) -> None:
    page = manager.reads("/money")
    assert all(said in page for said in ("地下车库", "no receipt", "¥15.00"))
    picture = first_of(r'href="(/files/[^"]+)"', page)
    assert manager.downloads(picture)
    for step in ("approved", "paid"):
        manager.sends(f"/money/expenses/1/{step}", on="/money")
    manager.sends("/money/expenses/2/declined", on="/money")
    assert "No expense waits." in manager.reads("/money")
    with town.services.database.reading() as session:
        span = {"from_at": MORNING - dt.timedelta(days=1), "until_at": town.clock.now() + dt.timedelta(days=1)}
        booked = [one.document for one in list_entries(session, **span) if one.document.startswith("expense")]
    assert booked == ["expense-1", "expense-1-paid"]


def the_supervisor_approves_the_report(town: Town, number: str) -> None:
    supervisor = Colleague(town, Role.SUPERVISOR)
    code = Technician(town, number).code
    assert "主板烧坏" in supervisor.reads(f"/work-reports/{code}")
    supervisor.sends(f"/work-reports/{code}", on="/work-reports", do="approve")
    assert code not in supervisor.reads("/work-reports")


def the_clerk_settles_what_the_report_says_and_every_line_comes_to_nothing(clerk: Colleague, number: str) -> None:
    money = f"/requests/{number}/money"
    page = clerk.reads(money)
    for code in ("LABOUR", "TRAVEL", "BOARD"):
        assert code in page, "the form proposes what visits and reports say"
    page = clerk.sends(f"{money}/settle", on=money, code=["TRAVEL", "LABOUR", "BOARD"], quantity=["1", "1", "1"])
    assert "R26-000001" in page
    assert "¥0.00" in page


def he_answers_five_and_asks_again_what_became_of_it(town: Town, number: str) -> None:
    phone = town.phone(WANG)
    phone.receives("请回复1到5")
    phone.text("5", to=HOTLINE)
    town.tick()
    phone.receives("谢谢")
    link = phone.receives("/v/")
    assert number in link.body


def the_month_shows_it(manager: Colleague, number: str) -> None:
    assert "R26-000001" in manager.reads("/reports/settlement_details?period=2026-11")
    assert "Main board" in manager.reads("/reports/parts_details?period=2026-11")
    assert "LX-2A345678" in manager.reads("/reports/warranties_expiring?period=2027-09")
    assert number in manager.reads("/customers/C1")
