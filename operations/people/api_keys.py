"""Keys to the JSON API: made once, shown once, taken back at any time (S2)."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ApiKey
from policies.api_scopes import ApiScope

PREFIX = "oc_"
SECRET_BYTES = 32


class ApiKeyNameTaken(ValueError):
    """There is a key of this name already."""


class ApiKeyUnknown(LookupError):
    """There is no such key, or it has been taken back."""


def make_api_key(session: Session, *, name: str, scopes: Collection[ApiScope], now: dt.datetime) -> str:
    """Make a key and return it: this once, for only a hash is kept. Raises ApiKeyNameTaken."""
    if session.scalar(select(ApiKey.id).where(ApiKey.name == name)) is not None:
        raise ApiKeyNameTaken(name)
    key = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    session.add(ApiKey(name=name, key_hash=_hash(key), scopes=sorted(str(scope) for scope in scopes), made_at=now))
    session.flush()
    return key


def find_api_key(session: Session, *, key: str) -> ApiKey:
    """Return the key's row; raises ApiKeyUnknown for a wrong one or one that was taken back."""
    row = session.scalars(select(ApiKey).where(ApiKey.key_hash == _hash(key))).one_or_none()
    if row is None or row.revoked_at is not None:
        raise ApiKeyUnknown
    return row


def revoke_api_key(session: Session, *, name: str, now: dt.datetime) -> None:
    """Take a key back, from the next request on; raises ApiKeyUnknown."""
    row = session.scalars(select(ApiKey).where(ApiKey.name == name)).one_or_none()
    if row is None:
        raise ApiKeyUnknown(name)
    row.revoked_at = row.revoked_at or now


def list_api_keys(session: Session) -> Sequence[ApiKey]:
    """Return every key there is or was, by name."""
    return session.scalars(select(ApiKey).order_by(ApiKey.name)).all()


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
