"""What a dispatcher may pin of a visit in the plan, and how long a move by hand can be taken back (D6)."""

from enum import StrEnum


class VisitLockKind(StrEnum):
    """What the planner may not change: the same four kinds as `dispatch.LockKind`."""

    TIME_RANGE = "time_range"
    TECHNICIAN = "technician"
    TIME = "time"
    BOTH = "both"


TIMED = frozenset({VisitLockKind.TIME_RANGE, VisitLockKind.TIME, VisitLockKind.BOTH})
"""Locks that say something about the time."""


def without_time(kind: VisitLockKind) -> VisitLockKind | None:
    """Return what is left of a lock whose time can no longer be kept: its technician, or nothing."""
    return VisitLockKind.TECHNICIAN if kind in {VisitLockKind.BOTH, VisitLockKind.TECHNICIAN} else None
