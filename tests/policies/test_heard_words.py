"""What a caller said, matched to the key it means: forgiving, and never a guess between two (H2)."""

import pytest
from hypothesis import given, strategies as st

from policies.heard_words import find_digits, is_trusted, match_heard

MENU = {
    "1": ["1", "one", "first", "报修", "坏了", "report a fault"],
    "2": ["2", "two", "second", "查询", "my request", "没有解决", "not solved"],
    "3": ["3", "three", "快递", "parcel", "解决", "solved"],
    "0": ["人工", "a person"],
}
FILLERS = ["我要", "请", "吧", "please", "i want", "um"]
DIGITS = {"零": "0", "幺": "1", "一": "1", "二": "2", "三": "3", "zero": "0", "one": "1", "two": "2", "oh": "0"}


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("报修。", "1"),
        ("我要报修", "1"),
        ("嗯，我的投影机坏了呀", "1"),
        ("１", "1"),
        ("One.", "1"),
        ("um, the FIRST please", "1"),
        ("I want to report a fault, please.", "1"),
        ("转人工吧", "0"),
        ("没有解决", "2"),
        ("it is not solved", "2"),
        ("it is solved", "3"),
        ("report a fold", "1"),
        ("parcels", "3"),
    ],
)
def test_words_around_a_phrase_do_not_matter_and_the_longest_phrase_counts(words: str, key: str) -> None:
    assert match_heard(words, MENU, fillers=FILLERS) == key


@pytest.mark.parametrize(
    "words", ["", "   ", "……", "今天天气不错", "somewhere else", "报修还是查询", "one or two", "1 2"]
)
def test_what_is_unclear_or_could_mean_two_things_is_no_key(words: str) -> None:
    assert match_heard(words, MENU, fillers=FILLERS) is None


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("明天上午八点", "1"),
        ("上午八点", "1"),
        ("十点到十二点", None),
        ("晚上", "2"),
        ("tomorrow evening", None),
        ("明天", None),
    ],
)
def test_part_of_what_was_offered_is_enough_when_only_one_offer_has_it(words: str, key: str | None) -> None:
    windows = {"1": ["明天上午8点到上午10点"], "2": ["明天晚上8点到10点"]}

    assert match_heard(words, windows) == key


@pytest.mark.parametrize("words", ["尾号幺", "尾号一", "尾号1"])
def test_a_one_may_be_said_either_way(words: str) -> None:
    assert match_heard(words, {"1": ["尾号幺"], "2": ["尾号7"]}) == "1"


@pytest.mark.parametrize(
    ("words", "digits"),
    [("三二一", "321"), ("幺零 二", "102"), ("one oh two", "102"), ("No. 901234.", "901234"), ("stone", ""), ("", "")],
)
def test_dictated_digits_are_found_between_other_words(words: str, digits: str) -> None:
    assert find_digits(words, DIGITS) == digits


@pytest.mark.parametrize(("confidence", "is_enough"), [(0.9, True), (0.7, True), (0.3, False), (None, True)])
def test_a_recogniser_that_guesses_is_not_believed(confidence: float | None, *, is_enough: bool) -> None:
    assert is_trusted(confidence, must_be_sure=False) is is_enough


@pytest.mark.parametrize(("confidence", "is_enough"), [(0.9, True), (0.7, False), (0.3, False), (None, False)])
def test_what_cannot_be_taken_back_needs_a_sure_recogniser(confidence: float | None, *, is_enough: bool) -> None:
    assert is_trusted(confidence, must_be_sure=True) is is_enough


@given(words=st.text(max_size=60))
def test_whatever_is_heard_the_answer_is_a_key_on_offer_or_none(words: str) -> None:
    assert match_heard(words, MENU, fillers=FILLERS) in {None, *MENU}


@given(words=st.text(max_size=60))
def test_only_digits_are_found_whatever_is_heard(words: str) -> None:
    found = find_digits(words, DIGITS)

    assert found == "" or all(sign.isdigit() for sign in found)
