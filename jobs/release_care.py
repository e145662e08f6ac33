"""Active service by the clock: dates of the coming year are made, those in view are released, others reopened (F3)."""

from __future__ import annotations

from operations.care import generate_care, list_due_for_release, release_care, settle_care
from operations.services import Services


def release_due_care(services: Services) -> int:
    """Settle what has ended, make what is missing, release what has come into view; return how many were released."""
    with services.database.writing() as session:
        settle_care(session, now=services.now())
        generate_care(session, now=services.now())
    with services.database.reading() as session:
        due = list_due_for_release(session, now=services.now())
    released = 0
    for care_id in due:
        with services.database.writing() as session:
            visit = release_care(session, care_id=care_id, house=services.house, now=services.now())
        released += visit is not None
    return released
