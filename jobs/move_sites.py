"""Sites that go to another territory, portion by portion and once no visit holds them (H13)."""

from __future__ import annotations

from operations.clients.services import Services
from operations.office.site_moves import move_waiting_sites

ACTOR = "clock"


def move_sites(services: Services) -> int:
    """Move one portion; return how many sites were moved."""
    with services.database.writing() as session:
        return move_waiting_sites(session, by=ACTOR, now=services.now())
