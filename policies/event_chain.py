"""How StatusEvents are chained (K3): a hash covers the event and the hash before it; personal fields are salted."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

FIRST_HASH = "0" * 64


class FactNotExact(TypeError):
    """A fact holds a fraction; databases write those differently, so the chain would not check. Use whole units."""


@dataclass(frozen=True, slots=True)
class ChainedEvent:
    """The part of a StatusEvent that its hash covers."""

    subject: str
    position: int
    kind: str
    occurred_at: dt.datetime
    recorded_at: dt.datetime
    source: str
    actor: str
    facts: Mapping[str, Any]
    personal_hashes: Mapping[str, str]
    previous_hash: str


def hash_personal(*, field: str, value: str, salt: str) -> str:
    """Return the hash that stands for one personal field; with its salt erased, nobody can guess the value back."""
    return hashlib.sha256(f"{salt}\x1f{field}\x1f{value}".encode()).hexdigest()


def hash_event(event: ChainedEvent) -> str:
    """Return the event's hash: SHA-256 of its canonical JSON (sorted names, no spaces, UTC instants).

    Raises FactNotExact, naming the fact, for a fraction: PostgreSQL would give 1e16 back as 10000000000000000.
    """
    for name, value in event.facts.items():
        _demand_exact(name, value)
    body = {
        "subject": event.subject,
        "position": event.position,
        "kind": event.kind,
        "occurred_at": write_instant(event.occurred_at),
        "recorded_at": write_instant(event.recorded_at),
        "source": event.source,
        "actor": event.actor,
        "facts": dict(event.facts),
        "personal": dict(event.personal_hashes),
        "previous": event.previous_hash,
    }
    return hashlib.sha256(write_canonical(body)).hexdigest()


def write_canonical(body: Mapping[str, Any]) -> bytes:
    """Return the one way to write a document: JSON with sorted names and no spaces, in UTF-8."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def write_instant(at: dt.datetime) -> str:
    """Return an instant as chains and certificates write it: 2026-11-22T14:40:00.000000Z."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _demand_exact(name: str, value: object) -> None:
    if isinstance(value, float):
        raise FactNotExact(f"{name}: {value!r}")
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for part in value:
            _demand_exact(name, part)
