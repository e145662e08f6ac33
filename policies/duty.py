"""Who is called in the night when something major happens, and in which order (H11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class DutyRole(StrEnum):
    """The rungs of the duty ladder, from the first called to the last."""

    TECHNICIAN = "technician"
    EXPERT = "expert"
    MANAGER = "manager"


RUNGS = tuple(DutyRole)
LONGEST_PAUSE_MINUTES = 60
MOST_DOUBLINGS = 10


class MajorFaultState(StrEnum):
    """Where a major fault stands: somebody is being looked for, somebody has it, a measure was taken, or it is over."""

    RINGING = "ringing"
    ACCEPTED = "accepted"
    MEASURED = "measured"
    WITHDRAWN = "withdrawn"


class AlarmState(StrEnum):
    """Where an alarm stands: somebody is being called, somebody has it, or the clock ended before anybody took it."""

    RINGING = "ringing"
    ACCEPTED = "accepted"
    ENDED = "ended"


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


def people_from(people: Sequence[OnDuty], *, lowest: DutyRole) -> list[OnDuty]:
    """Return those on a rung of the ladder and above it."""
    return [one for one in people if RUNGS.index(one.role) >= RUNGS.index(lowest)]


def pause_after_round(finished: int, *, retry_minutes: int) -> dt.timedelta:
    """Return how long the ladder rests after nobody answered in its n-th round: doubled each time, an hour at most."""
    return dt.timedelta(minutes=min(LONGEST_PAUSE_MINUTES, retry_minutes * 2 ** min(finished - 1, MOST_DOUBLINGS)))
