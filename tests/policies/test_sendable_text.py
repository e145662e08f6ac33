import pytest
from hypothesis import given, strategies as st

from policies.sendable_text import ELLIPSIS, LONGEST_TEXT, cut_text, make_sendable


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("师傅👩‍🔧到了", "师傅👩‍🔧到了"),
        ("مرحبا، متى يأتي الفني؟", "مرحبا، متى يأتي الفني؟"),
        ("a\x00b\x07c\x1b[31m\x7f\x85", "abc[31m"),
        ("第一行\n第二行\t完", "第一行\n第二行\t完"),
        ("电话\u202e10000000831\u202c", "电话10000000831"),
        ("half \ud83d of a face", "half  of a face"),
        ("", ""),
    ],
)
def test_what_people_write_stays_and_what_hides_or_breaks_goes(written: str, sent: str) -> None:
    assert make_sendable(written) == sent


@given(st.text(), st.integers(2, 40))
def test_a_cut_text_fits_begins_like_the_whole_and_can_be_encoded(text: str, longest: int) -> None:
    cut = cut_text(make_sendable(text), longest=longest)

    assert len(cut.encode("utf-16-le")) // 2 <= longest
    assert make_sendable(text).startswith(cut.removesuffix(ELLIPSIS).rstrip()) or cut == make_sendable(text)
    assert make_sendable(cut) == cut


@pytest.mark.parametrize("body", ["字" * LONGEST_TEXT, "🔧" * (LONGEST_TEXT // 2)])
def test_sixteen_hundred_fit_and_one_more_does_not(body: str) -> None:
    assert cut_text(body) == body
    assert cut_text(body + "!").endswith(ELLIPSIS)
    assert len(cut_text(body + "!").encode("utf-16-le")) // 2 <= LONGEST_TEXT
