"""Look for somebody on duty for every major fault (H11), and for every clock whose escalation telephones (K2)."""

from __future__ import annotations

import structlog

from operations.clients.services import Services
from operations.clocks.clock_alarms import call_for_alarm, end_alarms, list_due_alarms
from operations.matters.major_faults import call_next_on_duty, report_major_faults, withdraw_closed_major_faults

log = structlog.get_logger()


def climb_duty_ladders(services: Services) -> int:
    """Open what has become a major fault, and call the next person where nobody has taken it; return how many calls."""
    now = services.now()
    with services.database.writing() as session:
        withdraw_closed_major_faults(session)
        reported = report_major_faults(session, house=services.house, now=now)
    with services.database.writing() as session:
        reported += call_next_on_duty(session, house=services.house, now=now)
    return reported + _call_for_alarms(services)


def _call_for_alarms(services: Services) -> int:
    """Call for each alarm in a transaction of its own: one that fails keeps nobody else asleep."""
    now = services.now()
    with services.database.writing() as session:
        end_alarms(session)
    with services.database.reading() as session:
        due = list_due_alarms(session, now=now)
    called = 0
    for alarm_id in due:
        try:
            with services.database.writing() as session:
                called += call_for_alarm(session, alarm_id=alarm_id, now=now)
        except Exception:
            log.exception("alarm failed", alarm_id=alarm_id)
    return called
