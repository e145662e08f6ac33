"""Random numbers by purpose and entity, so that two scenarios share the luck of what they share.

A number depends on seed, run, purpose and entity only, never on how many were drawn before: the visit of request 17
takes the same time under both policies, and one technician more changes nobody else's luck (common random numbers).
"""

from __future__ import annotations

from hashlib import blake2b
from math import exp, log, sqrt
from statistics import NormalDist

import numpy as np

from dispatch.risk.spreads import Spread

_NORMAL = NormalDist()
_SMALLEST = 2.0**-54


class Draws:
    """The luck of one run."""

    def __init__(self, *, seed: int, run: int) -> None:
        """Choose the run; the same seed and run give the same luck everywhere."""
        self._prefix = f"{seed}/{run}/"

    def uniform(self, purpose: str, entity: str) -> float:
        """A number strictly between 0 and 1."""
        key = blake2b(f"{self._prefix}{purpose}/{entity}".encode(), digest_size=16).digest()
        stream = np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little")))
        return max(float(stream.random()), _SMALLEST)

    def normal(self, purpose: str, entity: str) -> float:
        """A standard normal number."""
        return _NORMAL.inv_cdf(self.uniform(purpose, entity))

    def gumbel(self, purpose: str, entity: str) -> float:
        """A standard Gumbel number, the noise of a logit choice."""
        return -log(-log(self.uniform(purpose, entity)))


def factor_at(spread: Spread, normal: float) -> float:
    """The spread's factor at a standard normal number: 0 gives the median."""
    if not spread.quantiles:
        return spread.median_factor * exp(spread.log_sigma * normal)
    chances = [chance for chance, _ in spread.quantiles]
    factors = [factor for _, factor in spread.quantiles]
    return float(np.interp(_NORMAL.cdf(normal), chances, factors))


def shared(own: float, common: float, *, share: float) -> float:
    """A standard normal number of which `share` of the variance is common to a group, the rest its own."""
    return sqrt(1.0 - share) * own + sqrt(share) * common
