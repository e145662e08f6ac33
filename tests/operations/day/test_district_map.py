"""The plain map that is drawn from where our sites lie (D9)."""

from collections.abc import Iterator
from itertools import pairwise

import pytest
from sqlalchemy.orm import Session

from models.database import Database
from operations.day.district_map import Ring, draw_district_map
from tests.factories.customers import make_customer, make_site
from tests.factories.places import make_area, make_territory


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.writing() as session:
        yield session


def holds(ring: Ring, place: tuple[float, float]) -> bool:
    """Tell whether a place lies inside a ring, by how often a line to the east crosses it."""
    inside = False
    for (y1, x1), (y2, x2) in pairwise(ring):
        if (y1 > place[0]) != (y2 > place[0]) and place[1] < (x2 - x1) * (place[0] - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def test_every_site_lies_in_its_own_district_and_in_no_other_territory(session: Session) -> None:
    area, customer = make_area(session), make_customer(session)
    north, south = make_territory(session, area), make_territory(session, area)
    north.name, south.name = "北部", "南部"
    places = {
        "静安": (north, [(31.25, 121.45), (31.26, 121.46)]),
        "虹口": (north, [(31.27, 121.52)]),
        "徐汇": (south, [(31.15, 121.43), (31.17, 121.45)]),
    }
    for district, (territory, points) in places.items():
        for point in points:
            make_site(session, customer, territory, place=point).district = district
    session.flush()

    drawn = draw_district_map(session, area_id=area.id)

    districts = {shape.name: shape.rings[0] for shape in drawn.districts}
    territories = {shape.name: shape.rings[0] for shape in drawn.territories}
    for district, (territory, points) in places.items():
        for point in points:
            assert [name for name, ring in districts.items() if holds(ring, point)] == [district]
            assert [name for name, ring in territories.items() if holds(ring, point)] == [territory.name]


@pytest.mark.parametrize("places", [[], [(31.2, 121.4)], [(31.2, 121.4), (31.2, 121.4)]])
def test_a_small_area_has_as_much_of_a_map_as_it_has_districts(
    session: Session, places: list[tuple[float, float]]
) -> None:
    area, customer = make_area(session), make_customer(session)
    elsewhere = make_territory(session, make_area(session))
    make_site(session, customer, elsewhere, place=(40.0, 116.0))
    territory = make_territory(session, area)
    for number, place in enumerate(places):
        make_site(session, customer, territory, place=place).district = f"district {number}"
    session.flush()

    drawn = draw_district_map(session, area_id=area.id)

    assert len(drawn.territories) == min(1, len(places))
    assert len(drawn.districts) == len(places)
    assert all(holds(shape.rings[0], places[0]) for shape in (*drawn.territories, *drawn.districts))
