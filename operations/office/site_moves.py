"""Sites change hands where a border has moved; promises made meanwhile are kept where they were made (D2, H13).

Only ground that changes hands moves its sites: whoever was given to a territory against its border stays. Sites of
another area stay too: its own borders decide. A request keeps its area. A site with a promised or offered visit stays
until that is over, for the technician who was promised serves the old territory; then the clock moves it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from models import ServiceRequest, Site, Territory, Visit
from operations.office.register_changes import RowChange, record_changes
from operations.office.registers import REGISTERS
from operations.planning.live_plan import lock_live_plan, take_step
from policies.outlines import Corner, find_holder, tell_inside
from policies.visit_states import PROMISED, VisitState

MOST_AT_ONCE = 500
SOURCE = "border"
CUSTOMERS = REGISTERS["customers"]


@dataclass(frozen=True, slots=True)
class SiteMoves:
    """What a new border would do: which site goes to which territory (ids), and how many of them.

    `coming` and `going` are seen from the territory drawn; `waiting` stay until a visit is over; `left` lie outside
    every border from then on and stay with the territory.
    """

    destinations: Mapping[int, int]
    coming: int = 0
    going: int = 0
    waiting: int = 0
    left: int = 0


def plan_site_moves(session: Session, *, territory: Territory, outline: Sequence[Corner]) -> SiteMoves:
    """Return which sites change territory when this becomes the border, none when it is taken away; writes nothing."""
    if not outline:
        return SiteMoves({})
    before: Sequence[Corner] = territory.outline or ()
    rows = session.execute(_sites_near([*before, *outline], territory)).all()
    places = [(row.latitude, row.longitude) for row in rows]
    was, will = tell_inside(before, places), tell_inside(outline, places)
    others = select(Territory).where(Territory.area_id == territory.area_id, Territory.id != territory.id)
    borders = {one.id: one.outline for one in session.scalars(others.order_by(Territory.code)) if one.outline}
    destinations, coming, left = dict[int, int](), 0, 0
    for row, place, was_inside, is_inside in zip(rows, places, was, will, strict=True):
        is_own = row.holder_id == territory.id
        if is_inside and not was_inside and not is_own:
            destinations[row.id] = territory.id
            coming += 1
        elif was_inside and not is_inside and is_own:
            if (holder := find_holder(borders, place)) is None:
                left += 1
            else:
                destinations[row.id] = holder
    held = _count_held(session, sorted(destinations))
    return SiteMoves(destinations, coming, len(destinations) - coming, held, left)


def order_site_moves(session: Session, *, moves: SiteMoves) -> None:
    """Write down where sites go; `move_waiting_sites` moves them, at once or later."""
    for site_ids in _portions(sorted(moves.destinations)):
        for site in session.scalars(select(Site).where(Site.id.in_(site_ids))):
            wanted = moves.destinations[site.id]
            site.next_territory_id = None if wanted == site.territory_id else wanted
    session.flush()


def move_waiting_sites(session: Session, *, by: str, now: dt.datetime, most: int = MOST_AT_ONCE) -> int:
    """Move at most so many sites that no visit holds any more; return how many. Each area's live plan takes a step."""
    waiting = select(Site).where(Site.next_territory_id.is_not(None), ~_is_held())
    areas = select(Territory.area_id).where(Territory.id.in_(waiting.with_only_columns(Site.next_territory_id)))
    # The plans first: nobody may be promised a technician of the old territory between the look and the move.
    plans = [lock_live_plan(session, area_id=area_id, now=now) for area_id in sorted(session.scalars(areas.distinct()))]
    loaded = (joinedload(Site.customer), joinedload(Site.territory), joinedload(Site.next_territory))
    sites = session.scalars(waiting.options(*loaded).order_by(Site.id).limit(most)).all()
    changes = [_move(site) for site in sites]
    session.flush()
    if changes:
        record_changes(session, register=CUSTOMERS, changes=changes, by=by, source=SOURCE, now=now)
        for plan in plans:
            take_step(session, plan=plan, now=now)
    return len(changes)


def _move(site: Site) -> RowChange:
    key = CUSTOMERS.key_of({"customer_number": site.customer.number, "site_code": site.code})
    before = site.territory.code if site.territory else ""
    after = site.next_territory.code if site.next_territory else ""
    site.territory_id, site.next_territory_id = site.next_territory_id, None
    return RowChange(key, {"territory": before}, {"territory": after})


def _sites_near(corners: Sequence[Corner], territory: Territory) -> Select[int, float, float, int | None]:
    latitudes, longitudes = zip(*corners, strict=True)
    holder_id = func.coalesce(Site.next_territory_id, Site.territory_id).label("holder_id")
    return (
        select(Site.id, Site.latitude, Site.longitude, holder_id)
        .outerjoin(Territory, Territory.id == holder_id)
        .where(
            or_(Territory.id.is_(None), Territory.area_id == territory.area_id),
            Site.latitude.between(min(latitudes), max(latitudes)),
            Site.longitude.between(min(longitudes), max(longitudes)),
        )
        .order_by(Site.id)
    )


def _is_held() -> ColumnElement[bool]:
    request = and_(ServiceRequest.id == Visit.request_id, ServiceRequest.site_id == Site.id)
    states = sorted(PROMISED | {VisitState.OFFERED})
    return select(Visit.id).join(ServiceRequest, request).where(Visit.state.in_(states)).exists()


def _count_held(session: Session, site_ids: Sequence[int]) -> int:
    counted = select(func.count()).select_from(Site).where(_is_held())
    return sum(session.scalar(counted.where(Site.id.in_(some))) or 0 for some in _portions(site_ids))


def _portions(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + MOST_AT_ONCE] for start in range(0, len(ids), MOST_AT_ONCE)]
