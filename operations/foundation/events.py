"""Append facts to a subject's chain (K1, K3). The only place that writes StatusEvents."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any, TypeVarTuple

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from models import StatusEvent
from operations.foundation.hook_deliveries import store_deliveries
from policies.clocks.reading import Fact
from policies.event_chain import FIRST_HASH, ChainedEvent, hash_event, hash_personal

STREAMED = {"yield_per": 5000}
Columns = TypeVarTuple("Columns")


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
    take_turn(session, subject)
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
    store_deliveries(session, event=event)
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


def stream_facts(session: Session) -> Iterator[tuple[str, list[Fact]]]:
    """Yield every subject with what the clocks need of its events, in the order of their names, one at a time."""
    columns = (StatusEvent.subject, StatusEvent.kind, StatusEvent.occurred_at, StatusEvent.position, StatusEvent.facts)
    rows = session.execute(_in_chains(select(*columns)), execution_options=STREAMED)
    for subject, group in groupby(rows, key=itemgetter(0)):
        yield subject, [Fact(*row[1:]) for row in group]


def find_broken_link(session: Session, *, subject: str) -> int | None:
    """Return the position of the first event whose hash or link does not fit, or None if the chain is whole."""
    return _first_broken(session.execute(_in_chains(_LINKS).where(StatusEvent.subject == subject)))


def find_broken_chains(session: Session) -> Iterator[tuple[str, int]]:
    """Yield every subject whose chain is not whole, with the first position at which it breaks."""
    for subject, group in groupby(session.execute(_in_chains(_LINKS), execution_options=STREAMED), key=itemgetter(0)):
        position = _first_broken(group)
        if position is not None:
            yield subject, position


def _in_chains(wanted: Select[*Columns]) -> Select[*Columns]:
    return wanted.order_by(StatusEvent.subject, StatusEvent.position)


def _first_broken(rows: Iterable[Row[Any]]) -> int | None:
    previous = FIRST_HASH
    for place, row in enumerate(rows):
        chained = ChainedEvent(
            subject=row.subject,
            position=row.position,
            kind=row.kind,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            source=row.source,
            actor=row.actor,
            facts=row.facts,
            personal_hashes=row.personal_hashes,
            previous_hash=previous,
        )
        if row.position != place or row.previous_hash != previous or row.hash != hash_event(chained):
            return place
        previous = row.hash
    return None


_LINKS = select(
    StatusEvent.subject,
    StatusEvent.position,
    StatusEvent.kind,
    StatusEvent.occurred_at,
    StatusEvent.recorded_at,
    StatusEvent.source,
    StatusEvent.actor,
    StatusEvent.facts,
    StatusEvent.personal_hashes,
    StatusEvent.previous_hash,
    StatusEvent.hash,
)
"""What a chain is checked by."""


def take_turn(session: Session, subject: str) -> None:
    """Wait until no other transaction writes about this subject, and keep them out until this one ends.

    Whoever decides by a subject's events takes it before reading them.
    """
    # SQLite's writers already take turns. PostgreSQL needs a lock that exists before the subject's first event.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(subject, 0))))
