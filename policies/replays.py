"""The states of a replay that somebody ordered (D16)."""

from enum import StrEnum


class ReplayState(StrEnum):
    """From the order to the result; whoever stops one keeps the runs that are done."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


UNDER_WAY = frozenset({ReplayState.WAITING, ReplayState.RUNNING})
"""States in which more runs will come."""
