"""Parts and the places they lie in."""

from sqlalchemy.orm import Session

from models import Area, Part, StockPlace, Technician
from operations.parts.stock import end_place, move_stock, open_van
from policies.parts import MoveKind, PartClass, PlaceKind
from tests.factories.instants import NIGHT
from tests.factories.numbers import next_number


def make_part(session: Session, *, number: str = "", lead_days: int = 2, price_cents: int = 12_000) -> Part:
    part = Part(
        number=number or f"LAMP-{next_number()}",
        name="投影灯泡",
        name_en="Projector lamp",
        part_class=PartClass.UNIT,
        family=None,
        price_cents=price_cents,
        lead_days=lead_days,
    )
    session.add(part)
    session.flush()
    return part


def make_warehouse(session: Session, area: Area, *, place: tuple[float, float] = (31.215, 121.455)) -> StockPlace:
    warehouse = StockPlace(
        code=f"wh{next_number()}",
        kind=PlaceKind.WAREHOUSE,
        name="中心仓库",
        name_en="Central warehouse",
        area_id=area.id,
        latitude=place[0],
        longitude=place[1],
    )
    session.add(warehouse)
    session.flush()
    return warehouse


def make_van(session: Session, technician: Technician) -> StockPlace:
    return open_van(session, technician=session.get_one(Technician, technician.id))


def stock_up(session: Session, place: StockPlace, part: Part, units: int) -> None:
    move_stock(
        session,
        kind=MoveKind.RECEIPT,
        part=part,
        quantity=units,
        from_place=end_place(session, PlaceKind.SUPPLIER),
        to_place=place,
        by="keeper",
        now=NIGHT,
    )
