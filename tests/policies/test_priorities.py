import pytest
from hypothesis import given, strategies as st

from policies.priorities import PRIORITY_MAX, PRIORITY_MIN, Severity, decide_priority


@pytest.mark.parametrize(
    ("fault_priority", "severity", "is_vip", "priority"),
    [
        (50, Severity.NORMAL, False, 50),
        (50, Severity.NORMAL, True, 60),
        (50, Severity.MINOR, False, 40),
        (50, Severity.URGENT, False, 70),
        (50, Severity.MAJOR, True, 90),
        (90, Severity.MAJOR, True, 100),
        (5, Severity.MINOR, False, 0),
    ],
)
def test_fault_severity_and_customer_make_the_priority(
    *, fault_priority: int, severity: Severity, is_vip: bool, priority: int
) -> None:
    assert decide_priority(fault_priority=fault_priority, severity=severity, is_vip=is_vip) == priority


@given(fault_priority=st.integers(-1000, 1000), severity=st.sampled_from(Severity), is_vip=st.booleans())
def test_a_priority_stays_between_its_ends(*, fault_priority: int, severity: Severity, is_vip: bool) -> None:
    priority = decide_priority(fault_priority=fault_priority, severity=severity, is_vip=is_vip)

    assert PRIORITY_MIN <= priority <= PRIORITY_MAX


@given(fault_priority=st.integers(0, 100), is_vip=st.booleans())
def test_a_worse_fault_never_waits_behind_a_lesser_one(*, fault_priority: int, is_vip: bool) -> None:
    order = [Severity.MINOR, Severity.NORMAL, Severity.URGENT, Severity.MAJOR]

    found = [decide_priority(fault_priority=fault_priority, severity=one, is_vip=is_vip) for one in order]

    assert found == sorted(found)
