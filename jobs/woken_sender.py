"""Send a text at the moment its transaction commits: PostgreSQL rings, where the table of jobs looks once a second."""

from __future__ import annotations

from threading import Event

import structlog
from structlog.contextvars import bound_contextvars

from jobs.send_messages import send_new_messages
from models.doorbell import Doorbell
from operations.clients.services import Services

LISTEN_SECONDS = 1.0
log = structlog.get_logger()


def send_when_rung(services: Services, stop: Event, *, listen_seconds: float = LISTEN_SECONDS) -> None:
    """Send whenever a commit rings, until `stop` is set; for a thread of its own. It looks at `stop` every so often.

    It only makes things quicker: what it misses or fails at, and everything on SQLite, `send_messages` sends.
    """
    if services.database.is_sqlite:
        return
    bell = Doorbell(services.database.engine.url)
    try:
        while not stop.is_set():
            if bell.wait(seconds=listen_seconds):
                _send(services)
    finally:
        bell.close()


def _send(services: Services) -> None:
    with bound_contextvars(job="woken_sender"):
        try:
            send_new_messages(services)
        except Exception:
            log.exception("the woken sender failed")
