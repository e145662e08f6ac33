"""Agreements that clash are found whichever comes first, and instalments are the price to the cent (C6, M2)."""

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from policies.agreements import AgreementKind, LinePeriod, find_clashes, plan_instalments
from tests.policies.cases.agreements import CLASHES, INSTALMENTS
from tests.policies.cases.table import Case

DAYS = st.dates(dt.date(2027, 12, 1), dt.date(2028, 4, 30))
LINES = st.builds(
    LinePeriod,
    agreement=st.sampled_from(["A", "B"]),
    kind=st.sampled_from(AgreementKind),
    scope=st.sampled_from(["asset:1", "site:1"]),
    from_on=DAYS,
    until_on=DAYS,
)


@pytest.mark.parametrize("case", CLASHES, ids=lambda case: case.en)
def test_agreements_clash_as_the_manual_says(case: Case) -> None:
    new, others = case.given

    assert len(find_clashes(new, others)) == case.expected


@given(one=LINES, other=LINES)
def test_two_agreements_clash_whichever_is_approved_first_and_only_on_a_day_both_cover(
    one: LinePeriod, other: LinePeriod
) -> None:
    shared = max(one.from_on, other.from_on) < min(one.until_on, other.until_on)
    is_alike = one.kind is other.kind and one.scope == other.scope
    is_real = one.from_on < one.until_on and other.from_on < other.until_on

    found = bool(find_clashes((one,), (other,)))

    assert found is bool(find_clashes((other,), (one,)))
    if is_real:
        assert found is (shared and is_alike)


@pytest.mark.parametrize("case", INSTALMENTS, ids=lambda case: case.en)
def test_instalments_fall_due_as_the_agreement_says(case: Case) -> None:
    price, first_on, count, months = case.given

    found = plan_instalments(price_cents=price, first_due_on=first_on, count=count, every_months=months)

    assert tuple((one.due_on.isoformat(), one.amount_cents) for one in found) == case.expected


@given(
    price=st.integers(0, 10**12),
    first_on=st.dates(dt.date(2000, 1, 1), dt.date(2090, 1, 1)),
    count=st.integers(1, 60),
    months=st.integers(1, 12),
)
def test_each_instalment_has_a_month_of_its_own_and_none_loses_a_cent(
    price: int, first_on: dt.date, count: int, months: int
) -> None:
    found = plan_instalments(price_cents=price, first_due_on=first_on, count=count, every_months=months)

    assert sum(one.amount_cents for one in found) == price
    assert max(one.amount_cents for one in found) - min(one.amount_cents for one in found) <= 1
    for index, one in enumerate(found):
        apart = (one.due_on.year - first_on.year) * 12 + one.due_on.month - first_on.month
        is_last_of_month = (one.due_on + dt.timedelta(days=1)).day == 1
        assert apart == index * months
        assert one.due_on.day == first_on.day or (is_last_of_month and one.due_on.day < first_on.day)
