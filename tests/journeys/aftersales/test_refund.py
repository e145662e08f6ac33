"""A fault in the first week: the money back in full, within the limit of whoever grants it, and paid (C4, C5, M2)."""

import datetime as dt

from sqlalchemy import select

from models import Asset
from policies.roles import Role
from tests.journeys.aftersales.people import Colleague, book, first_of
from tests.town import Town

CHEN = "+8613800000003"


def test_dr_chen_returns_a_projector_of_last_week_and_has_the_money_back(shop: Town) -> None:
    clerk, manager = Colleague(shop, Role.CLERK), Colleague(shop, Role.MANAGER)
    it_was_sold_last_week(shop)
    number = she_reports_a_fault_and_wants_her_money_back(shop, clerk)
    the_dispatcher_may_not_grant_so_much(shop)
    the_manager_grants_it_and_she_is_told(shop, manager)
    it_comes_in_is_looked_at_and_put_back_on_the_shelf(shop, clerk, number)
    the_money_is_paid_out_and_nothing_is_open(manager)


def it_was_sold_last_week(town: Town) -> None:
    with town.services.database.writing() as session:
        asset = session.scalars(select(Asset).where(Asset.serial_tail == "567890")).one()
        asset.purchased_on = asset.invoiced_on = dt.date(2026, 11, 19)


def she_reports_a_fault_and_wants_her_money_back(town: Town, clerk: Colleague) -> str:
    number = book(town, CHEN)
    page = clerk.sends("/returns", on="/returns", request=number, remedy="refund", why="quality")
    assert "¥4,000.00" in page
    assert "has not ended" in clerk.sends("/returns", on="/returns", request=number, remedy="exchange", why="quality")
    return number


def the_dispatcher_may_not_grant_so_much(town: Town) -> None:
    dispatcher = Colleague(town, Role.DISPATCHER)
    wish = first_of(r"(/returns/\d+)/approved", dispatcher.reads("/returns"))
    assert "above your limit" in dispatcher.sends(f"{wish}/approved", on="/returns")


def the_manager_grants_it_and_she_is_told(town: Town, manager: Colleague) -> None:
    wish = first_of(r"(/returns/\d+)/approved", manager.reads("/returns"))
    manager.sends(f"{wish}/approved", on="/returns", note="in the first week")
    town.tick()
    town.phone(CHEN).receives("运费由我们承担")


def it_comes_in_is_looked_at_and_put_back_on_the_shelf(town: Town, clerk: Colleague, number: str) -> None:
    wish = first_of(r"(/returns/\d+)/received", clerk.reads("/returns"))
    parcel = {"courier": "SF", "tracking": "SF77", "contents": "LX-2C567890"}
    assert "SF77" in clerk.sends(f"{wish}/parcel", on="/returns", **parcel)
    clerk.sends("/shipments/1", on="/shipments", state="delayed")
    assert "ask the courier" in clerk.reads("/returns").lower()
    clerk.sends("/shipments/1", on="/shipments", state="delivered")
    town.tick()
    town.phone(CHEN).receives("已收到")
    refused = clerk.sends(f"{wish}/closed", on="/returns", disposition="restock")
    assert "in what condition" in refused, "a parcel that has come is a machine nobody has looked at"
    clerk.sends(f"{wish}/closed", on="/returns", disposition="restock", condition="as new")
    town.tick()
    assert "¥4,000.00" in town.phone(CHEN).receives("退款").body
    assert "refunded" in clerk.reads(f"/requests/{number}")


def the_money_is_paid_out_and_nothing_is_open(manager: Colleague) -> None:
    page = manager.reads("/money")
    assert "−¥4,000.00" in page
    credit = first_of(r"/money/receivables/\d+", page)
    page = manager.sends(credit, on="/money", amount="-4000.00", method="transfer")
    assert credit not in page
    assert "RMA26-000001" in manager.reads("/customers/C3")
