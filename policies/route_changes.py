"""What a technician has to be told again: only what differs from what he knows, and only what concerns him (D10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

RETIME_TOLERANCE = dt.timedelta(minutes=15)
"""A start that moves by less is not worth a message: the customer's window still holds and the link shows the time."""


class ChangeKind(StrEnum):
    """What happened to a stop a technician knows of, or did not know of yet."""

    ADDED = "added"
    REMOVED = "removed"
    RETIMED = "retimed"


@dataclass(frozen=True, slots=True)
class RouteChange:
    """One change to one technician's route; `start_at` is the new planned start, None for a removed stop."""

    kind: ChangeKind
    visit_id: int
    start_at: dt.datetime | None


def list_route_changes(
    *, told: Mapping[int, dt.datetime], planned: Mapping[int, dt.datetime]
) -> tuple[RouteChange, ...]:
    """Compare what a technician was told with what is planned (visit id → start), in the order of time."""
    changes = [
        RouteChange(ChangeKind.ADDED, visit_id, start) for visit_id, start in planned.items() if visit_id not in told
    ]
    changes += [
        RouteChange(ChangeKind.RETIMED, visit_id, start)
        for visit_id, start in planned.items()
        if visit_id in told and abs(start - told[visit_id]) > RETIME_TOLERANCE
    ]
    changes += [RouteChange(ChangeKind.REMOVED, visit_id, None) for visit_id in told if visit_id not in planned]
    latest = dt.datetime.max.replace(tzinfo=dt.UTC)
    return tuple(sorted(changes, key=lambda change: (change.start_at or latest, change.visit_id)))
