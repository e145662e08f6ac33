"""Amounts in whole cents, and the one rule by which they are rounded.

A share of an amount is rounded to the nearest cent, half a cent away from zero; the rest belongs to the other side, so
that shares always add up. Amounts are rounded once, at the end of a line, never in between.
"""

from __future__ import annotations

WHOLE_BASIS_POINTS = 10_000
WHOLE_PERCENT = 100
SIGNS = {"CNY": "¥", "USD": "US$", "EUR": "€", "HKD": "HK$"}


def share_of(amount_cents: int, part: int, whole: int) -> int:
    """Return `part`/`whole` of an amount, rounded half away from zero; `whole` is more than 0."""
    doubled, sign = 2 * abs(amount_cents) * part, -1 if amount_cents < 0 else 1
    return sign * ((doubled + whole) // (2 * whole))


def percent_of(amount_cents: int, percent: int) -> int:
    """Return a percentage of an amount."""
    return share_of(amount_cents, percent, WHOLE_PERCENT)


def basis_points_of(amount_cents: int, basis_points: int) -> int:
    """Return so many hundredths of a percent of an amount."""
    return share_of(amount_cents, basis_points, WHOLE_BASIS_POINTS)


def write_amount(cents: int, currency: str) -> str:
    """Return an amount with its currency and a thousands separator: ¥1,234.50, −¥0.05."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'−' if cents < 0 else ''}{SIGNS.get(currency, f'{currency} ')}{whole:,}.{rest:02d}"


def split_evenly(amount_cents: int, count: int) -> list[int]:
    """Split an amount into `count` parts that differ by a cent at most and add up to it; the larger ones come first."""
    each, rest = divmod(amount_cents, count)
    return [each + (1 if index < rest else 0) for index in range(count)]
