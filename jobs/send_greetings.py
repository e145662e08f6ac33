"""Greet those who would like it, on the day."""

from __future__ import annotations

from operations.clients.services import Services
from operations.messages.greetings import greet_customers


def send_greetings(services: Services) -> int:
    """Store the greetings that are due, some hundred in a transaction; return how many."""
    greeted = 0
    onward: int | None = 0
    while onward is not None:
        with services.database.writing() as session:
            more, onward = greet_customers(session, house=services.house, now=services.now(), after_id=onward)
        greeted += more
    return greeted
