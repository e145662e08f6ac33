"""Road times kept as rows: which are missing, claim a fetch, store what the service told (DESIGN rules 2 and 11).

The service is asked by the clock only, between two transactions. Whoever plans uses what is stored and estimates the
rest, so a slow or dead service costs accuracy, never a caller's time.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

import dispatch
from models import Area, RoadService, RoadTimes, ServiceRequest, Site, Technician, Territory, Visit
from operations.clients.road_client import Point, RoadTable
from operations.foundation.memory import CREW, remember
from policies.storable_text import make_storable
from policies.visit_states import ENDED

MOST_PLACES = 1500
"""Of one area: homes, sites with an open visit, then the newest sites. 1,500 × 1,500 pairs are 36 MB."""
REFRESH_AFTER = dt.timedelta(days=30)
LEASE = dt.timedelta(minutes=5)
"""Longer than a fetch can take; a clock that died leaves its claim behind for as long."""
FIRST_PAUSE = dt.timedelta(seconds=30)
LONGEST_PAUSE = dt.timedelta(minutes=15)
ROWS_AT_ONCE = 200
LONGEST_ERROR = 400


@dataclass(frozen=True, slots=True)
class Fetch:
    """One helping: for these origins of an area the same destinations are missing."""

    area_id: int
    origins: tuple[int, ...]
    destinations: tuple[int, ...]

    @property
    def origin_points(self) -> list[Point]:
        """Where to drive from."""
        return [dispatch.point_of_place(place) for place in self.origins]

    @property
    def destination_points(self) -> list[Point]:
        """Where to drive to."""
        return [dispatch.point_of_place(place) for place in self.destinations]


@dataclass(slots=True)
class RoadWork:
    """What there is to do: the next helping, rows that turn out to be whole, rows of places nobody drives to.

    Without news there is nothing to write down either.
    """

    profile: str
    fetch: Fetch | None = None
    settled: list[tuple[int, str, list[int]]] = field(default_factory=list)
    forgotten: list[tuple[int, list[int]]] = field(default_factory=list)
    places_known: int = 0
    places_wanted: int = 0
    is_news: bool = True


def find_work(session: Session, *, profile: str, most_pairs: int, now: dt.datetime) -> RoadWork | None:
    """Return what there is to do for the road times, or None while the service rests or is being asked.

    Changes nothing, so that nobody waits while a large area is looked through.
    """
    service = session.get(RoadService, profile)
    if service is not None and service.next_try_at > now:
        return None
    work = RoadWork(profile)
    states = _read_states(session, profile)
    for area_id in session.scalars(select(Area.id).order_by(Area.id)):
        _look_through(session, work, area_id, states.get(area_id, {}), most_pairs, now)
    seen = (service.places_known, service.places_wanted) if service is not None else None
    is_other = session.scalar(select(RoadService.profile).where(RoadService.profile != profile)) is not None
    has_work = bool(work.fetch or work.settled or work.forgotten)
    work.is_news = has_work or is_other or seen != (work.places_known, work.places_wanted)
    return work


def claim_work(session: Session, *, work: RoadWork, now: dt.datetime) -> bool:
    """Claim the helping, and tidy up; False when another clock was quicker.

    At most one fetch per service is under way, whatever the number of clocks. Rows of other services and of places
    nobody will drive to are deleted, so the table stays bounded: at most MOST_PLACES² pairs per area.
    """
    service = _lock_service(session, work.profile, now)
    if service.next_try_at > now:
        return False
    session.execute(delete(RoadTimes).where(RoadTimes.profile != work.profile))
    session.execute(delete(RoadService).where(RoadService.profile != work.profile))
    for area_id, places in work.forgotten:
        session.execute(delete(RoadTimes).where(RoadTimes.area_id == area_id, RoadTimes.from_place.in_(places)))
    for area_id, covers, places in work.settled:
        mine = (RoadTimes.area_id == area_id) & RoadTimes.from_place.in_(places)
        session.execute(update(RoadTimes).where(mine).values(covers=covers))
    service.places_known, service.places_wanted = work.places_known, work.places_wanted
    if work.fetch is not None:
        service.next_try_at = now + LEASE
    session.flush()
    return True


def store_table(session: Session, *, fetch: Fetch, profile: str, table: RoadTable, now: dt.datetime) -> int:
    """Store what the service told; return the number of pairs. The next fetch may begin at once."""
    wanted = list_places(session, area_id=fetch.area_id)
    covers = _digest(wanted)
    kept = _read_rows(session, fetch.area_id, profile, fetch.origins)
    for origin, seconds, metres in zip(fetch.origins, table.seconds, table.metres, strict=True):
        row = kept.get(origin)
        if row is None:
            row = RoadTimes(area_id=fetch.area_id, profile=profile, from_place=origin, to_places=b"", fetched_at=now)
            session.add(row)
        elif _is_old(row.fetched_at, now):
            row.to_places, row.fetched_at = b"", now
        told = dict(zip(fetch.destinations, zip(seconds, metres, strict=True), strict=True))
        row.to_places = dispatch.merge_roads(row.to_places, told, wanted=wanted)
        row.covers = "" if dispatch.missing_roads(row.to_places, wanted) else covers
    service = _lock_service(session, profile, now)
    service.fetched_at, service.next_try_at, service.failures, service.error = now, now, 0, None
    session.flush()
    return len(fetch.origins) * len(fetch.destinations)


def record_failure(session: Session, *, profile: str, error: str, now: dt.datetime) -> dt.datetime:
    """Let the service rest: half a minute after the first failure, doubled up to a quarter of an hour."""
    service = _lock_service(session, profile, now)
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(service.failures, 10))
    service.failures += 1
    service.error, service.next_try_at = make_storable(error)[:LONGEST_ERROR], now + pause
    session.flush()
    return service.next_try_at


def forget_roads(session: Session) -> int:
    """Delete everything there is of roads: no service is set any more. Return the number of rows."""
    gone = session.execute(delete(RoadTimes).returning(RoadTimes.from_place)).all()
    session.execute(delete(RoadService))
    return len(gone)


def find_road_service(session: Session) -> RoadService | None:
    """Return the road service in use and how it is, or None when none is set."""
    return session.scalars(select(RoadService)).first()


def read_road_rows(session: Session, *, area_id: int, points: Iterable[Point]) -> dict[int, bytes]:
    """Return what is known of the roads out of these points: packed destinations by place (dispatch.lay_roads)."""
    if not remember(session, topic=CREW, key="road service", read=lambda: find_road_service(session) is not None):
        return {}
    places = {dispatch.place_key(point) for point in points}
    in_use = select(RoadService.profile).scalar_subquery()
    rows = session.execute(
        select(RoadTimes.from_place, RoadTimes.to_places).where(
            RoadTimes.area_id == area_id, RoadTimes.profile == in_use, RoadTimes.from_place.in_(places)
        )
    )
    return {row.from_place: row.to_places for row in rows}


def list_places(session: Session, *, area_id: int, most: int = MOST_PLACES) -> list[int]:
    """Return the places of an area whose roads are worth knowing, the most useful first, `most` at most.

    Homes first; then sites with a visit that is not over; then other sites of the area, the newest first.
    """
    homes = select(Technician.home_latitude, Technician.home_longitude).where(Technician.area_id == area_id)
    open_sites = (
        select(Site.latitude, Site.longitude)
        .join(ServiceRequest, ServiceRequest.site_id == Site.id)
        .join(Visit, Visit.request_id == ServiceRequest.id)
        .where(Visit.area_id == area_id, Visit.state.not_in(ENDED))
    )
    sites = select(Site.latitude, Site.longitude).join(Territory, Territory.id == Site.territory_id)
    rows: list[tuple[float, float]] = [
        (latitude, longitude)
        for query in (
            homes.order_by(Technician.id),
            open_sites.order_by(Visit.id.desc()),
            sites.where(Territory.area_id == area_id).order_by(Site.id.desc()),
        )
        for latitude, longitude in session.execute(query.limit(most))
    ]
    return list(dict.fromkeys(dispatch.place_key(point) for point in rows))[:most]


@dataclass(frozen=True, slots=True)
class _RowState:
    covers: str
    fetched_at: dt.datetime


def _look_through(
    session: Session,
    work: RoadWork,
    area_id: int,
    states: Mapping[int, _RowState],
    most_pairs: int,
    now: dt.datetime,
) -> None:
    wanted = list_places(session, area_id=area_id)
    covers = _digest(wanted)
    if gone := sorted(set(states) - set(wanted)):
        work.forgotten.append((area_id, gone))
    not_whole = [place for place in wanted if not _is_whole(states.get(place), covers, now)]
    work.places_wanted += len(wanted)
    work.places_known += len(wanted) - len(not_whole)
    if work.fetch is None and not_whole:
        missing = _find_missing(session, work, area_id, states, wanted, not_whole, now)
        settled = [place for place in not_whole if place in missing and not missing[place]]
        if settled:
            work.settled.append((area_id, covers, settled))
            work.places_known += len(settled)
        work.fetch = _choose(area_id, {place: to for place, to in missing.items() if to}, most_pairs)


def _find_missing(
    session: Session,
    work: RoadWork,
    area_id: int,
    states: Mapping[int, _RowState],
    wanted: Sequence[int],
    not_whole: Sequence[int],
    now: dt.datetime,
) -> dict[int, tuple[int, ...]]:
    """Return what is missing by place, for as many places as one helping may need."""
    missing: dict[int, tuple[int, ...]] = {}
    for first in range(0, len(not_whole), ROWS_AT_ONCE):
        some = not_whole[first : first + ROWS_AT_ONCE]
        fresh = [place for place in some if place in states and not _is_old(states[place].fetched_at, now)]
        rows = _read_rows(session, area_id, work.profile, fresh)
        for place in some:
            packed = rows[place].to_places if place in rows else b""
            missing[place] = tuple(dispatch.missing_roads(packed, wanted))
        if any(missing[place] for place in some):
            break
    return missing


def _choose(area_id: int, missing: Mapping[int, tuple[int, ...]], most_pairs: int) -> Fetch | None:
    """Return one rectangle of pairs: origins that miss the same destinations, no more than a fair helping."""
    if not missing:
        return None
    first = next(iter(missing.values()))
    destinations = first[:most_pairs]
    alike = [place for place, to in missing.items() if to == first]
    return Fetch(area_id, tuple(alike[: max(1, most_pairs // len(destinations))]), destinations)


def _read_states(session: Session, profile: str) -> dict[int, dict[int, _RowState]]:
    states: dict[int, dict[int, _RowState]] = {}
    rows = session.execute(
        select(RoadTimes.area_id, RoadTimes.from_place, RoadTimes.covers, RoadTimes.fetched_at).where(
            RoadTimes.profile == profile
        )
    )
    for area_id, place, covers, fetched_at in rows:
        states.setdefault(area_id, {})[place] = _RowState(covers, fetched_at)
    return states


def _read_rows(session: Session, area_id: int, profile: str, places: Sequence[int]) -> dict[int, RoadTimes]:
    rows = session.scalars(
        select(RoadTimes).where(
            RoadTimes.area_id == area_id, RoadTimes.profile == profile, RoadTimes.from_place.in_(places)
        )
    )
    return {row.from_place: row for row in rows}


def _lock_service(session: Session, profile: str, now: dt.datetime) -> RoadService:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(RoadService).values(profile=profile, next_try_at=now, failures=0, places_known=0, places_wanted=0)
    session.execute(first.on_conflict_do_nothing())
    query = select(RoadService).where(RoadService.profile == profile).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _is_whole(state: _RowState | None, covers: str, now: dt.datetime) -> bool:
    return state is not None and state.covers == covers and not _is_old(state.fetched_at, now)


def _is_old(fetched_at: dt.datetime, now: dt.datetime) -> bool:
    return now - fetched_at > REFRESH_AFTER


def _digest(places: Iterable[int]) -> str:
    return hashlib.blake2b(repr(sorted(places)).encode(), digest_size=16).hexdigest()
