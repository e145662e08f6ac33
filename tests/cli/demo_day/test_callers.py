import datetime as dt
from collections import Counter

import pytest

from cli.demo_city.city import build_city
from cli.demo_city.content import list_faults
from cli.demo_city.shapes import City
from cli.demo_day.callers import Caller, cast_callers
from cli.demo_day.play import starts_at
from policies.languages import Language
from policies.priorities import Severity

SEEDS = range(8)


def cast(seed: int) -> tuple[City, list[Caller]]:
    city = build_city(seed=seed, start_at=starts_at(dt.date(2026, 5, 11)))
    return city, cast_callers(city, seed=seed)


def test_the_day_begins_at_2240_in_the_city() -> None:
    assert starts_at(dt.date(2026, 5, 11)) == dt.datetime(2026, 5, 11, 14, 40, tzinfo=dt.UTC)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_storys_three_callers_are_there_whatever_the_seed(seed: int) -> None:
    city, callers = cast(seed)
    customers = {customer.phones[0]: customer for customer in city.customers}

    first, second = callers[:2]
    third = next(caller for caller in callers if caller.after == dt.timedelta(hours=10, minutes=30))

    assert first.after == dt.timedelta()
    assert customers[first.number].kind == "home"
    assert (second.language, second.is_known) == (Language.EN, False)
    assert second.number not in {phone for customer in city.customers for phone in customer.phones}
    major = {fault.name for fault in list_faults() if fault.severity is Severity.MAJOR}
    assert third.wish.fault in major


@pytest.mark.parametrize("seed", SEEDS)
def test_the_strangers_serial_digits_are_those_of_one_machine_only(seed: int) -> None:
    city, callers = cast(seed)

    tails = Counter(asset.serial[-6:] for customer in city.customers for asset in customer.assets)

    assert [tails[caller.wish.serial_tail] for caller in callers if not caller.is_known] == [1]


@pytest.mark.parametrize("seed", SEEDS)
def test_nobody_calls_twice_or_while_a_request_of_theirs_is_open(seed: int) -> None:
    city, callers = cast(seed)
    busy = {request.contact_phone for request in city.open_requests}

    numbers = [caller.number for caller in callers]

    assert len(numbers) == len(set(numbers)) == 12
    assert not busy & set(numbers)
    assert [caller.after for caller in callers] == sorted(caller.after for caller in callers)


def test_the_same_seed_casts_the_same_callers() -> None:
    assert cast(3)[1] == cast(3)[1]
