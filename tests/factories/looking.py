"""Read rows to compare them after the session has ended."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from models.database import Database


@contextmanager
def looking(database: Database) -> Iterator[Session]:
    """Yield a reading session whose rows keep the values they had, without a session behind them."""
    with database.reading() as session:
        yield session
        session.expunge_all()
