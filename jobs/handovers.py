"""Requests handed over to service points are followed: silence, lateness, withdrawal (H13)."""

from __future__ import annotations

from operations.clients.services import Services
from operations.matters.handovers import follow_handovers


def follow_service_points(services: Services) -> int:
    """Ask the next service point where one is silent, and say where one is late."""
    with services.database.writing() as session:
        return follow_handovers(session, house=services.house, now=services.now())
