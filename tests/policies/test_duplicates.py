"""Two files of one person are found, and a switchboard is not taken for one person (C1)."""

import pytest
from hypothesis import given, strategies as st

from policies.duplicates import FileFace, Likeness, find_likenesses, fold
from tests.policies.cases.merges import LIKENESSES
from tests.policies.cases.table import Case

WORDS = st.sampled_from(["王小明", "王　小明", "Ada", "ADA ", "陈"])
FILES = st.lists(
    st.builds(
        FileFace,
        st.integers(1, 9),
        WORDS,
        st.frozensets(st.sampled_from(["+861", "+862"])),
        st.frozensets(st.sampled_from(["南京西路1号", "南京西路 １号", "延安路8号"])),
    ),
    max_size=6,
    unique_by=lambda file: file.customer_id,
)


@pytest.mark.parametrize("case", LIKENESSES, ids=lambda case: case.en)
def test_what_people_write_differently_is_still_the_same(case: Case) -> None:
    one, other = case.given
    wanted = [Likeness(one.customer_id, other.customer_id, case.expected)] if case.expected else []

    assert find_likenesses([other, one]) == find_likenesses([one, other]) == wanted


@given(FILES)
def test_each_pair_is_named_once_and_in_one_order_whatever_the_order_of_the_files(files: list[FileFace]) -> None:
    found = find_likenesses(files)

    assert found == find_likenesses(list(reversed(files)))
    pairs = [(pair.first_id, pair.second_id) for pair in found]
    assert len(pairs) == len(set(pairs))
    assert all(first < second for first, second in pairs)


@given(st.text(max_size=30))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
