from collections import Counter

import phonenumbers
import pytest

from cli.demo_city.city import build_city
from cli.demo_city.content import read_rows
from cli.demo_city.shapes import City
from tests.cli.demo_city.conftest import START_AT


def list_phones(city: City) -> list[str]:
    customers = [phone for customer in city.customers for phone in customer.phones]
    technicians = [technician.phone for technician in city.technicians]
    points = [row["phone"] for row in read_rows("demo/service_points")]
    return customers + technicians + points + [person.phone for person in city.duty]


def test_every_telephone_number_parses_and_is_possible(city: City) -> None:
    for phone in list_phones(city):
        assert phonenumbers.is_possible_number(phonenumbers.parse(phone)), phone
        assert phonenumbers.format_number(phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.E164) == phone


def test_chinese_numbers_have_the_eleven_digits_of_a_mobile(city: City) -> None:
    for phone in list_phones(city):
        if phone.startswith("+86"):
            assert len(phone) == len("+86") + 11, phone


def test_no_telephone_number_rings_at_a_real_person(city: City) -> None:
    for phone in list_phones(city):
        assert not phonenumbers.is_valid_number(phonenumbers.parse(phone)), phone


def test_nobody_shares_a_telephone_number(city: City) -> None:
    phones = list_phones(city)

    assert len(phones) == len(set(phones))


@pytest.mark.parametrize("seed", range(5))
def test_serials_are_unique_but_some_last_six_digits_are_not(seed: int) -> None:
    assets = [asset for customer in build_city(seed=seed, start_at=START_AT).customers for asset in customer.assets]

    tails = Counter(asset.serial[-6:] for asset in assets)

    assert len({asset.serial for asset in assets}) == len(assets)
    assert all(tail.isdigit() for tail in tails)
    assert 5 <= sum(count > 1 for count in tails.values()) <= 60


def test_every_serial_has_letters_and_digits(city: City) -> None:
    for asset in (asset for customer in city.customers for asset in customer.assets):
        assert any(sign.isalpha() for sign in asset.serial)
        assert any(sign.isdigit() for sign in asset.serial)
