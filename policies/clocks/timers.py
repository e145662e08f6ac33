"""Warnings and escalations: which wait, which have fired, which nobody needs any more (K2)."""

from __future__ import annotations

from enum import StrEnum


class TimerState(StrEnum):
    """Where a timer stands. A fired one never fires again; a stopped one waits again if its clock does."""

    WAITING = "waiting"
    FIRED = "fired"
    STOPPED = "stopped"


def move_timer(state: TimerState, *, is_over: bool) -> TimerState:
    """Return the timer's state after its clock was read again."""
    if state is TimerState.FIRED:
        return state
    return TimerState.STOPPED if is_over else TimerState.WAITING
