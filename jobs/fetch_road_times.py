"""Ask the road service for what is missing: claim, call with no transaction open, store (DESIGN rules 2 and 11)."""

from __future__ import annotations

import structlog

from operations.clients.road_client import RoadServiceDown, RoadTimesClient
from operations.clients.services import Services
from operations.planning.road_times import (
    Fetch,
    claim_work,
    find_road_service,
    find_work,
    forget_roads,
    record_failure,
    store_table,
)

MOST_FETCHES_PER_RUN = 50
log = structlog.get_logger()


def fetch_road_times(services: Services) -> int:
    """Fetch road times, the most useful first, until all are known or the run is long enough; return the pairs."""
    if services.roads is None:
        return _forget(services)
    pairs = 0
    for _ in range(MOST_FETCHES_PER_RUN):
        fetch = _claim(services, services.roads)
        if fetch is None:
            break
        told = _fetch(services, services.roads, fetch)
        if told is None:
            break
        pairs += told
    return pairs


def _forget(services: Services) -> int:
    with services.database.reading() as session:
        was_set = find_road_service(session) is not None
    if was_set:
        with services.database.writing() as session:
            forget_roads(session)
    return 0


def _claim(services: Services, roads: RoadTimesClient) -> Fetch | None:
    now = services.now()
    with services.database.reading() as session:
        work = find_work(session, profile=roads.profile, most_pairs=roads.most_pairs, now=now)
    if work is None or not work.is_news:
        return None
    with services.database.writing() as session:
        return work.fetch if claim_work(session, work=work, now=now) else None


def _fetch(services: Services, roads: RoadTimesClient, fetch: Fetch) -> int | None:
    """Return the number of pairs, or None when the service must rest."""
    try:
        table = roads.fetch_table(fetch.origin_points, fetch.destination_points)
    except RoadServiceDown as trouble:
        with services.database.writing() as session:
            again_at = record_failure(session, profile=roads.profile, error=str(trouble), now=services.now())
        log.warning("road service down", profile=roads.profile, why=str(trouble), again_at=again_at.isoformat())
        return None
    with services.database.writing() as session:
        return store_table(session, fetch=fetch, profile=roads.profile, table=table, now=services.now())
