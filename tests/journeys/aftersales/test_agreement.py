"""A service agreement: approved, its visit used up, a missed response paid for, its end told (C6, C7)."""

import datetime as dt
from pathlib import Path

from policies.languages import Language
from policies.roles import Role
from tests.journeys.aftersales.people import Colleague, book, first_of, wait_for_visit
from tests.town import Town

SCHOOL = "+862160000002"
TERMS = {
    "agreement_number": "A-7",
    "customer_number": "C2",
    "kind": "service",
    "from_on": "2026-11-01",
    "last_on": "2026-12-20",
    "price": "12000.00",
    "currency": "CNY",
    "instalment_count": "1",
    "instalment_months": "1",
    "renewal_notice_days": "20",
    "response_hours": "4",
    "late_response_percent": "1",
}
COVERED = {
    "serial": ["LX-2B901234", ""],
    "site_code": ["", ""],
    "model_code": ["", ""],
    "labour_percent": ["100", ""],
    "travel_percent": ["100", ""],
    "main_part_percent": ["100", ""],
    "wear_part_percent": ["0", ""],
    "allowance_visits": ["1", ""],
    "covers_misuse": ["0", "0"],
}
WORK = {"code": ["TRAVEL", "LABOUR", "BOARD"], "quantity": ["1", "1", "1"]}
PAGE = "/agreements/A-7"
PLAN_HEADER = (
    "code,kind,name,name_en,rhythm,month,day,after_days,days_before,days_after,family,starts_on,fault,"
    "agreement,is_active"
)
PLAN = "A,monthly_contact,每月联系,Monthly contact,monthly,,,,3,4,,2026-11-01,,A-7,true"


def test_the_schools_agreement_pays_once_and_costs_us_a_missed_response(shop: Town, tmp_path: Path) -> None:
    clerk, manager = Colleague(shop, Role.CLERK), Colleague(shop, Role.MANAGER, Language.EN)
    the_agreement_is_written_down_and_approved_by_somebody_else(clerk, manager)
    a_second_one_for_the_same_machine_is_refused_beside_the_field(clerk)
    the_visits_it_owes_stand_on_the_calendar_until_its_last_day(shop, clerk, tmp_path)
    first = the_school_hears_that_it_is_free_and_books(shop)
    four_hours_pass_and_the_clock_counts_the_missed_response(shop, manager)
    the_manager_makes_it_a_credit(manager)
    the_visit_is_done_settled_for_nothing_and_taken_from_the_allowance(shop, clerk, first)
    the_next_visit_is_charged(shop, clerk)
    twenty_days_before_its_end_the_school_is_told_once(shop)


def the_agreement_is_written_down_and_approved_by_somebody_else(clerk: Colleague, manager: Colleague) -> None:
    page = clerk.sends("/agreements/new", on="/agreements/new?customer=C2", **TERMS, **COVERED)
    assert "Agreements in force" not in page
    assert "A-7" in page
    assert "approved" in manager.sends(f"{PAGE}/approve", on=PAGE)
    assert "¥12,000.00" in manager.reads("/money")


def a_second_one_for_the_same_machine_is_refused_beside_the_field(clerk: Colleague) -> None:
    other = {"agreement_number": "A-8", "from_on": "2026-12-20", "last_on": "2027-12-19"}
    page = clerk.is_refused("/agreements/new", on="/agreements/new", **{**TERMS, **other}, **COVERED)
    assert "agreement A-7 covers this in the same time" in page
    assert 'value="LX-2B901234"' in page, "what was typed stands there still"


def the_visits_it_owes_stand_on_the_calendar_until_its_last_day(town: Town, clerk: Colleague, folder: Path) -> None:
    """A contact each month: the first on 1 December, the next would come after the agreement's last day."""
    file = folder / "plans.csv"
    file.write_text(f"{PLAN_HEADER}\n{PLAN}\n", encoding="utf-8")
    result = town.app.test_cli_runner().invoke(args=["import", "preventive", str(file)])
    assert result.exit_code == 0, result.output
    town.tick()
    assert "LX-2B901234" in clerk.reads("/care?on=2026-12-01")
    assert "LX-2B901234" not in clerk.reads("/care?on=2027-01-01")
    assert "LX-2A345678" not in clerk.reads("/care?on=2026-12-01"), "Mr Wang has no agreement"


def the_school_hears_that_it_is_free_and_books(town: Town) -> str:
    call = town.phone(SCHOOL).dial(town.hotline)
    for key in ("3", "2", "1"):
        call.press(key)
    call.hears("免费")
    call.hang_up()
    return book(town, SCHOOL)


def four_hours_pass_and_the_clock_counts_the_missed_response(town: Town, manager: Colleague) -> None:
    assert "¥120.00" not in manager.reads(PAGE)
    town.wait(5 * 60)
    page = manager.reads(PAGE)
    assert "response missed" in page
    assert "¥120.00" in page, "1 % of the contract, without anybody having asked"


def the_manager_makes_it_a_credit(manager: Colleague) -> None:
    penalty = first_of(rf"{PAGE}/penalties/\d+", manager.reads(PAGE))
    manager.sends(penalty, on=PAGE)
    assert "−¥120.00" in manager.reads("/money")


def the_visit_is_done_settled_for_nothing_and_taken_from_the_allowance(
    town: Town, clerk: Colleague, number: str
) -> None:
    technician = wait_for_visit(town, number)
    for digit in "1234":
        technician.texts(f"{digit}{technician.code}")
    page = clerk.sends(f"/requests/{number}/money/settle", on=f"/requests/{number}/money", **WORK)
    assert "the agreement pays" in page
    assert "R26-000001" in page
    page = clerk.reads(PAGE)
    assert "0 of 1 left" in page
    assert "1, with 1 visits of the allowance" in page


def the_next_visit_is_charged(town: Town, clerk: Colleague) -> None:
    number = book(town, SCHOOL)
    page = clerk.sends(f"/requests/{number}/money/quote", on=f"/requests/{number}/money", **WORK)
    assert "¥850.00" in page


def twenty_days_before_its_end_the_school_is_told_once(town: Town) -> None:
    told = [sms for sms in town.phone(SCHOOL).inbox if "A-7" in sms.body]
    assert told == []
    town.wait_until(dt.datetime(2026, 12, 1, 2, tzinfo=dt.UTC))
    town.wait(24 * 60)
    told = [sms for sms in town.phone(SCHOOL).inbox if "A-7" in sms.body]
    assert len(told) == 1
    assert "2026-12-20" in told[0].body
