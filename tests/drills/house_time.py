"""The time of a drilled house: its database's clock, which a drill may set as an administrator might by mistake."""

from __future__ import annotations

import datetime as dt

import psycopg

# Found before PostgreSQL's own by whoever asks for `clock_timestamp()` (models/database_clock.py).
PLANT = """
CREATE SCHEMA drill;
CREATE TABLE drill.clock (moved_by interval NOT NULL);
INSERT INTO drill.clock VALUES ('0');
CREATE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT pg_catalog.clock_timestamp() + moved_by FROM drill.clock';
ALTER DATABASE drill SET search_path = public, pg_catalog;
"""


class HouseTime:
    """This machine's time, moved. A Clock for the simulator too, so that carrier and house agree unless told not to."""

    def __init__(self, starts_at: dt.datetime) -> None:
        self._moved_by = starts_at - dt.datetime.now(dt.UTC)

    def now(self) -> dt.datetime:
        """Return the present instant, aware and in UTC."""
        return dt.datetime.now(dt.UTC) + self._moved_by

    def advance(self, seconds: float) -> None:
        """Do nothing: time passes by itself."""

    def plant(self, url: str) -> None:
        """Let the database at libpq's `url` tell this time."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(PLANT)
            self._tell(connection)

    def jump(self, by: dt.timedelta, url: str) -> None:
        """Set the database's clock; each process of the house notices when it asks the next time, within a minute."""
        self._moved_by += by
        with psycopg.connect(url, autocommit=True) as connection:
            self._tell(connection)

    def _tell(self, connection: psycopg.Connection) -> None:
        connection.execute("UPDATE drill.clock SET moved_by = %s", [self._moved_by])
