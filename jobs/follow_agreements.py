"""Agreements by the clock: customers hear that theirs ends, and broken promises are counted (C6, C7)."""

from __future__ import annotations

from operations.clients.services import Services
from operations.money.agreements import notice_endings
from operations.money.penalties import list_late_agreements, refresh_penalties


def follow_agreements(services: Services) -> int:
    """Tell of endings, and compute what running stoppages cost so far; return how many agreements were looked at."""
    now = services.now()
    with services.database.writing() as session:
        told = notice_endings(session, house=services.house, now=now)
    with services.database.reading() as session:
        late = list_late_agreements(session)
    for agreement_id in late:
        with services.database.writing() as session:
            refresh_penalties(session, agreement_id=agreement_id, now=now)
    return told + len(late)
