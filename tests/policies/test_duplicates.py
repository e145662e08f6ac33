"""Two files of one person are found, and a switchboard is not taken for one person (C1)."""

import pytest
from hypothesis import given, strategies as st

from policies.duplicates import FileFace, Likeness, LikenessReason, find_likenesses, fold

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


def face(customer_id: int, name: str, *, phone: str = "", address: str = "") -> FileFace:
    return FileFace(customer_id, name, frozenset({phone} - {""}), frozenset({address} - {""}))


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (face(1, "王小明", phone="+861"), face(2, "王 小明", phone="+861"), LikenessReason.PHONE_AND_NAME),
        (face(1, "Ada Ltd.", address="1 Main St"), face(2, "ADA LTD", address="1, Main St."), "name_and_address"),
        (face(1, "一中", phone="+861"), face(2, "陈老师", phone="+861"), LikenessReason.PHONE),
    ],
)
def test_what_people_write_differently_is_still_the_same(one: FileFace, other: FileFace, reason: str) -> None:
    assert find_likenesses([other, one]) == [Likeness(1, 2, LikenessReason(reason))]


def test_a_common_name_alone_is_no_likeness() -> None:
    files = [face(1, "王伟", phone="+861", address="a"), face(2, "王伟", phone="+862", address="b")]

    assert find_likenesses(files) == []


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
