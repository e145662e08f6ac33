"""How often, when, about what and from where people call, learnt from the requests of the year before (D16)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from dispatch.replay import Demand, District, Kind
from models import Area, FaultCategory, ServiceRequest, Site, Territory
from operations.planning.crew import Point

MEMORY = dt.timedelta(days=365)
DAY = dt.timedelta(days=1)


class NoHistory(ValueError):
    """The area has no requests of the year before to learn the demand from."""

    field = "on"


def learn_demand(
    session: Session, *, area: Area, places: dict[Point, int], calls_per_day: float | None, now: dt.datetime
) -> Demand:
    """How often, at what hours, about what and from where people called in the year before `now`.

    Every weight starts at one, so that an hour in which nobody happened to call is not ruled out; points of sites are
    added to `places`. Raises NoHistory when nothing was called in.
    """
    rows = session.execute(
        select(ServiceRequest.opened_at, FaultCategory, Site.latitude, Site.longitude, Territory.code)
        .join(FaultCategory, FaultCategory.id == ServiceRequest.fault_category_id)
        .join(Site, Site.id == ServiceRequest.site_id)
        .outerjoin(Territory, Territory.id == Site.territory_id)
        .where(
            ServiceRequest.area_id == area.id,
            ServiceRequest.opened_at >= now - MEMORY,
            ServiceRequest.opened_at < now,
        )
        .order_by(ServiceRequest.opened_at)
        .options(joinedload(FaultCategory.skill))
    ).all()
    if not rows:
        raise NoHistory(area.code)
    zone = ZoneInfo(area.time_zone)
    hours = Counter(opened_at.astimezone(zone).hour for opened_at, *_ in rows)
    weekdays = Counter(opened_at.astimezone(zone).weekday() for opened_at, *_ in rows)
    faults = {fault.id: fault for _, fault, *_ in rows}
    counts = Counter(fault.id for _, fault, *_ in rows)
    sites: dict[str | None, dict[int, None]] = {}
    calls: Counter[str | None] = Counter()
    for _, _, latitude, longitude, territory in rows:
        here = places.setdefault((latitude, longitude), len(places))
        sites.setdefault(territory, {})[here] = None
        calls[territory] += 1
    span_days = max(1.0, (now - rows[0][0]) / DAY)
    mean = (len(rows) + 7) / 7
    return Demand(
        calls_per_day=len(rows) / span_days if calls_per_day is None else calls_per_day,
        hour_weights=tuple(hours[hour] + 1.0 for hour in range(24)),
        weekday_factors=tuple((weekdays[weekday] + 1.0) / mean for weekday in range(7)),
        kinds=tuple(_kind(faults[identity], count) for identity, count in sorted(counts.items())),
        districts=tuple(
            District(code or "elsewhere", float(calls[code]), tuple(sites[code]), code)
            for code in sorted(sites, key=lambda code: code or "")
        ),
    )


def _kind(fault: FaultCategory, count: int) -> Kind:
    return Kind(
        code=fault.code,
        weight=float(count),
        duration_seconds=fault.duration_minutes * 60.0,
        skills={fault.skill.code: fault.skill_level},
        priority=fault.priority,
    )
