import datetime as dt

import pytest

from cli.demo_city.city import build_city
from cli.demo_city.content import list_faults
from cli.demo_city.shapes import City, CityRequest
from policies.priorities import Severity
from policies.request_states import CloseReason
from tests.cli.demo_city.conftest import START_AT

DAY = dt.timedelta(hours=24)


def assert_fits_its_customer(city: City, request: CityRequest) -> None:
    customer = next(customer for customer in city.customers if customer.number == request.customer)
    asset = next(asset for asset in customer.assets if asset.serial == request.serial)
    fault = next(fault for fault in list_faults() if fault.code == request.fault)
    assert (asset.site_code, asset.family, fault.severity) == (request.site_code, fault.family, request.severity)
    assert request.contact_phone in customer.phones
    assert request.language is customer.language
    assert asset.purchased_on <= request.opened_at.date()


def test_every_request_is_about_its_customers_own_asset(city: City) -> None:
    for request in (*city.open_requests, *city.past_requests):
        assert_fits_its_customer(city, request)


@pytest.mark.parametrize("seed", range(5))
def test_open_requests_are_of_every_severity_and_still_have_time_left(seed: int) -> None:
    city = build_city(seed=seed, start_at=START_AT)

    for request in city.open_requests:
        assert request.opened_at + DAY > START_AT
        assert request.opened_at < START_AT
        assert (request.closed_at, request.close_reason, request.visit) == (None, None, None)
    assert {request.severity for request in city.open_requests} == set(Severity)
    assert len({request.customer for request in city.open_requests}) == 60
    assert len({request.priority for request in city.open_requests}) >= 5


def test_history_reaches_back_more_than_a_year(city: City) -> None:
    oldest = city.past_requests[0].opened_at

    assert dt.timedelta(days=365) < START_AT - oldest < dt.timedelta(days=550)
    assert 60 <= len({request.customer for request in city.past_requests}) <= 200


def test_past_requests_are_over_and_their_visits_came_after_the_call(city: City) -> None:
    for request in city.past_requests:
        assert request.closed_at is not None
        assert request.opened_at < request.closed_at < START_AT
        assert (request.visit is not None) == (request.close_reason is CloseReason.SOLVED)
        if request.visit is not None:
            assert request.opened_at < request.visit.window_from_at <= request.visit.arrived_at
            assert request.visit.window_until_at <= request.opened_at + DAY
            assert request.visit.arrived_at < request.visit.completed_at == request.closed_at


def test_most_past_visits_kept_their_window_and_a_few_did_not(city: City) -> None:
    visits = [request.visit for request in city.past_requests if request.visit is not None]

    late = sum(visit.arrived_at >= visit.window_until_at for visit in visits)

    assert 1 <= late <= len(visits) * 0.1


def test_past_visits_were_made_by_somebody_with_the_skill(city: City) -> None:
    technicians = {technician.number: dict(technician.skills) for technician in city.technicians}
    faults = {fault.code: fault for fault in list_faults()}

    for request in city.past_requests:
        if request.visit is not None:
            fault = faults[request.fault]
            assert technicians[request.visit.technician].get(fault.skill, 0) >= fault.skill_level
