"""Whose a complaint was follows from the records, the same each time, and nobody is blamed without one (F1)."""

from dataclasses import fields, replace

import pytest
from hypothesis import given, strategies as st

from policies.complaints import ComplaintCategory, Responsibility
from policies.responsibility import (
    BY_HEARING,
    ComplaintRecord,
    ResponsibilityFinding,
    ResponsibilityUnexplained,
    check_explained,
    find_responsibility,
)
from tests.policies.cases.responsibility import FINDINGS
from tests.policies.cases.table import Case

NAMES = [field.name for field in fields(ComplaintRecord)]
RECORDS = st.builds(ComplaintRecord, **{name: st.booleans() for name in NAMES})
CATEGORIES = st.sampled_from(ComplaintCategory)
SHOWN_BY = {
    Responsibility.TECHNICIAN: {"is_window_missed", "is_repeat", "was_visited"},
    Responsibility.OFFICE: {"is_clock_broken", "is_total_other"},
    Responsibility.PARTNER: {"is_partners"},
    Responsibility.PRODUCT: {"is_defect"},
    Responsibility.CUSTOMER: {"is_chargeable"},
    Responsibility.NOBODY: {"was_visited", "is_priced"},
}


@pytest.mark.parametrize("case", FINDINGS, ids=lambda case: case.en)
def test_a_complaint_is_whose_the_manual_says(case: Case) -> None:
    found = find_responsibility(*case.given)

    assert found == (ResponsibilityFinding(*case.expected) if case.expected else BY_HEARING)


@given(category=CATEGORIES, record=RECORDS)
def test_it_is_nobodys_whom_no_record_shows_and_without_any_record_both_sides_are_heard(
    category: ComplaintCategory, record: ComplaintRecord
) -> None:
    found = find_responsibility(category, record)

    assert find_responsibility(category, ComplaintRecord()) == BY_HEARING
    if found.responsibility is not None:
        shown = SHOWN_BY[found.responsibility]
        assert any(getattr(record, name) for name in shown)
        without = replace(record, **dict.fromkeys(shown, False))
        assert find_responsibility(category, without).ground is not found.ground


@given(category=CATEGORIES, record=RECORDS)
def test_what_a_service_point_did_is_never_laid_to_our_own_people(
    category: ComplaintCategory, record: ComplaintRecord
) -> None:
    found = find_responsibility(category, replace(record, is_partners=True))

    assert found.responsibility in {Responsibility.PARTNER, None}


@given(
    category=CATEGORIES, record=RECORDS, decided=st.sampled_from(Responsibility), why=st.sampled_from(["", " ", "x"])
)
def test_whoever_decides_otherwise_than_the_records_says_why(
    category: ComplaintCategory, record: ComplaintRecord, decided: Responsibility, why: str
) -> None:
    found = find_responsibility(category, record)

    if found.responsibility in {None, decided} or why.strip():
        check_explained(found, decided, why=why)
    else:
        with pytest.raises(ResponsibilityUnexplained):
            check_explained(found, decided, why=why)
