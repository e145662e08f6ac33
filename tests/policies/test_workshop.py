"""A lent machine is due, overdue and back on the days the manual says (D14, P4)."""

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from policies.workshop import LoanState, WorkshopMoveRefused, WorkshopState, move_repair, read_loan
from tests.policies.cases.loans import LOANS
from tests.policies.cases.table import Case

DUE_ON = dt.date(2026, 3, 10)
DAYS = st.dates(dt.date(2026, 1, 1), dt.date(2026, 12, 31))


@pytest.mark.parametrize("case", LOANS, ids=lambda case: case.en)
def test_a_loan_stands_where_the_manual_says(case: Case) -> None:
    back_on, today = case.given

    assert read_loan(due_on=DUE_ON, back_on=back_on, today=today) is case.expected


@given(due_on=DAYS, today=DAYS)
def test_a_loan_that_is_out_only_grows_more_urgent(due_on: dt.date, today: dt.date) -> None:
    order = [LoanState.OUT, LoanState.DUE, LoanState.OVERDUE]
    states = [read_loan(due_on=due_on, back_on=None, today=today + dt.timedelta(days=days)) for days in range(0, 30, 3)]

    assert [order.index(state) for state in states] == sorted(order.index(state) for state in states)


def test_what_was_given_back_stays_given_back() -> None:
    for to in WorkshopState:
        with pytest.raises(WorkshopMoveRefused):
            move_repair(WorkshopState.GIVEN_BACK, to)
