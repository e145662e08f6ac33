"""Means of runs with their confidence interval (Student's t), for a figure and for a paired difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from math import atan, cos, inf, pi, sin, sqrt
from statistics import fmean, stdev

LEVEL = 0.95
_BISECTIONS = 200


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean, and half the width of the interval that covers the true mean with probability `LEVEL`.

    One run says nothing about the width: it is infinite then.
    """

    mean: float
    half_width: float
    runs: int

    @property
    def low(self) -> float:
        """The interval's lower end."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """The interval's upper end."""
        return self.mean + self.half_width

    @property
    def is_clear(self) -> bool:
        """Whether zero lies outside: of a difference, that it is more than luck."""
        return self.low > 0.0 or self.high < 0.0


def estimate(values: Sequence[float]) -> Estimate:
    """The mean of independent runs with its interval; raises ValueError without a run."""
    count = len(values)
    if count == 0:
        raise ValueError("no runs to take a mean of")
    if count == 1:
        return Estimate(values[0], inf, 1)
    return Estimate(fmean(values), t_quantile(LEVEL, count - 1) * stdev(values) / sqrt(count), count)


def estimate_difference(before: Sequence[float], after: Sequence[float]) -> Estimate:
    """The mean of `after` minus `before`, run by run: both must come from the same runs in the same order."""
    return estimate([second - first for first, second in zip(before, after, strict=True)])


@cache
def t_quantile(level: float, degrees: int) -> float:
    """The t for which a t-distributed number lies within ±t with probability `level`."""
    low, high = 0.0, 1.0
    while t_within(high, degrees) < level:
        high *= 2.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if t_within(middle, degrees) < level else (low, middle)
    return high


def t_within(bound: float, degrees: int) -> float:
    """The probability that a t-distributed number lies within ±`bound`: the finite sums for whole degrees of freedom.

    Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    """
    angle = atan(bound / sqrt(degrees))
    term = cos(angle) if degrees % 2 else 1.0
    sum_, number = 0.0, 2 if degrees % 2 else 1
    for _ in range((degrees - 1) // 2 if degrees % 2 else degrees // 2):
        sum_ += term
        term *= number / (number + 1) * cos(angle) ** 2
        number += 2
    if degrees % 2:
        return 2.0 / pi * (angle + sin(angle) * sum_)
    return sin(angle) * sum_
