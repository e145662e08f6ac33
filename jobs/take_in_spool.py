"""Take in what the fallback kept while the house was down."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path

from operations.clients.services import Services
from operations.telephone.spooled_voicemails import take_in_spooled

TAKING_IN = ".taking-in"


def take_in_spool(services: Services) -> int:
    """Make requests and promised calls of all that is spooled; return how many.

    The file is set aside first, so that the fallback can go on writing; it is deleted only after the commit, and a
    crash between the two is harmless, because each line is taken in once. What has to wait goes back to the spool.
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
            reading = take_in_spooled(session, lines=lines, house=services.house, now=services.now())
        _put_back(spool, reading.waiting)
        aside.unlink()
    return reading.taken


def _put_back(spool: Path, lines: Sequence[str]) -> None:
    # Nobody but this job takes the file away, so it is still there once it is locked.
    if lines:
        with spool.open("a", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.writelines(f"{line}\n" for line in lines)
            file.flush()
            os.fsync(file.fileno())
