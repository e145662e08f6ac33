"""The words by which people stop our texts."""

from __future__ import annotations

import pytest

from policies.opt_outs import is_opt_out


@pytest.mark.parametrize("text", ["STOP", "stop.", " Unsubscribe ", "TD", "td", "退订", "停止。"])
def test_a_word_that_stops_messages_is_one_in_either_language(text: str) -> None:
    assert is_opt_out(text)


@pytest.mark.parametrize("text", ["", "please stop the noise", "退订单", "accept K7PD", "STOP it"])
def test_a_sentence_is_not_an_opt_out(text: str) -> None:
    assert not is_opt_out(text)
