"""Keys to the JSON API: made once, shown once, taken back at any time, all of it on record (S1, S2)."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection, Sequence

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from models import ApiKey
from operations.foundation.events import record_event
from policies.api_scopes import ApiScope

PREFIX = "oc_"
SECRET_BYTES = 32
USE_NOTED_EVERY_MINUTES = 5


class ApiKeyNameTaken(ValueError):
    """There is a key of this name already."""

    field = "name"


class ApiKeyUnknown(LookupError):
    """There is no such key, or it has been taken back."""


def make_api_key(
    session: Session, *, name: str, scopes: Collection[ApiScope], by: str, source: str, now: dt.datetime
) -> str:
    """Make a key and return it: this once, for only a hash is kept. Raises ApiKeyNameTaken.

    `by` is who made it, `source` through which door.
    """
    if session.scalar(select(ApiKey.id).where(ApiKey.name == name)) is not None:
        raise ApiKeyNameTaken(name)
    key = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    row = ApiKey(name=name, key_hash=_hash(key), scopes=sorted(map(str, scopes)), made_at=now, made_by=by)
    session.add(row)
    session.flush()
    _put_on_record(session, row, "api_key_made", by=by, source=source, now=now)
    return key


def find_api_key(session: Session, *, key: str) -> ApiKey:
    """Return the key's row; raises ApiKeyUnknown for a wrong one or one that was taken back."""
    row = session.scalars(select(ApiKey).where(ApiKey.key_hash == _hash(key))).one_or_none()
    if row is None or row.revoked_at is not None:
        raise ApiKeyUnknown
    return row


def is_use_to_note(key: ApiKey, *, now: dt.datetime) -> bool:
    """Tell whether a use of the key is worth a write: the last one noted is some minutes old."""
    return key.last_used_at is None or key.last_used_at <= _noted_before(now)


def note_use(session: Session, *, key_id: int, now: dt.datetime) -> None:
    """Write down that a key was used just now, unless another process has done so already."""
    is_old = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= _noted_before(now))
    session.execute(update(ApiKey).where(ApiKey.id == key_id, is_old).values(last_used_at=now))


def revoke_api_key(session: Session, *, name: str, by: str, source: str, now: dt.datetime) -> None:
    """Take a key back, from the next request on; one taken back before stays as it is. Raises ApiKeyUnknown."""
    row = session.scalars(select(ApiKey).where(ApiKey.name == name).with_for_update()).one_or_none()
    if row is None:
        raise ApiKeyUnknown(name)
    if row.revoked_at is None:
        row.revoked_at = now
        _put_on_record(session, row, "api_key_revoked", by=by, source=source, now=now)


def list_api_keys(session: Session) -> Sequence[ApiKey]:
    """Return every key there is or was: those in use first, by name."""
    return session.scalars(select(ApiKey).order_by(ApiKey.revoked_at.is_not(None), ApiKey.name)).all()


def _put_on_record(session: Session, key: ApiKey, kind: str, *, by: str, source: str, now: dt.datetime) -> None:
    record_event(
        session,
        subject=f"api_key:{key.id}",
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source=source,
        actor=by,
        facts={"name": key.name, "scopes": key.scopes},
    )


def _noted_before(now: dt.datetime) -> dt.datetime:
    return now - dt.timedelta(minutes=USE_NOTED_EVERY_MINUTES)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
