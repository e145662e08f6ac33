"""Parts and places as files: what is wrong is named, what is right is stored once, a count leaves a line."""

import pytest
from sqlalchemy import func, select

from models import Part, StockLevel, StockMove, StockPlace
from models.database import Database
from operations.imports.parts import import_parts
from operations.imports.places import import_places
from operations.imports.problems import ImportRefused, Trouble
from policies.parts import MoveKind
from tests.operations.imports.conftest import NOW

PLACES = "place_code,kind,name,name_en,area,technician_number,latitude,longitude"
STORE = "wh-x,仓库,新仓库,New warehouse,shanghai,,31.2,121.4"
PARTS = "part_number,name,name_en,part_class,family,price_cents,lead_days,place_code,units,reorder_point,reorder_up_to"
LAMP = "NEW-1,灯泡,Lamp,unit,projector,1200,2,wh-centre,5,2,9"


def take_in(database: Database, *lines: str) -> dict[str, tuple[int, int, int]]:
    with database.writing() as session:
        data = "\n".join(lines).encode()
        counts = import_places(session, data=data) if lines[0] == PLACES else import_parts(session, data=data, now=NOW)
    return {noun: (count.added, count.changed, count.unchanged) for noun, count in counts.items()}


def troubles(database: Database, *lines: str) -> set[tuple[int, str, Trouble]]:
    with pytest.raises(ImportRefused) as refused:
        take_in(database, *lines)
    return {(problem.line, problem.column, problem.trouble) for problem in refused.value.problems}


def test_a_file_of_parts_counts_a_place_and_the_same_file_again_changes_nothing(city_database: Database) -> None:
    assert take_in(city_database, PARTS, LAMP) == {"parts": (1, 0, 0), "levels": (1, 0, 0)}
    assert take_in(city_database, PARTS, LAMP) == {"parts": (0, 0, 1), "levels": (0, 0, 1)}
    assert take_in(city_database, PARTS, LAMP.replace(",5,", ",3,")) == {"parts": (0, 0, 1), "levels": (0, 1, 0)}

    with city_database.reading() as session:
        part = session.scalars(select(Part).where(Part.number == "NEW-1")).one()
        lines = session.scalars(select(StockMove).where(StockMove.part_id == part.id).order_by(StockMove.id)).all()
        level = session.scalars(select(StockLevel).where(StockLevel.part_id == part.id)).one()
        assert [(line.kind, line.quantity) for line in lines] == [(MoveKind.COUNT, 5), (MoveKind.COUNT, 2)]
        assert (level.quantity, level.reorder_point, level.reorder_up_to) == (3, 2, 9)


def test_everything_wrong_with_parts_is_named_and_nothing_is_stored(city_database: Database) -> None:
    found = troubles(
        city_database,
        PARTS,
        LAMP,
        LAMP,
        LAMP.replace("wh-centre", "atlantis").replace("Lamp", "Bulb"),
        LAMP.replace("wh-centre", "").replace("NEW-1", "NEW-2"),
        LAMP.replace(",5,", ",-5,").replace("NEW-1", "NEW-3"),
    )

    assert found == {
        (3, "place_code", Trouble.REPEATED),
        (4, "place_code", Trouble.UNKNOWN),
        (4, "name_en", Trouble.DIFFERS),
        (5, "place_code", Trouble.MISSING),
        (6, "units", Trouble.NOT_A_NUMBER),
    }
    with city_database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Part).where(Part.number.like("NEW%"))) == 0


def test_a_van_needs_its_technician_and_a_warehouse_its_place_on_the_map(city_database: Database) -> None:
    found = troubles(
        city_database,
        PLACES,
        STORE,
        STORE.replace("31.2", ""),
        STORE.replace("仓库,", "van,", 1).replace("wh-x", "van-x"),
        STORE.replace("仓库,", "scrap,", 1).replace("wh-x", "scrap-x"),
        STORE.replace("shanghai,", "atlantis,T99").replace("wh-x", "wh-y"),
    )

    assert found == {
        (3, "place_code", Trouble.REPEATED),
        (3, "latitude", Trouble.MISSING),
        (4, "technician_number", Trouble.MISSING),
        (5, "kind", Trouble.NOT_A_WORD),
        (6, "area", Trouble.UNKNOWN),
        (6, "technician_number", Trouble.UNKNOWN),
    }
    assert take_in(city_database, PLACES, STORE) == {"places": (1, 0, 0)}
    with city_database.reading() as session:
        assert session.scalars(select(StockPlace).where(StockPlace.code == "wh-x")).one().latitude == 31.2
