"""Random factors that belong to a visit or a shift, not to a plan, so that two plans are compared on the same luck."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import numpy.typing as npt

from dispatch.risk.spreads import Spread, Spreads

Floats = npt.NDArray[np.float64]
_GRID = np.linspace(-8.0, 8.0, 3201)
_DENSITY = np.exp(-_GRID * _GRID / 2.0)
_CHANCES = np.cumsum(_DENSITY) - _DENSITY / 2.0
_CHANCES /= _DENSITY.sum()


class Draws:
    """`samples` runs of one day; the same seed, kind and id always give the same numbers."""

    def __init__(self, spreads: Spreads, *, samples: int, seed: int) -> None:
        """Nothing is drawn until asked for."""
        self.samples = samples
        self._spreads = spreads
        self._seed = seed

    def _normal(self, kind: str, identity: str) -> Floats:
        key = (self._seed, crc32(f"{kind}:{identity}".encode()))
        return np.random.default_rng(key).standard_normal(self.samples)

    def duration(self, visit_id: str) -> Floats:
        """What the time on site is multiplied with, run by run."""
        spread = self._spreads.duration_of(visit_id)
        return factors(spread, self._normal("duration", visit_id)) if is_uncertain(spread) else factors(spread, None)

    def travel(self, shift_id: str, to_visit_id: str) -> Floats:
        """What the drive of this shift to this visit (empty: home) is multiplied with."""
        spread, share = self._spreads.travel_of(shift_id), self._spreads.travel_day_share
        if not is_uncertain(spread):
            return factors(spread, None)
        technician = self._normal("roads", shift_id)
        drive = self._normal("drive", to_visit_id or f"home of {shift_id}")
        return factors(spread, np.sqrt(share) * technician + np.sqrt(1.0 - share) * drive)


def is_uncertain(spread: Spread) -> bool:
    """Whether there is anything to draw."""
    return bool(spread.quantiles) or spread.log_sigma > 0.0


def factors(spread: Spread, normal: Floats | None) -> Floats:
    """Standard normal numbers turned into factors of this spread."""
    if normal is None:
        return np.array([spread.median_factor])
    if not spread.quantiles:
        return spread.median_factor * np.exp(spread.log_sigma * normal)
    chances = [chance for chance, _ in spread.quantiles]
    known = [factor for _, factor in spread.quantiles]
    return np.interp(np.interp(normal, _GRID, _CHANCES), chances, known)
