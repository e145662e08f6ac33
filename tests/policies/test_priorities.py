import pytest
from hypothesis import given, strategies as st

from policies.priorities import PRIORITY_MAX, PRIORITY_MIN, Severity, decide_priority
from tests.policies.cases.priorities import CASES
from tests.policies.cases.table import Case


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.en)
def test_fault_severity_and_customer_make_the_priority(case: Case) -> None:
    fault_priority, severity, is_vip, is_repeat = case.given

    priority = decide_priority(fault_priority=fault_priority, severity=severity, is_vip=is_vip, is_repeat=is_repeat)
    assert priority == case.expected


@given(fault_priority=st.integers(-1000, 1000), severity=st.sampled_from(Severity), is_vip=st.booleans())
def test_a_priority_stays_between_its_ends(*, fault_priority: int, severity: Severity, is_vip: bool) -> None:
    priority = decide_priority(fault_priority=fault_priority, severity=severity, is_vip=is_vip)

    assert PRIORITY_MIN <= priority <= PRIORITY_MAX


@given(fault_priority=st.integers(0, 100), is_vip=st.booleans())
def test_a_worse_fault_never_waits_behind_a_lesser_one(*, fault_priority: int, is_vip: bool) -> None:
    order = [Severity.MINOR, Severity.NORMAL, Severity.URGENT, Severity.MAJOR]

    found = [decide_priority(fault_priority=fault_priority, severity=one, is_vip=is_vip) for one in order]

    assert found == sorted(found)
