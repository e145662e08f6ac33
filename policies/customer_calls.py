"""Calls of ours to customers: what they are about, how they end, and when they are tried again (H15, F2, F3)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from enum import StrEnum

from policies.contact_rules import first_waking_instant
from policies.figures import Figures


class CustomerCallKind(StrEnum):
    """What we call about: a visit that is over, one that comes, a text nobody received, a recall, or just to ask."""

    FOLLOW_UP = "follow_up"
    REMINDER = "reminder"
    NOTICE = "notice"
    CARE = "care"
    RECALL = "recall"


class CustomerCallState(StrEnum):
    """Where a call stands. `message_left`: a machine took the short message, so nobody is known to have heard it."""

    PLANNED = "planned"
    CALLING = "calling"
    REACHED = "reached"
    MESSAGE_LEFT = "message_left"
    NOT_REACHED = "not_reached"
    WITHHELD = "withheld"
    CALLED_OFF = "called_off"


class CustomerCallMoveRefused(ValueError):
    """The call cannot go from its state to the one asked for."""


class CallAttempt(StrEnum):
    """How one attempt ended without a key."""

    BUSY = "busy"
    NO_ANSWER = "no_answer"
    SILENT = "silent"
    MACHINE = "machine"
    IMPOSSIBLE = "impossible"


_MOVES: Mapping[CustomerCallState, frozenset[CustomerCallState]] = {
    CustomerCallState.PLANNED: frozenset(
        {CustomerCallState.CALLING, CustomerCallState.CALLED_OFF, CustomerCallState.NOT_REACHED}
    ),
    # A key may still come after a detector, or a lost webhook, has told us that nobody is there.
    CustomerCallState.CALLING: frozenset(set(CustomerCallState) - {CustomerCallState.CALLING}),
    CustomerCallState.NOT_REACHED: frozenset({CustomerCallState.REACHED}),
    CustomerCallState.MESSAGE_LEFT: frozenset({CustomerCallState.REACHED}),
    CustomerCallState.REACHED: frozenset(),
    CustomerCallState.WITHHELD: frozenset(),
    CustomerCallState.CALLED_OFF: frozenset(),
}
OPEN = frozenset({CustomerCallState.PLANNED, CustomerCallState.CALLING})

_MINUTES: Mapping[CustomerCallKind, Mapping[CallAttempt, int]] = {
    CustomerCallKind.FOLLOW_UP: {CallAttempt.BUSY: 15, CallAttempt.NO_ANSWER: 180, CallAttempt.SILENT: 1200},
    CustomerCallKind.CARE: {CallAttempt.BUSY: 15, CallAttempt.NO_ANSWER: 180, CallAttempt.SILENT: 1200},
    CustomerCallKind.RECALL: {CallAttempt.BUSY: 15, CallAttempt.NO_ANSWER: 180, CallAttempt.SILENT: 1200},
    CustomerCallKind.REMINDER: {CallAttempt.BUSY: 10, CallAttempt.NO_ANSWER: 30, CallAttempt.SILENT: 30},
    CustomerCallKind.NOTICE: {
        CallAttempt.BUSY: 3,
        CallAttempt.NO_ANSWER: 8,
        CallAttempt.SILENT: 8,
        CallAttempt.MACHINE: 15,
    },
}
"""After how many minutes the next attempt comes; what is missing is not tried again."""

MACHINE_WORDS = ("machine", "fax")
"""How answering-machine detection names what it takes for a machine; it is wrong in one of ten calls."""
AT_THE_BEEP = "machine_end"
_ENDS = {"busy": CallAttempt.BUSY, "no-answer": CallAttempt.NO_ANSWER, "completed": CallAttempt.SILENT}


def move_customer_call(now: CustomerCallState, to: CustomerCallState) -> CustomerCallState:
    """Return `to` if a call may go there from `now`; otherwise raise CustomerCallMoveRefused."""
    if to not in _MOVES[now]:
        raise CustomerCallMoveRefused(f"{now} -> {to}")
    return to


def read_attempt(status: str, *, answered_by: str) -> CallAttempt:
    """Return how an attempt without a key ended, from Twilio's CallStatus and what detection said, if anything."""
    if status == "completed" and answered_by.startswith(MACHINE_WORDS):
        return CallAttempt.MACHINE
    return _ENDS.get(status, CallAttempt.IMPOSSIBLE)


def call_hours(figures: Figures) -> Figures:
    """Return the figures with the quiet hours of calls, which are longer than those of texts."""
    return dataclasses.replace(
        figures, quiet_from_hour=figures.calls_quiet_from_hour, quiet_until_hour=figures.calls_quiet_until_hour
    )


def first_call_at(
    kind: CustomerCallKind, *, wanted_at: dt.datetime, time_zones: Sequence[str], figures: Figures
) -> dt.datetime:
    """Return the first instant from `wanted_at` at which a call may ring: bad news at once, anything else by day."""
    if kind is CustomerCallKind.NOTICE:
        return wanted_at
    return first_waking_call(wanted_at, time_zones=time_zones, figures=figures)


def first_waking_call(wanted_at: dt.datetime, *, time_zones: Sequence[str], figures: Figures) -> dt.datetime:
    """Return `wanted_at`, or the end of the quiet hours of calls it lies in."""
    return first_waking_instant(wanted_at, time_zones=time_zones, figures=call_hours(figures))


def next_call_at(
    kind: CustomerCallKind,
    attempt: CallAttempt,
    *,
    attempts: int,
    expires_at: dt.datetime,
    time_zones: Sequence[str],
    figures: Figures,
    now: dt.datetime,
) -> dt.datetime | None:
    """Return when to try again after `attempts` attempts, or None: often enough, too late, or of no use."""
    minutes = _MINUTES[kind].get(attempt)
    if minutes is None or attempts >= figures.call_attempts:
        return None
    wanted_at = now + dt.timedelta(minutes=minutes)
    at = first_call_at(kind, wanted_at=wanted_at, time_zones=time_zones, figures=figures)
    return at if at < expires_at else None


def final_state(attempt: CallAttempt) -> CustomerCallState:
    """Return where a call ends that is not tried again."""
    return CustomerCallState.MESSAGE_LEFT if attempt is CallAttempt.MACHINE else CustomerCallState.NOT_REACHED
