"""Areas and territories: where we serve, set up once per organisation (H13, DESIGN "organisations")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from models import Area, Call, CallBack, Complaint, ServiceRequest, Site, Territory
from policies.outlines import Corner, count_inside, find_holder


class TimeZoneUnknown(ValueError):
    """No time zone of this IANA name is known, such as Asia/Shanghai."""


class AreaUnknown(ValueError):
    """There is no area of this code."""


class CodeTaken(ValueError):
    """There is an area or territory of this code already."""


@dataclass(frozen=True, slots=True)
class SitesInside:
    """How many sites a territory has, how many of them lie inside its border, and how many of others do."""

    own: int
    own_inside: int
    others_inside: int


class Territories:
    """All territories, read once: whose a site is."""

    def __init__(self, session: Session) -> None:
        """Read them; the first by code has what two share."""
        rows = session.scalars(select(Territory).order_by(Territory.code)).all()
        self._ids = {row.code: row.id for row in rows}
        self._outlines = {row.id: row.outline for row in rows if row.outline}

    def find(self, code: str | None, *, at: Corner) -> int | None:
        """Return the id of the territory of this code; without one, of the one whose border holds the place."""
        return find_holder(self._outlines, at) if code is None else self._ids[code]


def find_territory(session: Session, *, code: str) -> Territory | None:
    """Return the territory of this code."""
    return session.scalars(select(Territory).where(Territory.code == code)).one_or_none()


def count_sites_inside(session: Session, *, territory: Territory) -> SitesInside | None:
    """Count the sites in and around a border; None where none was drawn."""
    if not territory.outline:
        return None
    latitudes, longitudes = zip(*territory.outline, strict=True)
    is_near = and_(
        Site.latitude.between(min(latitudes), max(latitudes)), Site.longitude.between(min(longitudes), max(longitudes))
    )
    rows = session.execute(
        select(Site.latitude, Site.longitude, Site.territory_id).where(or_(Site.territory_id == territory.id, is_near))
    ).all()
    own = [(row.latitude, row.longitude) for row in rows if row.territory_id == territory.id]
    others = [(row.latitude, row.longitude) for row in rows if row.territory_id != territory.id]
    outline = territory.outline
    return SitesInside(len(own), count_inside(outline, own), count_inside(outline, others))


def add_area(session: Session, *, code: str, name: str, name_en: str, time_zone: str) -> Area:
    """Add a planning area; raises CodeTaken or TimeZoneUnknown."""
    if session.scalar(select(Area.id).where(Area.code == code)) is not None:
        raise CodeTaken(code)
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise TimeZoneUnknown(time_zone) from error
    area = Area(code=code, name=name, name_en=name_en, time_zone=time_zone)
    session.add(area)
    session.flush()
    return area


def find_customer_area(session: Session, *, customer_id: int | None) -> int | None:
    """Return the id of the area that serves the customer's first site, or None where nobody knows."""
    served = select(Territory.area_id).join(Site, Site.territory_id == Territory.id)
    return session.scalar(served.where(Site.customer_id == customer_id).order_by(Site.id).limit(1))


def find_matter_area(session: Session, *, matter: Complaint | CallBack) -> int | None:
    """Return the id of the area a matter beside the requests belongs to: its request's, its call's, its customer's."""
    request = session.get(ServiceRequest, matter.request_id) if matter.request_id else None
    call = session.get(Call, matter.call_id) if matter.call_id else None
    known = (request.area_id if request else None) or (call.area_id if call else None)
    return known or find_customer_area(session, customer_id=matter.customer_id)


def add_territory(
    session: Session, *, area_code: str, code: str, name: str, name_en: str, districts: Sequence[str]
) -> Territory:
    """Add a territory of an area; `districts` are the names sites carry. Raises AreaUnknown or CodeTaken."""
    area = session.scalars(select(Area).where(Area.code == area_code)).one_or_none()
    if area is None:
        raise AreaUnknown(area_code)
    if session.scalar(select(Territory.id).where(Territory.code == code)) is not None:
        raise CodeTaken(code)
    territory = Territory(area_id=area.id, code=code, name=name, name_en=name_en, districts=list(districts))
    session.add(territory)
    session.flush()
    return territory
