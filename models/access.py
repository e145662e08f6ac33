"""Who may come in: users of the pages, signed links, and counters against guessing (S2)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, BigId, Word, id_column
from policies.languages import Language
from policies.roles import LinkPurpose, Role


class User(Base):
    """Somebody who signs in to the pages. Only a hash of the password is kept.

    With a `totp_secret`, kept sealed, a code of six digits is asked for as well; `totp_step` is the last one used,
    which is not taken again. Only an administrator sets `email`: whoever reads its mail can have a new password.
    """

    __tablename__ = "users"
    id: Mapped[id_column]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    display_name: Mapped[str] = mapped_column(String(80))
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[Role] = mapped_column(Word(Role))
    language: Mapped[Language] = mapped_column(Word(Language))
    is_active: Mapped[bool]
    totp_secret: Mapped[str | None] = mapped_column(String(300))
    totp_step: Mapped[int | None]
    email: Mapped[str | None] = mapped_column(String(254), unique=True)


class AccessLink(Base):
    """A link sent to one person for one purpose, until it expires or has been used. Only its secret's hash is kept."""

    __tablename__ = "access_links"
    id: Mapped[id_column]
    secret_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[LinkPurpose] = mapped_column(Word(LinkPurpose))
    subject: Mapped[str] = mapped_column(String(60), index=True)
    made_at: Mapped[dt.datetime]
    expires_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime | None]


class FileLook(Base):
    """Somebody looked at a file: a request, a call, a photo (S1). Never changed; erased with its retention."""

    __tablename__ = "file_looks"
    __table_args__ = (Index("ix_file_looks_looked_at", "looked_at"),)
    id: Mapped[id_column]
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("users.id"), index=True)
    subject: Mapped[str] = mapped_column(String(60), index=True)
    looked_at: Mapped[dt.datetime]

    user: Mapped[User] = relationship()


class ApiKey(Base):
    """A key with which another system speaks with us. Only a hash of it is kept; `scopes` are what it is good for.

    `made_by` is empty for keys from before that was kept; `last_used_at` lags behind by some minutes (note_use).
    """

    __tablename__ = "api_keys"
    id: Mapped[id_column]
    name: Mapped[str] = mapped_column(String(60), unique=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    made_at: Mapped[dt.datetime]
    made_by: Mapped[str] = mapped_column(String(60), server_default="")
    last_used_at: Mapped[dt.datetime | None]
    revoked_at: Mapped[dt.datetime | None]


class GuessCounter(Base):
    """How often somebody tried something that can be guessed, per window of time."""

    __tablename__ = "guess_counters"
    __table_args__ = (UniqueConstraint("scope", "key", "window_from_at"),)
    id: Mapped[id_column]
    scope: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(120))
    window_from_at: Mapped[dt.datetime]
    tries: Mapped[int]
