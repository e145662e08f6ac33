"""The clock asks the road service for what is missing; plans use what is known and say how much that is."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

import dispatch
from jobs.fetch_road_times import fetch_road_times
from jobs.publish_day import publish_days
from models import PlanProposal, RoadService, RoadTimes, Site, Visit
from models.database import Database
from operations.planning.live import read_plan
from operations.planning.road_times import LEASE, REFRESH_AFTER, claim_work, find_work, list_places
from operations.planning.snapshot import ROAD_PERCENT
from tests.factories.city import City, book_visit, make_city
from tests.factories.customers import make_customer, make_site
from tests.factories.instants import MORNING, NIGHT, minutes, seconds
from tests.factories.looking import looking
from tests.factories.roads import FakeRoads, drive_seconds
from tests.factories.threads import run_together
from tests.jobs.conftest import Desk

PLACES = 8  # two homes and six sites


@pytest.fixture
def roads(desk: Desk) -> FakeRoads:
    roads = FakeRoads()
    desk.roads = roads
    return roads


def service_row(database: Database) -> RoadService:
    with looking(database) as session:
        return session.query(RoadService).one()


def rows(database: Database) -> int:
    with looking(database) as session:
        return session.scalar(select(func.count()).select_from(RoadTimes)) or 0


def road_percent(database: Database, city: City, now: dt.datetime = NIGHT) -> float:
    with database.reading() as session:
        return float(read_plan(session, area_id=city.area.id, now=now).snapshot.plan.trace[ROAD_PERCENT])


@pytest.mark.usefixtures("city")
def test_all_pairs_of_an_areas_homes_and_sites_are_fetched_once(
    database: Database, desk: Desk, roads: FakeRoads
) -> None:
    assert fetch_road_times(desk.services) == PLACES**2
    assert fetch_road_times(desk.services) == 0

    assert roads.pairs_asked == PLACES**2
    assert rows(database) == PLACES
    row = service_row(database)
    assert (row.places_known, row.places_wanted, row.failures, row.fetched_at) == (PLACES, PLACES, 0, NIGHT)


def test_a_plan_uses_the_roads_and_says_so(database: Database, desk: Desk, roads: FakeRoads, city: City) -> None:
    with database.writing() as session:
        for customer in range(2):
            book_visit(session, city, customer=customer)
    before = road_percent(database, city)
    fetch_road_times(desk.services)

    with database.reading() as session:
        snapshot = read_plan(session, area_id=city.area.id, now=NIGHT).snapshot

    assert before == 0.0
    assert snapshot.plan.trace[ROAD_PERCENT] == 100.0
    (home, start), *_ = snapshot.locations.items()
    for point, number in snapshot.locations.items():
        if point != home:
            assert snapshot.problem.travel.seconds[start, number] == drive_seconds(home, point) + 300
    assert roads.pairs_asked == PLACES**2


def test_a_proposal_keeps_how_much_of_it_rests_on_roads(
    database: Database, desk: Desk, roads: FakeRoads, city: City
) -> None:
    with database.writing() as session:
        book_visit(session, city)
    fetch_road_times(desk.services)
    desk.now = MORNING

    publish_days(desk.services)

    assert roads.asked
    with looking(database) as session:
        assert session.query(PlanProposal).one().score[ROAD_PERCENT] == 100.0


def test_a_new_site_gets_its_roads_at_the_next_run_and_nothing_else_is_asked_again(
    database: Database, desk: Desk, roads: FakeRoads, city: City
) -> None:
    fetch_road_times(desk.services)
    with database.writing() as session:
        make_site(session, make_customer(session), city.territory, place=(31.3, 121.5))

    assert fetch_road_times(desk.services) == 2 * PLACES + 1

    assert roads.pairs_asked == (PLACES + 1) ** 2
    assert service_row(database).places_known == PLACES + 1


@pytest.mark.usefixtures("city")
def test_no_transaction_is_open_while_the_service_is_asked(database: Database, desk: Desk, roads: FakeRoads) -> None:
    def write() -> None:
        with database.writing() as session:
            make_customer(session)

    roads.before = write

    assert fetch_road_times(desk.services) == PLACES**2


@pytest.mark.usefixtures("city")
def test_helpings_are_as_large_as_the_service_likes(desk: Desk, roads: FakeRoads) -> None:
    roads.most_pairs = 20

    assert fetch_road_times(desk.services) == PLACES**2
    assert all(len(origins) * len(destinations) <= 20 for origins, destinations in roads.asked)
    assert roads.pairs_asked == PLACES**2


def test_a_service_that_is_down_is_left_alone_for_longer_and_longer_and_plans_go_on(
    database: Database, desk: Desk, roads: FakeRoads, city: City
) -> None:
    roads.is_down = True
    tried_at = []
    for second in range(0, 3600, 20):
        desk.now = NIGHT + seconds(second)
        before = len(roads.asked)
        fetch_road_times(desk.services)
        if len(roads.asked) > before:
            tried_at.append(second)

    assert tried_at == [0, 40, 100, 220, 460, 940, 1840, 2740]
    row = service_row(database)
    assert (row.failures, row.error) == (8, "roads:5000 does not answer (ReadTimeout)")
    with database.writing() as session:
        assert book_visit(session, city).window_from_at is not None
    assert road_percent(database, city) == 0.0


def test_a_service_that_is_back_is_used_again_and_what_was_known_was_used_meanwhile(
    database: Database, desk: Desk, roads: FakeRoads, city: City
) -> None:
    fetch_road_times(desk.services)
    with database.writing() as session:
        book_visit(session, city)
        make_site(session, make_customer(session), city.territory, place=(31.3, 121.5))
    roads.is_down = True
    fetch_road_times(desk.services)
    while_down = road_percent(database, city)

    roads.is_down = False
    desk.now = NIGHT + minutes(1)
    fetch_road_times(desk.services)

    assert while_down == 100.0
    row = service_row(database)
    assert (row.failures, row.error, row.places_known) == (0, None, PLACES + 1)


@pytest.mark.usefixtures("city")
def test_two_clocks_never_ask_at_the_same_time(database: Database, desk: Desk, roads: FakeRoads) -> None:
    busy, most = [0], [0]

    def count() -> None:
        busy[0] += 1
        most[0] = max(most[0], busy[0])
        with database.writing() as session:
            make_customer(session)
        busy[0] -= 1

    roads.before, roads.most_pairs = count, 10
    run_together(lambda: fetch_road_times(desk.services), lambda: fetch_road_times(desk.services))
    desk.now += minutes(1)
    fetch_road_times(desk.services)

    assert most[0] == 1
    assert service_row(database).places_known == PLACES


@pytest.mark.usefixtures("city")
def test_a_clock_that_died_while_asking_keeps_nobody_from_asking_later(
    database: Database, desk: Desk, roads: FakeRoads
) -> None:
    with database.writing() as session:
        work = find_work(session, profile=roads.profile, most_pairs=100, now=NIGHT)
        assert work is not None
        assert claim_work(session, work=work, now=NIGHT)

    told = []
    for later in (seconds(20), LEASE + seconds(1)):
        desk.now = NIGHT + later
        told.append(fetch_road_times(desk.services))

    assert told == [0, PLACES**2]


@pytest.mark.usefixtures("city")
def test_after_a_month_roads_are_asked_for_again(database: Database, desk: Desk, roads: FakeRoads) -> None:
    fetch_road_times(desk.services)
    desk.now = NIGHT + REFRESH_AFTER + seconds(1)

    assert fetch_road_times(desk.services) == PLACES**2
    assert fetch_road_times(desk.services) == 0
    with looking(database) as session:
        assert {row.fetched_at for row in session.query(RoadTimes)} == {desk.now}
    assert len(roads.asked) == 2


@pytest.mark.usefixtures("roads")
def test_places_nobody_drives_to_any_more_are_forgotten(database: Database, desk: Desk, city: City) -> None:
    fetch_road_times(desk.services)
    with database.writing() as session:
        session.get_one(Site, city.assets[0].site_id).territory_id = None

    assert fetch_road_times(desk.services) == 0

    assert rows(database) == PLACES - 1
    assert service_row(database).places_known == PLACES - 1


def test_a_large_area_keeps_the_most_useful_places(database: Database, city: City) -> None:
    with database.writing() as session:
        visit_id = book_visit(session, city, customer=0).id

    with database.reading() as session:
        site = session.get_one(Visit, visit_id).request.site
        assert site is not None
        booked = (site.latitude, site.longitude)
        kept = list_places(session, area_id=city.area.id, most=4)

    homes = [(one.home_latitude, one.home_longitude) for one in city.technicians]
    newest = (31.21 + 0.01 * 5, 121.46)
    assert kept == [dispatch.place_key(point) for point in (*homes, booked, newest)]


@pytest.mark.usefixtures("city")
def test_another_service_starts_afresh(database: Database, desk: Desk, roads: FakeRoads) -> None:
    fetch_road_times(desk.services)
    desk.roads = FakeRoads(profile="valhalla/auto@roads:8002")

    assert fetch_road_times(desk.services) == PLACES**2
    assert service_row(database).profile == "valhalla/auto@roads:8002"
    with looking(database) as session:
        assert {row.profile for row in session.query(RoadTimes)} == {"valhalla/auto@roads:8002"}
    assert len(roads.asked) == 1


@pytest.mark.usefixtures("roads")
def test_without_a_service_what_one_has_told_is_forgotten(database: Database, desk: Desk, city: City) -> None:
    fetch_road_times(desk.services)
    desk.roads = None

    assert fetch_road_times(desk.services) == 0
    assert fetch_road_times(desk.services) == 0

    assert rows(database) == 0
    assert road_percent(database, city) == 0.0


@pytest.mark.usefixtures("city", "roads")
def test_areas_are_worked_off_one_after_the_other(database: Database, desk: Desk) -> None:
    with database.writing() as session:
        make_city(session, customers=3, days=1)

    assert fetch_road_times(desk.services) == PLACES**2 + 5**2
    assert service_row(database).places_known == PLACES + 5
