"""What clocks do by themselves: they break when their time is up, and their warnings and escalations fire (K2)."""

from __future__ import annotations

import structlog

from jobs.left_undone import LeftUndone
from operations.clients.services import Services
from operations.clocks.clock_timers import fire_timer, list_due_timers
from operations.clocks.commitments import list_overdue, refresh_commitments
from operations.clocks.customer_wishes import end_wish, list_wishes_over
from operations.foundation.changes import BOARD, note_change

MOST_PER_RUN = 500
log = structlog.get_logger()


def check_clocks(services: Services) -> int:
    """Write down which clocks have been broken since the last look, subject by subject; return of how many.

    After an outage nobody on the telephone waits for a night's work in one transaction, and one subject that fails
    keeps no other from being broken: LeftUndone says at the end how many did.
    """
    now = services.now()
    with services.database.reading() as session:
        overdue = list_overdue(session, now=now, most=MOST_PER_RUN)
    checked = 0
    for subject, request_id in overdue:
        try:
            with services.database.writing() as session:
                refresh_commitments(session, subject=subject, request_id=request_id, now=now)
                note_change(session, topic=BOARD, now=now)
            checked += 1
        except Exception:
            log.exception("clock not checked", subject=subject)
    if checked < len(overdue):
        raise LeftUndone(len(overdue) - checked, "subjects whose clocks could not be checked")
    return checked


def end_customer_wishes(services: Services) -> int:
    """Let clocks go on that waited for a later window, wished for, which has begun or is off; return how many."""
    now = services.now()
    with services.database.reading() as session:
        waiting = list_wishes_over(session, now=now, most=MOST_PER_RUN)
    ended = 0
    for commitment_id in waiting:
        with services.database.writing() as session:
            ended += end_wish(session, commitment_id=commitment_id, now=now)
    return ended


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
