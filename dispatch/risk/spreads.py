"""How much real durations and drives differ from the planned ones: given, or learnt from history by the caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import erf, exp, isfinite, log, sqrt
from statistics import NormalDist


class SpreadError(ValueError):
    """A spread that no length of time can have; the message names the number."""


@dataclass(frozen=True, slots=True)
class Spread:
    """What a planned length of time is multiplied with: a log-normal factor, or measured quantiles.

    `median_factor` 1.1 means that half take more than 1.1 times the plan; `log_sigma` is the standard deviation of
    the factor's logarithm (0 is certainty, 0.4 means that one in six takes 1.5 times the median or longer).
    `quantiles`, if given, are used instead: (probability, factor) pairs, both growing, straight between them and flat
    outside, so that nothing is assumed beyond what was seen.
    """

    median_factor: float = 1.0
    log_sigma: float = 0.0
    quantiles: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is no spread."""
        if not isfinite(self.median_factor) or self.median_factor <= 0.0:
            raise SpreadError(f"median_factor {self.median_factor} is not above zero")
        if not isfinite(self.log_sigma) or self.log_sigma < 0.0:
            raise SpreadError(f"log_sigma {self.log_sigma} is negative or not finite")
        chances = [chance for chance, _ in self.quantiles]
        factors = [factor for _, factor in self.quantiles]
        if any(not 0.0 <= chance <= 1.0 for chance in chances) or chances != sorted(set(chances)):
            raise SpreadError(f"quantiles: probabilities {chances} do not grow from 0 to 1")
        if any(not isfinite(factor) or factor < 0.0 for factor in factors) or factors != sorted(factors):
            raise SpreadError(f"quantiles: factors {factors} do not grow from 0")

    def chance_within(self, factor: float) -> float:
        """The probability that the factor is at most this."""
        if self.quantiles:
            return self._chance_by_quantiles(factor)
        if self.log_sigma == 0.0:
            return float(factor >= self.median_factor)
        if factor <= 0.0:
            return 0.0
        return (1.0 + erf(log(factor / self.median_factor) / (self.log_sigma * sqrt(2.0)))) / 2.0

    def _chance_by_quantiles(self, factor: float) -> float:
        if factor >= self.quantiles[-1][1]:
            return 1.0
        below = [known for known in self.quantiles if known[1] <= factor]
        if not below:
            return 0.0
        (low, since), (high, until) = below[-1], self.quantiles[len(below)]
        return low + (high - low) * (factor - since) / (until - since)

    @staticmethod
    def from_two_quantiles(low: tuple[float, float], high: tuple[float, float]) -> Spread:
        """The log-normal through two (probability, factor) pairs, such as (0.5, 1.0) and (0.9, 1.6)."""
        (chance, factor), (higher_chance, higher_factor) = low, high
        if not 0.0 < chance < higher_chance < 1.0 or not 0.0 < factor <= higher_factor:
            raise SpreadError(f"no log-normal goes through {low} and {high}")
        first, second = NormalDist().inv_cdf(chance), NormalDist().inv_cdf(higher_chance)
        log_sigma = (log(higher_factor) - log(factor)) / (second - first)
        return Spread(exp(log(factor) - first * log_sigma), log_sigma)


USUAL_DURATION = Spread(log_sigma=0.40)
"""Times on site until something is learnt. Log-normal as in MIL-HDBK-338B 5.6.2.1 (repairs); the size is our choice."""
USUAL_TRAVEL = Spread(log_sigma=0.25)
"""Drives until something is learnt. Log-normal as probe vehicles in Beijing show for every kind of street (Journal of
Advanced Transportation 2018, 3747632); the size is our choice."""


@dataclass(frozen=True, slots=True)
class Spreads:
    """The spreads of one problem: the usual ones, and what is known better of a visit or a shift, by id.

    `travel_day_share` is the part of the variance of the logarithm of drives that all drives of one shift share (a bad
    day on the roads); 0 makes every drive independent.
    """

    duration: Spread = USUAL_DURATION
    travel: Spread = USUAL_TRAVEL
    durations_by_visit: Mapping[str, Spread] = field(default_factory=dict)
    travel_by_shift: Mapping[str, Spread] = field(default_factory=dict)
    travel_day_share: float = 0.25

    def __post_init__(self) -> None:
        """Refuse a share that is none."""
        if not 0.0 <= self.travel_day_share <= 1.0:
            raise SpreadError(f"travel_day_share {self.travel_day_share} is not between 0 and 1")

    def duration_of(self, visit_id: str) -> Spread:
        """How this visit's time on site spreads."""
        return self.durations_by_visit.get(visit_id, self.duration)

    def travel_of(self, shift_id: str) -> Spread:
        """How this shift's drives spread."""
        return self.travel_by_shift.get(shift_id, self.travel)
