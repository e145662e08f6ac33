"""Active service by the clock: dates of the coming year are made, those in view are released, others reopened (F3)."""

from __future__ import annotations

from operations.aftercare.care import list_due_for_release, release_care, settle_care
from operations.aftercare.care_dates import find_plan_to_write, write_dates
from operations.clients.services import Services

MOST_STEPS = 40
"""A first time with very many machines takes several rounds: nobody waits for a date a year ahead."""


def release_due_care(services: Services) -> int:
    """Settle what has ended, make what is missing, release what has come into view; return how many were released."""
    with services.database.writing() as session:
        settle_care(session, now=services.now())
    write_care_dates(services)
    with services.database.reading() as session:
        due = list_due_for_release(session, now=services.now())
    released = 0
    for care_id in due:
        with services.database.writing() as session:
            visit = release_care(session, care_id=care_id, house=services.house, now=services.now())
        released += visit is not None
    return released


def write_care_dates(services: Services) -> int:
    """Write the dates that are missing, each step in a transaction of its own; return how many were new."""
    made = 0
    for _ in range(MOST_STEPS):
        with services.database.reading() as session:
            plan_id = find_plan_to_write(session, now=services.now())
        if plan_id is None:
            break
        with services.database.writing() as session:
            made += write_dates(session, plan_id=plan_id, now=services.now())
    return made
