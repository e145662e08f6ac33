"""Replays that somebody ordered are played a few runs at a time, on workers, with no transaction open (D16)."""

from __future__ import annotations

import structlog

from operations.clients.services import Services
from operations.replay.replay_orders import PeriodChanged, find_next_batch, give_up_replay, keep_runs

log = structlog.get_logger()


def play_replays(services: Services) -> int:
    """Play the next runs of the replay that waits longest; return how many were played."""
    try:
        with services.database.reading() as session:
            batch = find_next_batch(session)
    except PeriodChanged as changed:
        return _give_up(services, changed.replay_id, "changed")
    if batch is None:
        return 0
    try:
        rows = services.play(batch.scenarios, batch.seed, batch.numbers)
    except Exception:
        log.exception("a replay cannot be played", replay_id=batch.replay_id)
        return _give_up(services, batch.replay_id, "planner")
    with services.database.writing() as session:
        keep_runs(session, batch=batch, rows=rows, now=services.now())
    return len(rows)


def _give_up(services: Services, replay_id: int, trouble: str) -> int:
    with services.database.writing() as session:
        give_up_replay(session, replay_id=replay_id, trouble=trouble, now=services.now())
    return 0
