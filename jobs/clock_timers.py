"""Fire what is due: warnings and escalations of clocks (K2)."""

from __future__ import annotations

import structlog

from operations.clock_timers import fire_timer, list_due_timers
from operations.services import Services

MOST_PER_RUN = 500
log = structlog.get_logger()


def fire_clock_timers(services: Services) -> int:
    """Fire every timer that is due, each in a transaction of its own; return how many.

    One that fails is logged and tried again at the next run; it keeps no other from firing.
    """
    now = services.now()
    with services.database.reading() as session:
        due = list_due_timers(session, now=now, most=MOST_PER_RUN)
    fired = 0
    for timer_id in due:
        try:
            with services.database.writing() as session:
                fired += fire_timer(session, timer_id=timer_id, house=services.house, now=now)
        except Exception:
            log.exception("timer failed", timer_id=timer_id)
    return fired
