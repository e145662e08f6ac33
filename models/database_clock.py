"""One time for all processes of an installation: claims, holds and promises compare instants that others wrote."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import structlog
from sqlalchemy import NullPool, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

ASK_EVERY = dt.timedelta(minutes=1)
ASK_AGAIN = dt.timedelta(seconds=5)
NO_MATTER = dt.timedelta(seconds=1)
"""Clocks that agree so well are left alone: what takes longer to answer than they differ cannot tell them apart."""
WRONG_AHEAD = dt.timedelta(minutes=1)
"""What was written later than now by more than this was written while the server's clock was wrong, which has been put
right: no transaction waits so long that it could have been overtaken."""
CONNECT_SECONDS = 2
log = structlog.get_logger()

Now = Callable[[], dt.datetime]


def open_clock(database_url: str, *, local_now: Now) -> Now:
    """Return the clock of an installation: the server's, or this machine's where SQLite runs on it too."""
    if make_url(database_url).get_backend_name() == "sqlite":
        return local_now
    return DatabaseClock(database_url, local_now=local_now)


class DatabaseClock:
    """The local clock, put right by the database server's once a minute; while that is away, as it was last.

    Until the server has answered once it is asked every time: a process that starts while the server does would write
    its own machine's time into the first rows. Asked on a connection of its own, because whoever wants to know the time
    may be holding the last one of the pool.
    """

    def __init__(self, database_url: str, *, local_now: Now) -> None:
        self._engine = create_engine(
            database_url, poolclass=NullPool, connect_args={"connect_timeout": CONNECT_SECONDS}
        )
        self._local_now = local_now
        self._offset = dt.timedelta()
        self._asked_at: dt.datetime | None = None
        self._ask_after = dt.timedelta()
        self._has_been_told = False
        self._turn = threading.Lock()

    def __call__(self) -> dt.datetime:
        """Return the present instant, aware and in UTC."""
        local = self._local_now()
        if self._is_due(local) and self._turn.acquire(blocking=not self._has_been_told):
            try:
                if self._is_due(self._local_now()):
                    self._ask()
            finally:
                self._turn.release()
            local = self._local_now()
        return local + self._offset

    def _is_due(self, local: dt.datetime) -> bool:
        # A local clock that was set back is asked about at once.
        return self._asked_at is None or not dt.timedelta() <= local - self._asked_at < self._ask_after

    def _ask(self) -> None:
        before = self._local_now()
        try:
            with self._engine.connect() as connection:
                there: dt.datetime = connection.scalar(text("SELECT clock_timestamp()"))
        except SQLAlchemyError as error:
            log.warning("the database does not tell the time", error=str(error))
            self._asked_at = self._local_now()
            self._ask_after = ASK_AGAIN if self._has_been_told else dt.timedelta()
            return
        after = self._local_now()
        offset = there - (before + (after - before) / 2)
        self._asked_at, self._ask_after, self._has_been_told = after, ASK_EVERY, True
        self._offset = offset if abs(offset) > NO_MATTER else dt.timedelta()
        if self._offset:
            log.warning("this machine's clock is wrong", seconds=round(self._offset.total_seconds(), 1))
