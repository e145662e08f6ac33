"""A service agreement: approved, its visit used up, a missed response paid for, its end told (C6, C7)."""

import datetime as dt
from pathlib import Path

from policies.languages import Language
from policies.roles import Role
from tests.journeys.aftersales.people import Colleague, book, first_of, wait_for_visit
from tests.town import Town

SCHOOL = "+862160000002"
HEADER = (
    "agreement_number,customer_number,kind,from_on,last_on,price,currency,instalment_count,instalment_months,"
    "renewal_notice_days,response_hours,restoration_hours,late_response_percent,late_restoration_percent_per_day,"
    "failed_inspection_percent,position,serial,site_code,model_code,labour_percent,travel_percent,main_part_percent,"
    "wear_part_percent,allowance_visits,covers_misuse"
)
AGREEMENT = "A-7,C2,service,2026-11-01,2026-12-20,12000.00,CNY,1,1,20,4,,1,1,1,1,LX-2B901234,,,100,100,100,0,1,0"
WORK = {"code": ["TRAVEL", "LABOUR", "BOARD"], "quantity": ["1", "1", "1"]}
PAGE = "/agreements/A-7"


def test_the_schools_agreement_pays_once_and_costs_us_a_missed_response(shop: Town, tmp_path: Path) -> None:
    clerk, manager = Colleague(shop, Role.CLERK), Colleague(shop, Role.MANAGER, Language.EN)
    the_agreement_comes_in_by_file_and_is_approved_by_somebody_else(shop, manager, tmp_path)
    first = the_school_hears_that_it_is_free_and_books(shop)
    four_hours_pass_and_the_clock_counts_the_missed_response(shop, manager)
    the_manager_makes_it_a_credit(manager)
    the_visit_is_done_settled_for_nothing_and_taken_from_the_allowance(shop, clerk, first)
    the_next_visit_is_charged(shop, clerk)
    twenty_days_before_its_end_the_school_is_told_once(shop)


def the_agreement_comes_in_by_file_and_is_approved_by_somebody_else(
    town: Town, manager: Colleague, folder: Path
) -> None:
    file = folder / "agreements.csv"
    file.write_text(f"{HEADER}\n{AGREEMENT}\n", encoding="utf-8")
    result = town.app.test_cli_runner().invoke(args=["import", "agreements", str(file)])
    assert result.exit_code == 0, result.output
    assert "approved" in manager.sends(f"{PAGE}/approve", on=PAGE)
    assert "¥12,000.00" in manager.reads("/money")


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
    assert "0 of 1 left" in clerk.reads(PAGE)


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
