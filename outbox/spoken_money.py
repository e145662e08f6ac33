"""Amounts as people say them, in each language; the words themselves are data in content/words (H9)."""

from __future__ import annotations

from outbox.words import load_words, say_count
from policies.languages import Language

CENTS = 100
TENTH = 10


class AmountNotSpoken(ValueError):
    """Nobody says a negative amount: say whose it is instead."""


class CurrencyNotSpoken(LookupError):
    """The language has no words for this currency; they stand in content/words."""


def say_money(cents: int, *, currency: str, language: Language) -> str:
    """Return an amount in words: 123元4角, 50元零5分, "123 yuan and 40 fen"; nothing to pay is said as that.

    Raises AmountNotSpoken below zero, CurrencyNotSpoken for a currency without words.
    """
    if cents < 0:
        raise AmountNotSpoken(str(cents))
    words = load_words(language)
    if currency not in words["money"]:
        raise CurrencyNotSpoken(f"{currency} ({language})")
    if cents == 0:
        return str(words["free_of_charge"])
    units = words["money"][currency]
    whole, rest = divmod(cents, CENTS)
    parts = [_count(whole, units["whole"], language)] if whole else []
    if "tenth" in units:
        tenths, hundredths = divmod(rest, TENTH)
        if tenths:
            parts.append(_count(tenths, units["tenth"], language))
        if hundredths:
            # 50元零5分: without the 零 it could be heard as fifty cents.
            between = words["money_gap"] if whole and not tenths else ""
            parts.append(between + _count(hundredths, units["hundredth"], language))
    elif rest:
        parts.append(_count(rest, units["hundredth"], language))
    return str(words["money_joint"]).join(parts)


def _count(count: int, names: list[str], language: Language) -> str:
    one, many = names
    return (one if count == 1 else many).format(count=say_count(count, language=language))
