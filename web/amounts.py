"""Amounts as the pages write and read them."""

from operations.imports.cells import read_decimal, write_decimal

MOST_CENTS = 10**11
SIGNS = {"CNY": "¥", "USD": "US$", "EUR": "€", "HKD": "HK$"}


def amount(cents: int, currency: str) -> str:
    """Return an amount with its currency and a thousands separator: ¥1,234.50, −¥0.05."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'−' if cents < 0 else ''}{SIGNS.get(currency, f'{currency} ')}{whole:,}.{rest:02d}"


def read_amount(text: str) -> int:
    """Return what somebody typed in cents, with a sign before it or not; raises BadCell."""
    stripped = text.strip().replace("−", "-")
    cents = read_decimal(2, MOST_CENTS)(stripped.removeprefix("-"))
    return -cents if stripped.startswith("-") else cents


def quantity(hundredths: int) -> str:
    """Return a quantity without zeros that say nothing: 1.5, 2."""
    return write_decimal(hundredths, 2).rstrip("0").rstrip(".")
