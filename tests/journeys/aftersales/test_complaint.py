"""From a low answer to the closing report: climbed by its clock, offered, refused, agreed, closed (F1, F2)."""

import datetime as dt

from policies.roles import Role
from tests.journeys.aftersales.people import Colleague, book, customers_link, first_of, number_said_in, wait_for_visit
from tests.town import Town
from tests.web.conftest import browser
from tests.web.offices import WANG

SIDES = {"customers_side": "He came late and left mud.", "our_side": "True, no shoe covers.", "finding": "Our fault."}


def test_mr_wang_answers_one_of_five_and_hears_in_the_end_what_we_do_better(shop: Town) -> None:
    visit = he_is_not_content_with_the_visit(shop)
    number = his_answer_opens_a_complaint(shop)
    he_says_why_at_his_link(shop, visit)
    clerk, manager = Colleague(shop, Role.CLERK), Colleague(shop, Role.MANAGER)
    nobody_answers_for_a_day_and_it_climbs_by_itself(shop, clerk, number)
    it_is_answered_and_both_sides_are_heard(clerk, number)
    he_says_no_to_the_first_offer_and_yes_to_the_second(clerk, manager, number)
    the_closing_report_says_whose_it_was_and_what_is_done_better(shop, manager, number)


def he_is_not_content_with_the_visit(town: Town) -> str:
    number = book(town, WANG)
    technician = wait_for_visit(town, number)
    for digit in "1234":
        technician.texts(f"{digit}{technician.code}")
        town.wait(20)
    return number


def his_answer_opens_a_complaint(town: Town) -> str:
    phone = town.phone(WANG)
    phone.receives("请回复1到5")
    phone.text("1", to=town.hotline)
    town.tick()
    return number_said_in(phone.receives("投诉").body)


def he_says_why_at_his_link(town: Town, visit: str) -> None:
    link = customers_link(town, WANG, visit)
    page = browser(town).post(f"{link}/why", data={"why": "地上都是泥"}, follow_redirects=True)
    assert "处理投诉的同事会看到" in page.text
    assert "地上都是泥" in Colleague(town, Role.SUPERVISOR).reads("/complaints"), "beside his score"


def nobody_answers_for_a_day_and_it_climbs_by_itself(town: Town, clerk: Colleague, number: str) -> None:
    assert "with its owner" in clerk.reads(f"/complaints/{number}")
    town.wait(25 * 60)
    assert "before the service manager" in clerk.reads(f"/complaints/{number}")
    town.wait(60)
    assert "before the service manager" in clerk.reads(f"/complaints/{number}"), "once for a clock"


def it_is_answered_and_both_sides_are_heard(clerk: Colleague, number: str) -> None:
    assert "One step after the other" in _step(clerk, number, "investigate", **SIDES)
    _step(clerk, number, "answer")
    assert "Both sides must be heard" in _step(clerk, number, "investigate", **{**SIDES, "our_side": ""})
    _step(clerk, number, "assign", owner="clerk")
    _step(clerk, number, "investigate", **SIDES)


def he_says_no_to_the_first_offer_and_yes_to_the_second(clerk: Colleague, manager: Colleague, number: str) -> None:
    offer = {"solution": "Sorry, and a cleaning", "gift": "a cloth", "deviation": ""}
    _step(clerk, number, "offer", **offer, compensation="0")
    page = _step(clerk, number, "reject")
    assert "before the director" in page
    assert "above your limit" in _step(clerk, number, "offer", **offer, compensation="900.00")
    _step(manager, number, "offer", **offer, compensation="150.00")
    _step(manager, number, "accept")
    assert "−¥150.00" in manager.reads("/money")


def the_closing_report_says_whose_it_was_and_what_is_done_better(town: Town, manager: Colleague, number: str) -> None:
    report = {
        "responsibility": "technician",
        "improvement": "Shoe covers in every van",
        "improvement_owner": "manager",
        "improvement_due_on": "2026-12-20",
        "outcome_for_staff": "talked to",
    }
    page = _step(manager, number, "close", **report)
    assert "Shoe covers in every van" in page
    assert "found by hearing both sides" in page, "no record shows whose it was"
    assert "1 improvements to carry out" in manager.reads("/work")
    town.tick()
    town.phone(WANG).receives("Shoe covers in every van")
    town.wait_until(dt.datetime(2026, 12, 20, 17, tzinfo=dt.UTC))
    assert "late" in first_of(r"improvements to carry out.*?</a>", manager.reads("/work")), "its clock has broken"
    assert "Shoe covers in every van" in manager.reads("/complaints"), "until somebody has done it"
    _step(manager, number, "improved", outcome="40 boxes handed out")
    assert "Shoe covers in every van" not in manager.reads("/complaints")
    assert "1" in manager.reads("/reports/complaint_causes?period=2026-11")


def _step(who: Colleague, number: str, step: str, **form: str) -> str:
    return who.sends(f"/complaints/{number}/{step}", on=f"/complaints/{number}", **form)
