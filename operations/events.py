"""Append facts to a subject's chain (K1, K3). The only place that writes StatusEvents."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import StatusEvent
from policies.clocks.reading import Fact
from policies.event_chain import FIRST_HASH, ChainedEvent, hash_event, hash_personal


def record_event(
    session: Session,
    *,
    subject: str,
    kind: str,
    occurred_at: dt.datetime,
    recorded_at: dt.datetime,
    source: str,
    actor: str,
    facts: Mapping[str, Any] | None = None,
    personal: Mapping[str, str] | None = None,
) -> StatusEvent:
    """Append one event to the chain of `subject` and return it.

    `facts` enter the chain as they are and may never hold personal data; `personal` enters as salted hashes, so that
    it can be erased later (S1). Two writers of one subject take turns until the end of their transactions.
    """
    _take_turn(session, subject)
    last = session.scalars(
        select(StatusEvent).where(StatusEvent.subject == subject).order_by(StatusEvent.position.desc()).limit(1)
    ).first()
    salts = {field: secrets.token_hex(16) for field in personal or {}}
    hashes = {
        field: hash_personal(field=field, value=value, salt=salts[field]) for field, value in (personal or {}).items()
    }
    chained = ChainedEvent(
        subject=subject,
        position=last.position + 1 if last else 0,
        kind=kind,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        source=source,
        actor=actor,
        facts=dict(facts or {}),
        personal_hashes=hashes,
        previous_hash=last.hash if last else FIRST_HASH,
    )
    event = StatusEvent(
        subject=subject,
        position=chained.position,
        kind=kind,
        occurred_at=occurred_at,
        recorded_at=recorded_at,
        source=source,
        actor=actor,
        facts=chained.facts,
        personal=dict(personal) if personal else None,
        personal_salts=salts or None,
        personal_hashes=hashes,
        previous_hash=chained.previous_hash,
        hash=hash_event(chained),
    )
    session.add(event)
    session.flush()
    return event


def list_events(session: Session, *, subject: str) -> list[StatusEvent]:
    """Return the subject's events in the order of the chain."""
    return list(
        session.scalars(select(StatusEvent).where(StatusEvent.subject == subject).order_by(StatusEvent.position))
    )


def list_facts(session: Session, *, subject: str) -> list[Fact]:
    """Return what the clocks need of the subject's events."""
    columns = (StatusEvent.kind, StatusEvent.occurred_at, StatusEvent.position, StatusEvent.facts)
    rows = session.execute(select(*columns).where(StatusEvent.subject == subject).order_by(StatusEvent.position))
    return [Fact(*row) for row in rows]


def find_broken_link(session: Session, *, subject: str) -> int | None:
    """Return the position of the first event whose hash or link does not fit, or None if the chain is whole."""
    previous = FIRST_HASH
    for position, event in enumerate(list_events(session, subject=subject)):
        chained = ChainedEvent(
            subject=event.subject,
            position=event.position,
            kind=event.kind,
            occurred_at=event.occurred_at,
            recorded_at=event.recorded_at,
            source=event.source,
            actor=event.actor,
            facts=event.facts,
            personal_hashes=event.personal_hashes,
            previous_hash=previous,
        )
        if event.position != position or event.previous_hash != previous or event.hash != hash_event(chained):
            return position
        previous = event.hash
    return None


def _take_turn(session: Session, subject: str) -> None:
    # SQLite's writers already take turns. PostgreSQL needs a lock that exists before the subject's first event.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(subject, 0))))
