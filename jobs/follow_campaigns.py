"""Recalls by the clock: owners are told, requests raised, campaigns closed at 100 %; clusters raise cases (C8)."""

from __future__ import annotations

from operations.campaigns import raise_requests, settle_recalls, tell_owners
from operations.defect_cases import raise_defect_cases
from operations.services import Services


def follow_campaigns(services: Services) -> int:
    """Take every open campaign one round further; return how many machines moved."""
    moved = 0
    with services.database.writing() as session:
        moved += settle_recalls(session, now=services.now())
        # Asked for in the round after the one that told them: a request never overtakes its message.
        moved += raise_requests(session, now=services.now())
        moved += tell_owners(session, house=services.house, now=services.now())
    return moved


def find_defects(services: Services) -> int:
    """Raise a case where one fault is reported more often than chance explains."""
    with services.database.writing() as session:
        return raise_defect_cases(session, now=services.now())
