"""Customers' files that have changed are compared with all others, so that two of one customer are found (C1)."""

from __future__ import annotations

from operations.clients.services import Services
from operations.people.file_likenesses import compare_changed_files

MOST_PORTIONS = 20
"""After an import of a million customers, so that the other jobs have their turn, too."""


def compare_files(services: Services) -> int:
    """Compare what has changed, portion by portion; return how many files were compared."""
    compared = 0
    for _ in range(MOST_PORTIONS):
        with services.database.writing() as session:
            found = compare_changed_files(session)
        compared += found
        if not found:
            break
    return compared
