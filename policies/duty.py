"""Who is called in the night when something major happens, and in which order (H11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class DutyRole(StrEnum):
    """The rungs of the duty ladder, from the first called to the last."""

    TECHNICIAN = "technician"
    EXPERT = "expert"
    MANAGER = "manager"


RUNGS = tuple(DutyRole)


class MajorFaultState(StrEnum):
    """Where a major fault stands: somebody is being looked for, somebody has it, a measure was taken, or it is over."""

    RINGING = "ringing"
    ACCEPTED = "accepted"
    MEASURED = "measured"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class OnDuty:
    """One person on duty now. `is_own_area` is false for those who are on duty for every area."""

    turn_id: int
    role: DutyRole
    position: int
    is_own_area: bool


def order_ladder(people: Sequence[OnDuty]) -> tuple[OnDuty, ...]:
    """Return the people in the order they are called: technicians, then experts, then the service manager (H11).

    Within a rung the area's own people come before those on duty everywhere, then by position.
    """
    return tuple(
        sorted(people, key=lambda one: (RUNGS.index(one.role), not one.is_own_area, one.position, one.turn_id))
    )


def next_on_ladder(people: Sequence[OnDuty], *, called: Sequence[int]) -> OnDuty | None:
    """Return the first on the ladder whose turn is not among those called in this round, or None at its end."""
    asked = frozenset(called)
    return next((one for one in order_ladder(people) if one.turn_id not in asked), None)
