"""Exception reports (异常反馈单): hard problems climb from expert to manufacturer, each step with a clock (F5)."""

from __future__ import annotations

from enum import StrEnum

from policies.figures import Figures


class ExpertLevel(StrEnum):
    """Who has to answer, from the lowest to the highest."""

    TECHNICAL = "technical"
    EXPERT = "expert"
    MANAGER = "manager"
    MANUFACTURER = "manufacturer"


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


def limit_hours(level: ExpertLevel, figures: Figures) -> int:
    """Return within how many hours a level has to answer; by the manual four for the experts (V6)."""
    return {
        ExpertLevel.TECHNICAL: figures.technical_answer_hours,
        ExpertLevel.EXPERT: figures.expert_answer_hours,
        ExpertLevel.MANAGER: figures.manager_answer_hours,
        ExpertLevel.MANUFACTURER: figures.manufacturer_answer_hours,
    }[level]
