"""What every table shares: names for constraints, ids, instants in UTC, words from a fixed list."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import JSON, BigInteger, DateTime, Integer, MetaData, String, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, mapped_column


class NaiveInstant(ValueError):
    """An instant without a time zone reached the database; instants are aware and stored in UTC."""


class UtcDateTime(TypeDecorator[dt.datetime]):
    """An aware instant. SQLite forgets zones and returns naive values, so both ways pass through here."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Turn an aware instant into UTC; a naive one raises NaiveInstant."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveInstant(repr(value))
        utc = value.astimezone(dt.UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:  # noqa: ARG002
        """Return the instant aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


class Word(TypeDecorator[StrEnum]):
    """One word of a StrEnum, stored as text so that a new word needs no migration."""

    impl = String(32)
    cache_ok = True

    def __init__(self, words: type[StrEnum]) -> None:
        super().__init__()
        self.words = words
        self._words_by_text = {str(word): word for word in words}

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Accept only words of the list; others raise ValueError."""
        return None if value is None else self._find(str(value)).value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002
        """Return the member of the list."""
        return None if value is None else self._find(value)

    def _find(self, text: str) -> StrEnum:
        # Looked up: an enumeration asked by value takes eight times as long, and a plan has hundreds of words.
        return self._words_by_text.get(text) or self.words(text)


# SQLite counts its row ids only in a column called INTEGER; PostgreSQL needs room for a country's rows.
BigId = BigInteger().with_variant(Integer, "sqlite")
Document = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")

id_column = Annotated[int, mapped_column(BigId, primary_key=True, autoincrement=True)]


class Base(DeclarativeBase):
    """All tables. Every index and constraint has a predictable name, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {dt.datetime: UtcDateTime, dict[str, Any]: Document, list[Any]: Document, int: Integer}  # noqa: RUF012
