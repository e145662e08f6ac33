import datetime as dt

import pytest

from cli.demo_city.city import build_city
from cli.demo_city.content import list_districts
from cli.demo_city.shapes import City
from policies.languages import Language
from policies.segments import Segment
from tests.cli.demo_city.conftest import START_AT


def test_the_same_seed_and_start_give_the_same_city(city: City) -> None:
    again = build_city(seed=1, start_at=START_AT)

    assert again == city


def test_another_seed_gives_other_people(city: City) -> None:
    other = build_city(seed=2, start_at=START_AT)

    assert {customer.name for customer in other.customers} != {customer.name for customer in city.customers}


def test_dates_move_with_the_start(city: City) -> None:
    later = build_city(seed=1, start_at=START_AT + dt.timedelta(days=100))

    moved = [request.opened_at - dt.timedelta(days=100) for request in later.open_requests]

    assert moved == [request.opened_at for request in city.open_requests]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_there_are_three_hundred_customers_fourteen_technicians_and_sixty_open_requests(seed: int) -> None:
    city = build_city(seed=seed, start_at=START_AT)

    assert (len(city.customers), len(city.technicians), len(city.open_requests)) == (300, 14, 60)


def test_all_sixteen_districts_of_shanghai_belong_to_exactly_one_territory(city: City) -> None:
    grouped = [district for territory in city.area.territories for district in territory.districts]

    assert len(grouped) == len(set(grouped)) == 16
    assert set(grouped) == {district.name for district in list_districts()}


def test_every_site_lies_in_its_districts_bounding_box_and_territory(city: City) -> None:
    boxes = {district.name: district for district in list_districts()}

    for site in (site for customer in city.customers for site in customer.sites):
        box = boxes[site.district]
        assert box.south <= site.latitude <= box.north, site
        assert box.west <= site.longitude <= box.east, site
        assert site.territory == box.territory, site


def test_sites_spread_over_most_districts(city: City) -> None:
    assert len({site.district for customer in city.customers for site in customer.sites}) >= 14


def test_every_address_is_in_chinese_with_english_beside_it(city: City) -> None:
    names = {district.name: district.name_en for district in list_districts()}

    for site in (site for customer in city.customers for site in customer.sites):
        assert site.address.startswith(f"上海市{site.district}")
        assert site.address_en.endswith(f", {names[site.district]}, Shanghai")


def test_every_customer_has_a_site_and_every_site_an_asset(city: City) -> None:
    for customer in city.customers:
        assert {asset.site_code for asset in customer.assets} == {site.code for site in customer.sites}
        assert 1 <= len(customer.sites) <= 3


def test_customers_are_of_all_kinds_languages_and_segments(city: City) -> None:
    assert {customer.kind for customer in city.customers} == {"home", "school", "company", "venue"}
    assert {customer.segment for customer in city.customers} == set(Segment)
    english = sum(customer.language is Language.EN for customer in city.customers)
    assert 5 <= english <= 40


def test_nobody_bought_anything_after_the_start(city: City) -> None:
    today = START_AT.date()

    for asset in (asset for customer in city.customers for asset in customer.assets):
        assert asset.purchased_on < today
        assert asset.invoiced_on is None or asset.purchased_on <= asset.invoiced_on <= today
