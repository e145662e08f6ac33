"""Amounts as people say them: whatever is said can be understood back, to the cent (H9)."""

import re

import pytest
from hypothesis import given, strategies as st

from outbox.spoken_money import AmountNotSpoken, CurrencyNotSpoken, say_money
from outbox.words import load_words
from policies.languages import Language

LANGUAGES = st.sampled_from(list(Language))
CURRENCIES = st.sampled_from(sorted(load_words(Language.ZH)["money"]))
WORTH = {
    "元": 100, "美元": 100, "欧元": 100, "港元": 100, "角": 10, "分": 1, "美分": 1, "欧分": 1,
    "yuan": 100, "dollar": 100, "dollars": 100, "euro": 100, "euros": 100, "Hong Kong dollar": 100,
    "Hong Kong dollars": 100, "cent": 1, "cents": 1, "fen": 1,
}  # fmt: skip


def cents_meant(said: str) -> int:
    """Return the cents a listener understands."""
    heard = re.findall(r"(\d+) ?([^\d零 ][^\d零]*?)(?= and |零|\d|$)", said.replace("两", "2"))
    return sum(int(count) * WORTH[unit.strip()] for count, unit in heard)


@given(cents=st.integers(1, 10**9), currency=CURRENCIES, language=LANGUAGES)
def test_an_amount_is_heard_to_the_cent(cents: int, currency: str, language: Language) -> None:
    assert cents_meant(say_money(cents, currency=currency, language=language)) == cents


@pytest.mark.parametrize(
    ("cents", "mandarin", "english"),
    [
        (0, "免费", "free of charge"),
        (5, "5分", "5 fen"),
        (200, "两元", "2 yuan"),
        (222, "两元两角两分", "2 yuan and 22 fen"),
        (1200, "12元", "12 yuan"),
        (100, "1元", "1 yuan"),
        (5000, "50元", "50 yuan"),
        (5005, "50元零5分", "50 yuan and 5 fen"),
        (12_340, "123元4角", "123 yuan and 40 fen"),
        (12_345, "123元4角5分", "123 yuan and 45 fen"),
        (128_000, "1280元", "1280 yuan"),
    ],
)
def test_amounts_are_said_as_people_say_them(cents: int, mandarin: str, english: str) -> None:
    assert say_money(cents, currency="CNY", language=Language.ZH) == mandarin
    assert say_money(cents, currency="CNY", language=Language.EN) == english


def test_one_dollar_is_not_one_dollars() -> None:
    assert say_money(101, currency="USD", language=Language.EN) == "1 dollar and 1 cent"


def test_what_nobody_could_say_is_refused_with_what_it_was() -> None:
    with pytest.raises(AmountNotSpoken, match="-5"):
        say_money(-5, currency="CNY", language=Language.ZH)
    with pytest.raises(CurrencyNotSpoken, match="XAU"):
        say_money(5, currency="XAU", language=Language.EN)


def test_both_languages_know_the_same_currencies() -> None:
    assert load_words(Language.ZH)["money"].keys() == load_words(Language.EN)["money"].keys()
