"""Areas and territories: where we serve, set up once per organisation (H13, DESIGN "organisations")."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Area, Call, CallBack, Complaint, ServiceRequest, Site, Territory


class TimeZoneUnknown(ValueError):
    """No time zone of this IANA name is known, such as Asia/Shanghai."""


class AreaUnknown(ValueError):
    """There is no area of this code."""


class CodeTaken(ValueError):
    """There is an area or territory of this code already."""


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
