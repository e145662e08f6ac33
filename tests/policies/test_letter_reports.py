import pytest
from hypothesis import given, strategies as st

from policies.letter_reports import (
    MOST_TRIED,
    MissingDetail,
    is_report,
    match_fault,
    read_written_report,
)

WORDS = ["报修", "not working"]
FAULTS = [("开不了机", "no power"), ("灯亮但没有图像", "light but no picture"), ("没有名字", "")]


@pytest.mark.parametrize(
    ("text", "serials", "phones"),
    [
        ("序列号LX-2A345678，电话13800000001", ("LX-2A345678",), ("+8613800000001",)),
        ("serial: lx-2a345678 phone +86 138 0000 0001", ("LX-2A345678",), ("+8613800000001",)),
        ("ＬＸ－２Ａ３４５６７８ １３８０００００００１", ("LX-2A345678",), ("+8613800000001",)),
        ("SN 20260111223344, call 021-62345678", ("20260111223344",), ("+862162345678",)),
        ("LX-2A345678 13800000001 3号楼2层", ("LX-2A345678",), ("+8613800000001",)),
        ("13800000001 13800000001", (), ("+8613800000001",)),
        ("ABC-12", (), ()),
        ("", (), ()),
    ],
)
def test_serials_and_numbers_are_found_as_people_write_them(
    text: str, serials: tuple[str, ...], phones: tuple[str, ...]
) -> None:
    found = read_written_report(text)

    assert (found.serials, found.phones) == (serials, phones)


def test_what_is_missing_is_named() -> None:
    assert read_written_report("坏了").missing == (MissingDetail.SERIAL, MissingDetail.PHONE)
    assert read_written_report("LX-2A345678").missing == (MissingDetail.PHONE,)
    assert read_written_report("LX-2A345678 13800000001").missing == ()


def test_a_long_list_is_guessing_and_cut_short() -> None:
    many = " ".join(f"LX-{number:08d}" for number in range(100))

    assert len(read_written_report(many).serials) == MOST_TRIED


@pytest.mark.parametrize(
    ("text", "expected"), [("我要报修", True), ("It is NOT  working", False), ("Not working!", True)]
)
def test_a_report_is_known_by_its_words(text: str, *, expected: bool) -> None:
    assert is_report(text, WORDS) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [("开不了机了", 0), ("there is NO POWER", 0), ("开不了机，灯亮但没有图像", None), ("怎么办", None)],
)
def test_a_fault_is_meant_when_exactly_one_is_named(text: str, fault: int | None) -> None:
    assert match_fault(text, FAULTS) == fault


@given(st.text())
def test_no_text_makes_the_reading_stumble(text: str) -> None:
    found = read_written_report(text)

    assert len(found.serials) <= MOST_TRIED
    assert all(number.startswith("+") for number in found.phones)
