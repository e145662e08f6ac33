"""Wake who waits for rows as soon as they are committed; a ring may be lost, so they look from time to time too."""

from __future__ import annotations

import time
from typing import Any

import psycopg
import structlog
from sqlalchemy import URL
from sqlalchemy.orm import Session

NAME = "onecall_outbox"
"""The channel of NOTIFY and LISTEN."""
CONNECT_SECONDS = 5
KEEP_ALIVE: dict[str, Any] = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}
"""A server that vanished without a word is noticed after a minute, not after the system's two hours."""
_ASKED = "ring_after_commit"
log = structlog.get_logger()


def ring_after_commit(session: Session) -> None:
    """Ring once this transaction is committed; one that is rolled back rings nobody."""
    session.info[_ASKED] = True


def is_to_ring(session: Session) -> bool:
    """Tell whether a transaction asked for it."""
    return _ASKED in session.info


class Doorbell:
    """Listens at a PostgreSQL database on a connection of its own; SQLite has no bell. For one thread."""

    def __init__(self, url: URL) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._has_bell = url.get_backend_name() != "sqlite"
        self._connection: psycopg.Connection[Any] | None = None

    def wait(self, *, seconds: float) -> bool:
        """Return True as soon as it rings, or if it may have while nobody listened; False when the time is over.

        What rings between two calls is heard by the second. While the server is away it is tried once a call.
        """
        if not self._has_bell:
            time.sleep(seconds)
            return False
        try:
            if self._connection is None:
                self._connection = psycopg.connect(
                    self._address, autocommit=True, connect_timeout=CONNECT_SECONDS, **KEEP_ALIVE
                )
                self._connection.execute(f"LISTEN {NAME}")
                return True
            return bool(list(self._connection.notifies(timeout=seconds, stop_after=1)))
        except psycopg.Error as error:
            log.warning("nobody listens for new messages", error=str(error))
            self.close()
            time.sleep(seconds)
            return False

    def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
