"""When a technician who has not answered is telephoned, and when a dispatcher takes over (D10)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from policies.figures import Figures


class ChaseStep(StrEnum):
    """What is due about a visit its technician has not accepted."""

    WAIT = "wait"
    CALL = "call"
    ESCALATE = "escalate"


def decide_chase(
    *,
    told_at: dt.datetime,
    starts_at: dt.datetime,
    is_undelivered: bool,
    called_at: dt.datetime | None,
    is_escalated: bool,
    figures: Figures,
    now: dt.datetime,
) -> ChaseStep:
    """Decide what comes next for a visit told at `told_at` that is to start at `starts_at`.

    A text that never arrived is followed by a call at once. One that did has its minutes to be answered, and a route
    told at dawn is not called after until its first visit comes near. A call that brought no answer leads to a person.
    """
    if is_escalated:
        return ChaseStep.WAIT
    if called_at is not None:
        is_over = now >= called_at + dt.timedelta(minutes=figures.technician_call_minutes)
        return ChaseStep.ESCALATE if is_over else ChaseStep.WAIT
    answer_by_at = told_at + dt.timedelta(minutes=figures.technician_answer_minutes)
    near_at = starts_at - dt.timedelta(minutes=figures.technician_lead_minutes)
    is_due = is_undelivered or now >= max(answer_by_at, near_at)
    return ChaseStep.CALL if is_due else ChaseStep.WAIT
