"""Amounts as the pages write and read them."""

from operations.imports.cells import read_decimal, write_decimal
from policies.money import write_amount

MOST_CENTS = 10**11
amount = write_amount


def read_amount(text: str) -> int:
    """Return what somebody typed in cents, with a sign before it or not; raises BadCell."""
    stripped = text.strip().replace("−", "-")
    cents = read_decimal(2, MOST_CENTS)(stripped.removeprefix("-"))
    return -cents if stripped.startswith("-") else cents


def typed_amount(cents: int) -> str:
    """Return cents as `read_amount` reads them, for a field that is filled in already: 12.50."""
    return write_decimal(cents, 2)


def quantity(hundredths: int) -> str:
    """Return a quantity without zeros that say nothing: 1.5, 2."""
    return write_decimal(hundredths, 2).rstrip("0").rstrip(".")
