"""Recalls by the clock: requests raised and owners told, campaigns closed at 100 %; clusters raise cases (C8)."""

from __future__ import annotations

from operations.aftercare.defect_cases import raise_defect_cases
from operations.aftercare.recalls import raise_requests, settle_recalls
from operations.clients.services import Services


def follow_campaigns(services: Services) -> int:
    """Take every open campaign one round further; return how many machines moved."""
    with services.database.writing() as session:
        settled = settle_recalls(session, now=services.now())
        return settled + raise_requests(session, house=services.house, now=services.now())


def find_defects(services: Services) -> int:
    """Raise a case where one fault is reported more often than chance explains."""
    with services.database.writing() as session:
        return raise_defect_cases(session, now=services.now())
