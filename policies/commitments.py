"""Clocks: every promise with a time, computed from recorded events alone, any number of times (K1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from policies.figures import Figures


class CommitmentKind(StrEnum):
    """The clocks of the first release."""

    ANSWER = "answer"
    ON_SITE = "on_site"
    MEASURE = "measure"
    COMPLAINT = "complaint"
    CALL_BACK = "call_back"


class CommitmentState(StrEnum):
    """Where a clock stands. `withdrawn`: the matter ended before the promise fell due, nobody broke anything."""

    RUNNING = "running"
    MET = "met"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Fact:
    """What a clock needs of a StatusEvent: its kind and when it happened (not when it was recorded)."""

    kind: str
    occurred_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """A promise's definition: which events start, meet and withdraw it, and how long it may take."""

    kind: CommitmentKind
    started_by: str
    met_by: frozenset[str]
    withdrawn_by: frozenset[str]
    limit: dt.timedelta


@dataclass(frozen=True, slots=True)
class Verdict:
    """A clock read at an instant."""

    state: CommitmentState
    started_at: dt.datetime
    deadline_at: dt.datetime
    decided_at: dt.datetime | None


def list_clocks(figures: Figures) -> tuple[Clock, ...]:
    """Return the clocks that are kept under these figures."""
    return (
        Clock(
            CommitmentKind.ANSWER,
            "call_received",
            frozenset({"call_answered"}),
            frozenset(),
            dt.timedelta(seconds=figures.answer_seconds),
        ),
        Clock(
            CommitmentKind.ON_SITE,
            "request_opened",
            frozenset({"visit_arrived"}),
            frozenset({"request_closed"}),
            dt.timedelta(hours=figures.on_site_hours),
        ),
        Clock(
            CommitmentKind.MEASURE,
            "major_fault_reported",
            frozenset({"measure_taken"}),
            frozenset({"request_closed"}),
            dt.timedelta(hours=figures.measure_hours),
        ),
        Clock(
            CommitmentKind.COMPLAINT,
            "complaint_opened",
            frozenset({"complaint_answered"}),
            frozenset(),
            dt.timedelta(hours=figures.complaint_hours),
        ),
        Clock(
            CommitmentKind.CALL_BACK,
            "call_back_promised",
            frozenset({"call_back_made"}),
            frozenset(),
            dt.timedelta(minutes=figures.voicemail_callback_minutes),
        ),
    )


def read_clock(clock: Clock, facts: Iterable[Fact], *, now: dt.datetime) -> Verdict | None:
    """Return the clock's verdict at `now`, or None while no event has started it.

    The earliest starting event counts, so nothing restarts a clock (D1); the earliest meeting event at or after the
    start decides. A withdrawal counts only before the deadline and before the promise was met. Events may come in
    any order.
    """
    ordered = sorted((fact for fact in facts if fact.occurred_at <= now), key=lambda fact: fact.occurred_at)
    started = next((fact.occurred_at for fact in ordered if fact.kind == clock.started_by), None)
    if started is None:
        return None
    deadline = started + clock.limit
    met = next((f.occurred_at for f in ordered if f.kind in clock.met_by and f.occurred_at >= started), None)
    withdrawn = next(
        (f.occurred_at for f in ordered if f.kind in clock.withdrawn_by and f.occurred_at >= started), None
    )
    is_withdrawn_first = withdrawn is not None and (met is None or withdrawn < met)
    if met is not None and met <= deadline and not is_withdrawn_first:
        return Verdict(CommitmentState.MET, started, deadline, met)
    if withdrawn is not None and withdrawn <= deadline and (met is None or withdrawn < met):
        return Verdict(CommitmentState.WITHDRAWN, started, deadline, withdrawn)
    if now > deadline:
        return Verdict(CommitmentState.BROKEN, started, deadline, deadline)
    return Verdict(CommitmentState.RUNNING, started, deadline, None)
