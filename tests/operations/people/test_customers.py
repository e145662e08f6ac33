import datetime as dt

import pytest

from models import Customer
from models.database import Database
from operations.people.customers import (
    find_assets_by_digits,
    find_assets_by_keyed,
    find_customers_by_phone,
    list_assets,
    remember_language,
)
from policies.languages import Language
from policies.segments import Segment
from tests.factories.catalogue import make_product
from tests.factories.customers import make_asset, make_customer, make_site
from tests.factories.looking import looking

HERS = "+8613812345678"


@pytest.fixture
def noise(database: Database) -> None:
    """Other people's rows, which no search may return."""
    with database.writing() as session:
        product = make_product(session)
        for phone, serial in (("+8613812345679", "QQ-99-345679"), ("+8613800000000", "QQ-88-000000")):
            make_asset(session, make_site(session, make_customer(session, phone=phone), None), product, serial=serial)


@pytest.mark.usefixtures("noise")
def test_a_caller_is_found_by_number_with_her_machines(database: Database) -> None:
    with database.writing() as session:
        customer = make_customer(session, phone=HERS)
        asset = make_asset(session, make_site(session, customer, None), make_product(session))

    with looking(database) as session:
        (found,) = find_customers_by_phone(session, number=HERS)

    assert found.id == customer.id
    assert [(one.id, one.product.id, one.site.id) for one in found.assets] == [
        (asset.id, asset.product_id, asset.site_id)
    ]


@pytest.mark.usefixtures("noise")
def test_nobody_is_found_by_another_number(database: Database) -> None:
    with database.writing() as session:
        make_customer(session, phone=HERS)

    with looking(database) as session:
        for number in ("+8613812345677", "13812345678", "anonymous", "", "%", "+861381234567"):
            assert find_customers_by_phone(session, number=number) == []


def test_a_switchboard_finds_all_who_share_it_oldest_file_first(database: Database) -> None:
    with database.writing() as session:
        ids = [make_customer(session, phone=HERS).id for _ in range(3)]

    with looking(database) as session:
        assert [customer.id for customer in find_customers_by_phone(session, number=HERS)] == ids


@pytest.mark.usefixtures("noise")
@pytest.mark.parametrize("digits", ["345678", "2345678", "12345678"])
def test_a_machine_is_found_by_the_last_digits_of_its_serial(database: Database, digits: str) -> None:
    with database.writing() as session:
        customer = make_customer(session)
        asset = make_asset(session, make_site(session, customer, None), make_product(session), serial="LX-12A345B678")

    with looking(database) as session:
        (found,) = find_assets_by_digits(session, digits=digits)

    assert (found.id, found.customer.id) == (asset.id, customer.id)


@pytest.mark.usefixtures("noise")
def test_fewer_than_six_digits_or_others_find_nothing(database: Database) -> None:
    with database.writing() as session:
        site = make_site(session, make_customer(session), None)
        make_asset(session, site, make_product(session), serial="LX-12A345B678")

    with looking(database) as session:
        for digits in ("", "8", "45678", "345677", "912345678", "34567%", "______", "３４５６７８"):
            assert find_assets_by_digits(session, digits=digits) == []


def test_a_serial_with_fewer_than_six_digits_is_not_found_by_keypad(database: Database) -> None:
    with database.writing() as session:
        site = make_site(session, make_customer(session), None)
        make_asset(session, site, make_product(session), serial="LX-45678")

    with looking(database) as session:
        assert find_assets_by_digits(session, digits="45678") == []
        assert find_assets_by_digits(session, digits="045678") == []


def test_keyed_digits_are_a_whole_customer_number_too_even_of_a_file_that_was_merged(database: Database) -> None:
    with database.writing() as session:
        old, kept, other = (
            Customer(number=number, name="王", name_en="Wang", language=Language.ZH, segment=Segment.EXISTING)
            for number in ("C-10047", "C-20047", "K-710047")
        )
        session.add_all([old, kept, other])
        session.flush()
        old.merged_into_id = kept.id
        product = make_product(session)
        assets = [make_asset(session, make_site(session, kept, None), product) for _ in range(2)]
        make_asset(session, make_site(session, other, None), product)

    with looking(database) as session:
        for digits, found in (("20047", 2), ("10047", 2), ("0047", 0), ("047", 0), ("710047", 1)):
            assert len(find_assets_by_keyed(session, digits=digits)) == found, digits
        assert {asset.id for asset in find_assets_by_keyed(session, digits="10047")} == {one.id for one in assets}


def test_machines_that_share_the_last_six_digits_are_told_apart_by_more(database: Database) -> None:
    with database.writing() as session:
        site, product = make_site(session, make_customer(session), None), make_product(session)
        one = make_asset(session, site, product, serial="A-11345678")
        other = make_asset(session, site, product, serial="B-22345678")

    with looking(database) as session:
        both = find_assets_by_digits(session, digits="345678")
        exact = find_assets_by_digits(session, digits="22345678")

    assert [asset.id for asset in both] == [one.id, other.id]
    assert [asset.id for asset in exact] == [other.id]


@pytest.mark.usefixtures("noise")
def test_a_customers_machines_come_latest_purchase_first_and_undated_ones_last(database: Database) -> None:
    with database.writing() as session:
        customer = make_customer(session)
        site, product = make_site(session, customer, None), make_product(session)
        undated = make_asset(session, site, product)
        old = make_asset(session, site, product, purchased_on=dt.date(2024, 5, 1))
        new = make_asset(session, site, product, purchased_on=dt.date(2026, 5, 1))

    with looking(database) as session:
        found = list_assets(session, customer_id=customer.id)

    assert [asset.id for asset in found] == [new.id, old.id, undated.id]


def test_the_language_a_caller_chose_is_remembered(database: Database) -> None:
    with database.writing() as session:
        customer = make_customer(session, language=Language.ZH)

    with database.writing() as session:
        remember_language(session, customer_id=customer.id, language=Language.EN)

    with looking(database) as session:
        assert session.get_one(Customer, customer.id).language is Language.EN
