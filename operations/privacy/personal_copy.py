"""A copy of one person's data, for the person (S1): every row that is theirs, readable by people and machines."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Base, Recording, StoredFile
from operations.privacy.persons import Person

WITHHELD_COLUMNS = {"access_links": {"secret_hash"}, "status_events": {"personal_salts"}}
"""What opens doors or proves things, and says nothing about the person."""


def copy_person(session: Session, person: Person) -> dict[str, list[dict[str, Any]]]:
    """Return table → rows in the order they were made, with every column; instants in ISO 8601."""
    copy: dict[str, list[dict[str, Any]]] = {}
    for model, rows in person.rows.items():
        table = Base.metadata.tables[model.__tablename__]
        columns = [column for column in table.columns if column.name not in WITHHELD_COLUMNS.get(table.name, set())]
        found = session.execute(select(*columns).where(rows).order_by(table.c.id)).mappings()
        copy[table.name] = [{name: _plain(value) for name, value in row.items()} for row in found]
    return copy


def list_file_keys(session: Session, person: Person) -> list[str]:
    """Return the keys of the person's photos and signatures that are still kept."""
    kept = select(StoredFile.key).where(person.rows[StoredFile], StoredFile.erased_at.is_(None))
    return list(session.scalars(kept.order_by(StoredFile.id)))


def list_recording_sids(session: Session, person: Person) -> list[str]:
    """Return the person's recordings that are still kept."""
    if Recording not in person.rows:
        return []
    kept = select(Recording.recording_sid).where(
        person.rows[Recording],
        Recording.erased_at.is_(None),
        Recording.is_ready.is_(True),
        Recording.recording_sid.is_not(None),
    )
    return [sid for sid in session.scalars(kept.order_by(Recording.id)) if sid]


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
