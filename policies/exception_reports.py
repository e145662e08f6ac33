"""Exception reports (异常反馈单): hard problems climb from expert to manufacturer, each step with a clock (F5)."""

import datetime as dt
from enum import StrEnum


class ExpertLevel(StrEnum):
    """Who has to answer, from the lowest to the highest."""

    TECHNICAL = "technical"
    EXPERT = "expert"
    MANAGER = "manager"
    MANUFACTURER = "manufacturer"


LIMIT_HOURS: dict[ExpertLevel, int] = {
    ExpertLevel.TECHNICAL: 4,
    ExpertLevel.EXPERT: 4,
    ExpertLevel.MANAGER: 24,
    ExpertLevel.MANUFACTURER: 72,
}
"""How long each has; experts answer a major problem within four hours (V6)."""


class ExceptionState(StrEnum):
    """Where an exception report stands."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class TopOfTheLadder(ValueError):
    """The manufacturer has it already; there is nobody above."""


class ExceptionMoveRefused(ValueError):
    """The report has been answered or closed already."""


def next_level(level: ExpertLevel) -> ExpertLevel:
    """Return who comes next; TopOfTheLadder above the last."""
    ladder = list(ExpertLevel)
    above = ladder.index(level) + 1
    if above == len(ladder):
        raise TopOfTheLadder(level)
    return ladder[above]


def deadline_at(level: ExpertLevel, *, from_at: dt.datetime) -> dt.datetime:
    """Return until when a level that got a report at `from_at` has to answer."""
    return from_at + dt.timedelta(hours=LIMIT_HOURS[level])
