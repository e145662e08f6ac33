"""What upsets a plan in the middle of the day, and what became of it (D6)."""

from __future__ import annotations

from enum import StrEnum

LONGEST_DELAY_MINUTES = 480
"""A technician who is later than that does not come: it is an absence."""


class PlanEventKind(StrEnum):
    """What happened to the plan."""

    TECHNICIAN_ABSENT = "technician_absent"
    TECHNICIAN_BACK = "technician_back"
    TECHNICIAN_LATE = "technician_late"
    PROMISE_SLIPPING = "promise_slipping"


class PlanEventOutcome(StrEnum):
    """What the planner answered.

    `published`: the change went out by itself. `proposed`: it waits for a dispatcher. `no_change`: the plan holds as it
    is, or nothing better was found. `failed`: the planner did not answer, and a person must.
    """

    PUBLISHED = "published"
    PROPOSED = "proposed"
    NO_CHANGE = "no_change"
    FAILED = "failed"
