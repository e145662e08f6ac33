"""Cents are neither lost nor made by rounding and splitting (M1, M2)."""

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from policies.agreements import plan_instalments
from policies.money import basis_points_of, percent_of, share_of, split_evenly

AMOUNTS = st.integers(0, 10**12)


@pytest.mark.parametrize(
    ("amount", "percent", "share"), [(1, 50, 1), (3, 50, 2), (99, 33, 33), (-1, 50, -1), (0, 7, 0)]
)
def test_half_a_cent_is_rounded_away_from_zero(amount: int, percent: int, share: int) -> None:
    assert percent_of(amount, percent) == share


@given(amount=AMOUNTS, whole=st.integers(1, 10_000), data=st.data())
def test_a_share_and_its_rest_are_the_whole_and_neither_is_negative(
    amount: int, whole: int, data: st.DataObject
) -> None:
    part = data.draw(st.integers(0, whole))

    share = share_of(amount, part, whole)

    assert 0 <= share <= amount
    assert abs(share * whole - amount * part) * 2 <= whole
    assert share_of(-amount, part, whole) == -share


@given(amount=AMOUNTS, count=st.integers(1, 60))
def test_instalments_add_up_to_the_price_and_differ_by_a_cent_at_most(amount: int, count: int) -> None:
    parts = split_evenly(amount, count)

    assert (sum(parts), len(parts)) == (amount, count)
    assert max(parts) - min(parts) <= 1


def test_instalments_fall_due_on_the_same_day_of_each_month_or_on_the_last_of_a_short_one() -> None:
    plan = plan_instalments(price_cents=100_000, first_due_on=dt.date(2027, 1, 31), count=3, every_months=1)

    assert [part.due_on for part in plan] == [dt.date(2027, 1, 31), dt.date(2027, 2, 28), dt.date(2027, 3, 31)]
    assert [part.amount_cents for part in plan] == [33_334, 33_333, 33_333]


def test_one_percent_of_a_contract_is_a_hundred_basis_points() -> None:
    assert basis_points_of(12_345_678, 100) == 123_457
