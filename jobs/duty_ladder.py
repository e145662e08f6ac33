"""Look for somebody on duty for every major fault (H11)."""

from __future__ import annotations

from operations.major_faults import call_next_on_duty, report_major_faults, withdraw_closed_major_faults
from operations.services import Services


def climb_duty_ladders(services: Services) -> int:
    """Open what has become a major fault, and call the next person where nobody has taken it; return how many calls."""
    now = services.now()
    with services.database.writing() as session:
        withdraw_closed_major_faults(session)
        reported = report_major_faults(session, house=services.house, now=now)
    with services.database.writing() as session:
        return reported + call_next_on_duty(session, house=services.house, now=now)
