"""A border that has moved takes its sites along, and no promise is lost on the way (D2, H13)."""

import pytest
from sqlalchemy import select

from models import LivePlan, Site, Territory, Visit
from models.database import Database
from operations.office.register_changes import list_register_events, read_changes
from operations.office.site_moves import move_waiting_sites, order_site_moves, plan_site_moves
from policies.outlines import Corner
from policies.visit_states import VisitState
from tests.factories.city import book_visit, make_city
from tests.factories.customers import make_customer, make_site
from tests.factories.instants import NIGHT
from tests.factories.places import make_area, make_territory

WIDE: list[Corner] = [(31.0, 121.0), (31.0, 121.2), (31.1, 121.2), (31.1, 121.0)]
WEST: list[Corner] = [(31.0, 121.0), (31.0, 121.1), (31.1, 121.1), (31.1, 121.0)]
EAST: list[Corner] = [(31.0, 121.1), (31.0, 121.15), (31.1, 121.15), (31.1, 121.1)]


@pytest.fixture
def places(database: Database) -> Database:
    """West and east of one area, a neighbour city over the same ground, and a site of each kind."""
    with database.writing() as session:
        area, city = make_area(session), make_area(session)
        west, east = (make_territory(session, area, code=code) for code in ("west", "east"))
        far = make_territory(session, city, code="far")
        customer = make_customer(session)
        kinds = {
            "of_east": (east, 121.05),
            "of_nobody": (None, 121.06),
            "of_far": (far, 121.07),
            "beside": (east, 121.3),
            "middle": (west, 121.12),
            "edge": (west, 121.18),
        }
        for code, (holder, longitude) in kinds.items():
            make_site(session, customer, holder, place=(31.05, longitude)).code = code
    return database


def draw(database: Database, code: str, outline: list[Corner]) -> tuple[int, int, int, int]:
    """Draw a border and move what it moves; return what was said before: coming, going, waiting, left."""
    with database.writing() as session:
        territory = session.scalars(select(Territory).where(Territory.code == code)).one()
        moves = plan_site_moves(session, territory=territory, outline=outline)
        territory.outline = [list(corner) for corner in outline]
        order_site_moves(session, moves=moves)
        move_waiting_sites(session, by="root", now=NIGHT)
        return moves.coming, moves.going, moves.waiting, moves.left


def holders(database: Database) -> dict[str, str | None]:
    with database.reading() as session:
        rows = session.execute(select(Site.code, Territory.code).outerjoin(Site.territory).order_by(Site.id))
        return {row.code: row[1] for row in rows}


def test_a_first_border_takes_the_sites_it_holds_but_none_of_another_city(places: Database) -> None:
    before = holders(places)

    said = draw(places, "west", WEST)

    assert said == (2, 0, 0, 0)
    assert holders(places) == {**before, "of_east": "west", "of_nobody": "west"}
    with places.reading() as session:
        event = list_register_events(session, limit=1)[0]
        assert (event.subject, event.actor, event.source) == ("register:customers", "root", "border")
        assert [(one.before, one.after) for one in read_changes(event)] == [
            ({"territory": "east"}, {"territory": "west"}),
            ({"territory": ""}, {"territory": "west"}),
        ]
        assert session.scalars(select(LivePlan.revision)).all() == [1]


def test_ground_given_up_goes_to_the_neighbour_that_holds_it_and_else_stays(places: Database) -> None:
    draw(places, "west", WIDE)
    draw(places, "east", [(31.2, 121.0), (31.2, 121.1), (31.3, 121.1)])
    with places.writing() as session:
        session.scalars(select(Territory).where(Territory.code == "east")).one().outline = [list(one) for one in EAST]

    said = draw(places, "west", WEST)

    assert said == (0, 1, 0, 1)
    assert (holders(places)["middle"], holders(places)["edge"]) == ("east", "west")


def test_whoever_was_given_elsewhere_against_the_border_stays_until_the_ground_changes_hands(places: Database) -> None:
    draw(places, "west", WEST)
    with places.writing() as session:
        east = session.scalars(select(Territory).where(Territory.code == "east")).one()
        session.scalars(select(Site).where(Site.code == "of_east")).one().territory_id = east.id

    said = draw(places, "west", WIDE)

    assert said == (0, 0, 0, 0)
    assert holders(places)["of_east"] == "east"


def test_a_border_taken_away_moves_nobody(places: Database) -> None:
    draw(places, "west", WEST)
    before = holders(places)

    assert draw(places, "west", []) == (0, 0, 0, 0)
    assert holders(places) == before


def test_many_sites_go_in_portions_until_none_waits(places: Database) -> None:
    with places.writing() as session:
        west = session.scalars(select(Territory).where(Territory.code == "west")).one()
        order_site_moves(session, moves=plan_site_moves(session, territory=west, outline=WIDE))

    moved = list[int]()
    while not moved or moved[-1]:
        with places.writing() as session:
            moved.append(move_waiting_sites(session, by="clock", now=NIGHT, most=1))

    assert moved == [1, 1, 0]


def test_a_site_with_a_promised_visit_stays_until_the_visit_is_over_and_its_request_keeps_its_area(
    database: Database,
) -> None:
    with database.writing() as session:
        book_visit(session, make_city(session, customers=1, days=1))
        visit = session.scalars(select(Visit)).one()
        site, area_id = visit.request.site, visit.area_id
        assert site is not None
        assert site.territory is not None
        old, place = site.territory.code, (site.latitude, site.longitude)
        make_territory(session, site.territory.area, code="new")
    north, east = place
    around = [(north - 0.01, east - 0.01), (north - 0.01, east + 0.01), (north + 0.01, east)]

    said = draw(database, "new", around)

    assert said == (1, 0, 1, 0)
    assert set(holders(database).values()) == {old}
    with database.writing() as session:
        session.scalars(select(Visit)).one().state = VisitState.COMPLETED
    with database.writing() as session:
        assert move_waiting_sites(session, by="clock", now=NIGHT) == 1
    assert set(holders(database).values()) == {"new"}
    with database.reading() as session:
        visit = session.scalars(select(Visit)).one()
        assert (visit.area_id, visit.request.area_id) == (area_id, area_id)
