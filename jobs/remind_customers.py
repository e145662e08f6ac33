"""Remind customers of what was promised to them."""

from __future__ import annotations

from operations.clients.services import Services
from operations.messages.reminders import remind_customers as store_reminders


def remind_customers(services: Services) -> int:
    """Store the reminders that are due; return how many visits they are about."""
    with services.database.writing() as session:
        return store_reminders(session, house=services.house, now=services.now())
