"""A real osrm-routed on the centre of Helsinki: its table, through the clock's job, to the plan (proof)."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from itertools import pairwise
from math import inf

import pytest
import requests

import dispatch
from integrations.roads.address import open_road_times
from integrations.roads.osrm import Osrm
from jobs.fetch_road_times import fetch_road_times
from models import RoadService, Site, Technician
from models.database import Database
from operations.clients.road_client import RoadServiceDown
from operations.planning.live import read_plan
from operations.planning.snapshot import ROAD_PERCENT
from tests.factories.city import City, book_visit
from tests.factories.instants import NIGHT, minutes
from tests.factories.looking import looking
from tests.jobs.conftest import Desk
from tools.road_server import PROGRAMS, prepare

pytestmark = pytest.mark.proof

# Each is within some metres of a street, and each can be reached from each.
STREETS = [(60.1642, 24.9406), (60.1654, 24.9514), (60.1666, 24.9358), (60.1678, 24.9442), (60.1696, 24.9490)]
STREETS += [(60.1702, 24.9382), (60.1714, 24.9526), (60.1738, 24.9430)]
ONE_WAY_OUT_OF_THE_MAP = (60.1650, 24.9354)


class Server:
    """One osrm-routed on this machine, which can be stopped and started again."""

    def __init__(self, prepared: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
        self.command = [str(PROGRAMS / "osrm-routed"), "--algorithm", "mld", "--ip", "127.0.0.1"]
        self.command += ["--port", str(self.port), "--max-table-size", "5", "--threads", "1", prepared]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            try:
                requests.get(self.url, timeout=5)
            except requests.ConnectionError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("osrm-routed does not start")

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()

    def drive(self, origin: tuple[float, float], destination: tuple[float, float]) -> tuple[float, float]:
        """Ask OSRM's other service, the route, which our client does not use."""
        places = ";".join(f"{longitude},{latitude}" for latitude, longitude in (origin, destination))
        answer = requests.get(f"{self.url}/route/v1/driving/{places}", {"overview": "false"}, timeout=10).json()
        return answer["routes"][0]["duration"], answer["routes"][0]["distance"]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(prepare(tmp_path_factory.mktemp("helsinki")))


@pytest.fixture
def server(prepared: str) -> Iterator[Server]:
    server = Server(prepared)
    yield server
    server.stop()


def test_the_table_says_what_the_routes_say_in_blocks_of_the_servers_size(server: Server) -> None:
    client = open_road_times(server.url)
    assert isinstance(client, Osrm)

    table = client.fetch_table(STREETS, STREETS)

    assert client.blocks.origins <= 6  # the server takes 25 pairs at once, and said so
    for one, other in pairwise(range(len(STREETS))):
        seconds, metres = server.drive(STREETS[one], STREETS[other])
        assert table.seconds[one][other] == pytest.approx(seconds, abs=0.2)
        assert table.metres[one][other] == pytest.approx(metres, abs=0.2)
    assert all(table.seconds[number][number] == 0 for number in range(len(STREETS)))


def test_where_the_map_ends_there_is_no_road(server: Server) -> None:
    client = open_road_times(server.url)

    table = client.fetch_table([*STREETS[:2], ONE_WAY_OUT_OF_THE_MAP], [*STREETS[:2], ONE_WAY_OUT_OF_THE_MAP])

    assert inf in table.seconds[2]
    assert inf not in table.seconds[0][:2]


def move_to_helsinki(database: Database, city: City) -> None:
    with database.writing() as session:
        for technician, (latitude, longitude) in zip(city.technicians, STREETS, strict=False):
            row = session.get_one(Technician, technician.id)
            row.home_latitude, row.home_longitude = latitude, longitude
        for asset, (latitude, longitude) in zip(city.assets, STREETS[2:], strict=True):
            site = session.get_one(Site, asset.site_id)
            site.latitude, site.longitude = latitude, longitude


def test_from_the_map_to_the_plan_and_on_when_the_server_dies(
    server: Server,
    database: Database,
    desk: Desk,
    city: City,
) -> None:
    move_to_helsinki(database, city)
    desk.roads = open_road_times(server.url)

    assert fetch_road_times(desk.services) == 8 * 8

    with database.writing() as session:
        visits = [book_visit(session, city, customer=number) for number in range(3)]
    with database.reading() as session:
        opened = read_plan(session, area_id=city.area.id, now=NIGHT)
        snapshot = opened.snapshot
    assert snapshot.plan.trace[ROAD_PERCENT] == 100.0
    assert not dispatch.check(snapshot.problem, snapshot.plan)
    assert len([stop for route in snapshot.plan.routes for stop in route.stops]) == len(visits)
    point_of = {number: point for point, number in snapshot.locations.items()}
    where = {visit.id: point_of[visit.location] for visit in snapshot.problem.visits}
    for route in snapshot.plan.routes:
        for before, after in pairwise(route.stops):
            seconds, _ = server.drive(where[before.visit_id], where[after.visit_id])
            assert after.travel_seconds == pytest.approx(seconds + 300, abs=1.01)

    server.stop()
    with database.writing() as session:
        session.get_one(Technician, city.technicians[0].id).home_latitude = 60.1684
    desk.now = NIGHT + minutes(1)
    assert fetch_road_times(desk.services) == 0
    with looking(database) as session:
        assert session.query(RoadService).one().error == f"127.0.0.1:{server.port} does not answer (connection refused)"
    with database.writing() as session:
        book_visit(session, city, customer=3, now=desk.now)
    with database.reading() as session:
        percent = read_plan(session, area_id=city.area.id, now=desk.now).snapshot.plan.trace[ROAD_PERCENT]
    assert 0 < float(percent) < 100

    server.start()
    desk.now += minutes(1)
    assert fetch_road_times(desk.services) == 15
    with database.reading() as session:
        assert read_plan(session, area_id=city.area.id, now=desk.now).snapshot.plan.trace[ROAD_PERCENT] == 100.0


def test_a_server_that_is_killed_is_down_and_nothing_worse(server: Server) -> None:
    client = open_road_times(server.url)
    client.fetch_table(STREETS[:2], STREETS[:2])
    server.stop()

    with pytest.raises(RoadServiceDown, match=r"connection refused|ConnectionError"):
        client.fetch_table(STREETS[:2], STREETS[:2])
