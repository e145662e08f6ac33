"""Remind customers of what was promised to them."""

from __future__ import annotations

from operations.reminders import remind_customers as store_reminders
from operations.services import Services


def remind_customers(services: Services) -> int:
    """Store the reminders that are due; return how many visits they are about."""
    with services.database.writing() as session:
        return store_reminders(session, house=services.house, now=services.now())
