"""Callers we do not know by their number, and callers who speak for somebody else (H3)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models import Asset, Call, Customer, ServiceRequest
from policies.languages import Language
from simulator.call import SimulatedCall
from tests.town import Town

WANG, CHEN, NEIGHBOUR = "+8613800000001", "+8613800000003", "+8613900000077"
NUMBER = "700310"


@pytest.fixture
def town_with_numbers(town: Town) -> Town:
    """The town, where Dr Chen's card says C-700310, and a second machine stands."""
    with town.services.database.writing() as session:
        chen = session.scalars(select(Customer).where(Customer.name == "陈医生")).one()
        chen.number, chen.number_digits = f"C-{NUMBER}", NUMBER
        first = chen.assets[0]
        session.add(
            Asset(
                customer_id=chen.id, site_id=first.site_id, product_id=first.product_id, serial="LX-9C000111",
                serial_digits="9000111", serial_tail="000111",
            )
        )  # fmt: skip
    return town


def dial(town: Town, number: str, *keys: str) -> SimulatedCall:
    call = town.phone(number).dial(town.hotline)
    for key in keys:
        call.press(key)
    return call


def the_request(town: Town) -> tuple[str, str | None]:
    """Return whose request it is, and where we reach whoever made it."""
    with town.services.database.reading() as session:
        request = session.scalars(select(ServiceRequest)).one()
        assert request.customer is not None
        return request.customer.name, request.contact_phone


@pytest.mark.parametrize(
    ("keys", "asks", "offers", "language"),
    [
        ((), "或者您的客户编号", "是哪一台机器", Language.ZH),
        (("9",), "or your customer number", "Which machine is it about", Language.EN),
    ],
)
def test_an_unknown_caller_with_the_customer_number_picks_a_machine_and_books(
    town_with_numbers: Town, keys: tuple[str, ...], asks: str, offers: str, language: Language
) -> None:
    town = town_with_numbers
    call = dial(town, NEIGHBOUR, *keys, "1")
    call.hears(asks)
    call.press(f"{NUMBER}#")
    call.hears(offers)
    call.does_not_hear("陈")
    for key in ("2", "1", "2", "2", "1"):
        call.press(key)
    call.hang_up()
    town.tick()

    assert the_request(town) == ("陈医生", NEIGHBOUR)
    town.phone(NEIGHBOUR).receives("将于" if language is Language.ZH else "will be with you")
    with town.services.database.reading() as session:
        assert session.scalars(select(Call.customer_id)).one() is None


@pytest.mark.parametrize(
    ("serial", "tails"), [("LX-9C000111", ("9 0", "幺 幺")), ("LX-7C997890", ("5 6，7 8，9 0", "9 9，7 8，9 0"))]
)
def test_machines_of_one_model_are_told_apart_by_the_last_digits_of_their_serials(
    town_with_numbers: Town, serial: str, tails: tuple[str, str]
) -> None:
    with town_with_numbers.services.database.writing() as session:
        second = session.scalars(select(Asset).where(Asset.serial == "LX-9C000111")).one()
        second.serial, second.serial_digits = serial, "".join(filter(str.isdigit, serial))

    call = dial(town_with_numbers, CHEN, "1")

    call.hears("您要报修哪一台机器")
    assert [sentence for sentence in call.listen() if "尾号" in sentence] == [
        f"光影二号投影机，尾号{tail}，请按{key}。" for key, tail in enumerate(tails, start=1)
    ]


def test_another_machine_than_those_of_the_number_is_asked_for_by_its_serial(town_with_numbers: Town) -> None:
    call = dial(town_with_numbers, NEIGHBOUR, "1", f"{NUMBER}#", "3")

    call.hears("请输入机身序列号")
    call.hang_up()


def test_a_customer_reports_the_neighbours_machine_and_both_can_ask_about_it(town: Town) -> None:
    call = dial(town, WANG, "1", "2", "567890#", "1", "1", "2", "2", "1")
    call.hears("预约好了")
    call.hang_up()
    town.tick()

    assert the_request(town) == ("陈医生", WANG)
    town.phone(WANG).receives("将于")
    for number in (WANG, CHEN):
        call = dial(town, number, "2", "1")
        call.hears("上门")
        call.hang_up()


def test_keying_one_number_after_the_other_leads_to_a_person_and_not_to_more_machines(town_with_numbers: Town) -> None:
    town = town_with_numbers
    for _ in range(2):
        call = dial(town, NEIGHBOUR, "1")
        for _ in range(5):
            call.press(f"{NUMBER}#")
            call.hears("是哪一台机器")
            call.press("3")
        call.hang_up()

    call = dial(town, NEIGHBOUR, "1", f"{NUMBER}#")
    call.hears("请在提示音后留言")
    call.hang_up()
    call = dial(town, CHEN, "1")
    call.hears("请按1")
    call.hang_up()
    town.wait(61)
    call = dial(town, NEIGHBOUR, "1", f"{NUMBER}#")
    call.hears("是哪一台机器")
    call.hang_up()
