"""Areas and territories: where we serve, set up once per organisation (H13, DESIGN "organisations")."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Area, Territory


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
