"""Connections to a PostgreSQL database that break while they stand."""

import psycopg

from models.database import Database


def cut_off(database: Database, *, only_listeners: bool) -> None:
    """Break every connection to this database, or those that listen, as a network or a server does: without a word."""
    address = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE %s",
            ["LISTEN%" if only_listeners else "%"],
        )
