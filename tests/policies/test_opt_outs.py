"""The words by which people stop our texts, want them again, or ask who we are."""

from __future__ import annotations

import pytest

from policies.opt_outs import ContactWord, is_answered_by_carrier, read_contact_word


@pytest.mark.parametrize("text", ["STOP", "stop.", " Unsubscribe ", "TD", "td", "ＴＤ", "退订", "停止。"])
def test_a_word_that_stops_messages_is_one_in_either_language(text: str) -> None:
    assert read_contact_word(text) is ContactWord.STOP


@pytest.mark.parametrize("text", ["START", "unstop", "HF", "恢复。"])
def test_a_word_that_wants_them_again(text: str) -> None:
    assert read_contact_word(text) is ContactWord.START


@pytest.mark.parametrize("text", ["help", "INFO", "帮助", "？"])
def test_a_word_that_asks_for_help(text: str) -> None:
    assert read_contact_word(text) is ContactWord.HELP


@pytest.mark.parametrize("text", ["", ".", "please stop the noise", "退订单", "accept K7PD", "STOP it", "help K7PD"])
def test_a_sentence_is_none_of_them(text: str) -> None:
    assert read_contact_word(text) is None


def test_the_carrier_answers_its_own_words_and_not_ours() -> None:
    assert [is_answered_by_carrier(text) for text in ("Stop", "start.", "HELP", "退订", "hf", "帮助")] == [
        True, True, True, False, False, False,
    ]  # fmt: skip
