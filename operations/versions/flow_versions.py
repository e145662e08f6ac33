"""Keep every version of the menu that a caller has heard, so that old calls are shown as they were (H14)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import FlowVersion
from operations.foundation.memory import TEXTS, remember
from policies.languages import Language

_INSERTS = {
    name: insert(FlowVersion).on_conflict_do_nothing()
    for name, insert in (("postgresql", postgresql.insert), ("sqlite", sqlite.insert))
}


@dataclass(frozen=True, slots=True)
class Flow:
    """The menu as it is now: its version, the drawn menu as SVG, and its sentences per language by name."""

    version: str
    picture: str
    sentences: Mapping[Language, Mapping[str, str]]


def keep_flow(session: Session, *, flow: Flow, now: dt.datetime) -> None:
    """Keep this version, unless it is kept; two calls that are its first at once keep it once."""
    known = remember(session, topic=TEXTS, key="flow versions", read=lambda: _list_versions(session))
    if flow.version not in known:
        row = {
            "version": flow.version,
            "picture": flow.picture,
            "sentences": {str(language): dict(named) for language, named in flow.sentences.items()},
            "first_heard_at": now,
        }
        session.execute(_INSERTS[session.get_bind().dialect.name], row)


def find_flow(session: Session, *, version: str) -> FlowVersion | None:
    """Return a version of the menu, or None where it was never kept."""
    return session.scalars(select(FlowVersion).where(FlowVersion.version == version)).one_or_none()


def _list_versions(session: Session) -> frozenset[str]:
    return frozenset(session.scalars(select(FlowVersion.version)))
