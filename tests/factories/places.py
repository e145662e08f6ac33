"""Areas and territories."""

from sqlalchemy.orm import Session

from models import Area, Territory
from tests.factories.numbers import next_number


def make_area(session: Session, *, code: str = "", time_zone: str = "Asia/Shanghai") -> Area:
    area = Area(code=code or f"area{next_number()}", name="上海", name_en="Shanghai", time_zone=time_zone)
    session.add(area)
    session.flush()
    return area


def make_territory(session: Session, area: Area, *, code: str = "") -> Territory:
    name = code or f"territory{next_number()}"
    territory = Territory(area_id=area.id, code=name, name="市中心", name_en="Centre", districts=["静安"])
    session.add(territory)
    session.flush()
    return territory
