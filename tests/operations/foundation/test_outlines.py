"""A territory's border: kept in its register, on record, and used for sites that name no territory (D2, S1)."""

import datetime as dt

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Site, Territory
from models.database import Database
from operations.day.district_map import draw_district_map
from operations.foundation.territories import count_sites_inside, find_territory
from operations.imports.customers import COLUMNS as CUSTOMER_COLUMNS, import_customers
from operations.imports.problems import ImportRefused, Trouble
from operations.imports.sheets import write_sheet
from operations.office.register_changes import (
    find_row,
    list_register_events,
    read_changes,
    take_file,
    write_row,
)
from operations.office.registers import REGISTERS
from tests.factories.customers import make_customer, make_site
from tests.factories.places import make_area, make_territory

NOW = dt.datetime(2026, 11, 22, 2, tzinfo=dt.UTC)
TERRITORIES = REGISTERS["territories"]
WEST = "31.0,121.0;31.0,121.1;31.1,121.1;31.1,121.0"
EAST = "31.0,121.1;31.0,121.2;31.1,121.2;31.1,121.1"


@pytest.fixture
def places(database: Database) -> Database:
    """Two territories of one area, without borders."""
    with database.writing() as session:
        area = make_area(session, code="shanghai")
        for code, district in (("west", "静安"), ("east", "浦东")):
            make_territory(session, area, code=code).districts = [district]
    return database


def draw(session: Session, code: str, outline: str) -> None:
    standing = find_row(session, register=TERRITORIES, key=code)
    assert standing is not None
    cells = {**standing, "outline": outline}
    write_row(session, register=TERRITORIES, cells=cells, standing=standing, by="root", now=NOW)


def outline_of(session: Session, code: str) -> object:
    return session.scalars(select(Territory.outline).where(Territory.code == code)).one()


def test_a_drawn_border_is_kept_and_on_record_and_the_map_has_it(places: Database) -> None:
    with places.writing() as session:
        draw(session, "west", f"{WEST};31.0,121.0")

    with places.reading() as session:
        assert outline_of(session, "west") == [[31.0, 121.1], [31.1, 121.1], [31.1, 121.0], [31.0, 121.0]]
        change = read_changes(list_register_events(session, limit=1)[0])[0]
        assert (change.row, change.before) == ("west", {"outline": ""})
        assert change.after == {"outline": "31.0,121.1;31.1,121.1;31.1,121.0;31.0,121.0"}
        west = session.scalars(select(Territory).where(Territory.code == "west")).one()
        (shape,) = draw_district_map(session, area_id=west.area_id).territories
        assert (shape.code, len(shape.rings[0])) == ("west", 5)


@pytest.mark.parametrize(
    ("outline", "trouble", "detail"),
    [
        ("31.0,121.0;31.1,121.1", Trouble.TOO_FEW_CORNERS, "3"),
        ("31.0,121.0;31.1,121.1;31.0,121.1;31.1,121.0", Trouble.CROSSES_ITSELF, "1, 3"),
        ("31.0,121.0;31.1;31.0,121.1", Trouble.NOT_CORNERS, "2"),
        ("31.0,121.0;31.1,181;31.0,121.1", Trouble.NOT_CORNERS, "2"),
        ("31.0,121.05;31.0,121.2;31.1,121.2;31.1,121.05", Trouble.COVERS_OTHER, "west"),
    ],
)
def test_a_border_that_cannot_be_is_refused_and_nothing_is_written(
    places: Database, outline: str, trouble: Trouble, detail: str
) -> None:
    with places.writing() as session:
        draw(session, "west", WEST)

    with pytest.raises(ImportRefused) as refused, places.writing() as session:
        draw(session, "east", outline)

    (problem,) = refused.value.problems
    assert (problem.column, problem.trouble, problem.detail) == ("outline", trouble, detail)
    with places.reading() as session:
        assert outline_of(session, "east") is None


def test_neighbours_meet_in_one_line_and_another_city_may_lie_anywhere(places: Database) -> None:
    with places.writing() as session:
        make_territory(session, make_area(session), code="elsewhere")
        session.flush()
        for code, outline in (("west", WEST), ("east", EAST), ("elsewhere", WEST)):
            draw(session, code, outline)

    with places.reading() as session:
        assert outline_of(session, "east") is not None


def test_a_file_from_before_there_were_borders_leaves_them(places: Database) -> None:
    with places.writing() as session:
        draw(session, "west", WEST)
    old = "territory_code,area,name,name_en,districts\nwest,shanghai,西,West,静安\n"

    with places.writing() as session:
        take_file(session, register=TERRITORIES, data=old.encode(), by="root", source="file", now=NOW)

    with places.reading() as session:
        kept = find_row(session, register=TERRITORIES, key="west")
        assert kept is not None
        assert (kept["name"], kept["outline"]) == ("西", WEST)


def test_a_site_that_names_no_territory_belongs_to_the_one_whose_border_holds_it(places: Database) -> None:
    def row(site: str, longitude: str, territory: str) -> list[str]:
        where = [site, "路 1 号", "1 Road", "某区", "31.05", longitude, "Asia/Shanghai", territory]
        return ["900", "王", "", "zh", "new", "", *where]

    rows = [row("S1", "121.05", ""), row("S2", "121.15", ""), row("S3", "121.5", ""), row("S4", "121.05", "east")]
    with places.writing() as session:
        draw(session, "west", WEST)
        draw(session, "east", EAST)
        data = "".join(write_sheet(CUSTOMER_COLUMNS, rows, is_chinese=False)).encode()
        import_customers(session, data=data)

    with places.reading() as session:
        found = session.execute(
            select(Site.code.label("site"), Territory.code.label("territory")).outerjoin(
                Territory, Territory.id == Site.territory_id
            )
        )
        assert {row.site: row.territory for row in found} == {"S1": "west", "S2": "east", "S3": None, "S4": "east"}


def test_the_sites_inside_and_outside_a_border_are_counted(places: Database) -> None:
    with places.writing() as session:
        west, east = (find_territory(session, code=code) for code in ("west", "east"))
        assert west is not None
        assert east is not None
        assert count_sites_inside(session, territory=west) is None
        customer = make_customer(session)
        for territory, longitude in ((west, 121.05), (west, 121.5), (east, 121.06)):
            make_site(session, customer, territory, place=(31.05, longitude))
        draw(session, "west", WEST)
        session.flush()

        inside = count_sites_inside(session, territory=west)

    assert inside is not None
    assert (inside.own, inside.own_inside, inside.others_inside) == (2, 1, 1)
