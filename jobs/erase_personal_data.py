"""Personal data goes when its time is over, or with the person it belongs to (S1)."""

from __future__ import annotations

from operations.clients.services import Services
from operations.privacy.erasure import forget_old_details, list_files_to_erase, note_file_erased

MOST_ROUNDS = 200


def erase_personal_files(services: Services) -> int:
    """Erase photos' contents first, then note it: a run that dies in between is simply run again."""
    with services.database.reading() as session:
        due = [(file.id, file.key) for file in list_files_to_erase(session, now=services.now())]
    for file_id, key in due:
        services.files.erase(key)
        with services.database.writing() as session:
            note_file_erased(session, file_id=file_id, now=services.now())
    return len(due)


def erase_old_details(services: Services) -> int:
    """Erase numbers, words and places of matters that were closed long ago, a bite at a time."""
    changed = 0
    for _ in range(MOST_ROUNDS):
        with services.database.writing() as session:
            bite = forget_old_details(session, now=services.now())
        changed += bite
        if not bite:
            break
    return changed
