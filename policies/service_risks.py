"""What may break the service, has broken it, or was found by an audit: how grave it is, and its measure (F5, R)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

LEAST, MOST = 1, 5
"""The ends of both scales: how likely it is, and how much harm it does."""
GRAVE, SLIGHT = 12, 4
"""Likelihood times harm from which a risk is high, and up to which it is low."""
LONGEST = dt.timedelta(days=731)


class RiskKind(StrEnum):
    """What an entry of the register is: seen ahead, happened, or found by an audit."""

    RISK = "risk"
    CRISIS = "crisis"
    FINDING = "finding"


class RiskLevel(StrEnum):
    """How grave it is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class RatingOutOfScale(ValueError):
    """Likelihood and harm go from 1 to 5."""

    field = "likelihood"


class MeasureDayWrong(ValueError):
    """A measure is carried out by a day from today on, within two years."""

    field = "due_on"


class RiskClosedAlready(ValueError):
    """The entry is closed; what comes again is a new one."""


def decide_level(kind: RiskKind, *, likelihood: int, harm: int) -> RiskLevel:
    """Return how grave an entry is; what has happened already is as likely as can be. Raises RatingOutOfScale."""
    if not (LEAST <= likelihood <= MOST and LEAST <= harm <= MOST):
        raise RatingOutOfScale(f"{likelihood}, {harm}")
    weight = (MOST if kind is RiskKind.CRISIS else likelihood) * harm
    if weight >= GRAVE:
        return RiskLevel.HIGH
    return RiskLevel.LOW if weight <= SLIGHT else RiskLevel.MEDIUM


def check_day(due_on: dt.date, *, today: dt.date) -> dt.date:
    """Return the day a measure is due on, or raise MeasureDayWrong."""
    if not today <= due_on <= today + LONGEST:
        raise MeasureDayWrong(due_on.isoformat())
    return due_on
