"""Take in what the fallback kept while the house was down."""

from __future__ import annotations

import fcntl

from operations.services import Services
from operations.spooled_voicemails import take_in_spooled

TAKING_IN = ".taking-in"


def take_in_spool(services: Services) -> int:
    """Make requests of all spooled messages; return how many.

    The file is set aside first, so that the fallback can go on writing; it is deleted only after the commit, and a
    crash between the two is harmless, because a message is taken in once.
    """
    spool = services.spool_file
    aside = spool.with_name(spool.name + TAKING_IN)
    if not aside.exists():
        if not spool.exists():
            return 0
        spool.rename(aside)
    with aside.open(encoding="utf-8") as file:
        # A writer that opened the file before it was set aside still holds the lock until its line is on the disk.
        fcntl.flock(file, fcntl.LOCK_EX)
        lines = file.read().splitlines()
        with services.database.writing() as session:
            taken = take_in_spooled(session, lines=lines, house=services.house, now=services.now())
        aside.unlink()
    return taken
