"""OSRM, Valhalla and AMap against stand-ins that keep their documented contract, with everything that can go wrong."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from math import inf
from typing import Any

import pytest

from integrations.roads.address import open_road_times
from integrations.roads.amap import Amap
from integrations.roads.blocks import Blocks
from integrations.roads.gcj02 import gcj02_of
from integrations.roads.http import HttpService
from integrations.roads.osrm import Osrm
from integrations.roads.valhalla import Valhalla
from operations.clients.road_client import RoadAnswerRefused, RoadServiceDown
from simulator.serving import serving
from tests.integrations.roads.stand_in import AmapStandIn, Fault, OsrmStandIn, StandIn, ValhallaStandIn, drive

POINTS = [(31.2 + 0.01 * number, 121.4 + 0.005 * number) for number in range(7)]
STAND_INS = {"osrm": OsrmStandIn, "valhalla": ValhallaStandIn, "amap": AmapStandIn}
Client = Osrm | Valhalla | Amap


@dataclass
class Service:
    """A stand-in that is being served, and our client of it."""

    kind: str
    stand_in: StandIn
    client: Client
    ended: threading.Event

    def expected(self, origins: list[tuple[float, float]], to: list[tuple[float, float]]) -> list[list[float]]:
        def place(point: tuple[float, float]) -> tuple[float, float]:
            latitude, longitude = gcj02_of(*point) if self.kind == "amap" else point
            return round(latitude, 6), round(longitude, 6)

        return [[drive(place(origin), place(one))[0] for one in to] for origin in origins]


def open_client(kind: str, base_url: str) -> Client:
    scheme = f"{kind}+http"
    address = base_url.replace("http://", f"{scheme}://" + ("KEY@" if kind == "amap" else ""))
    client = open_road_times(address)
    assert isinstance(client, Osrm | Valhalla | Amap)
    return client


@pytest.fixture(params=list(STAND_INS))
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with ExitStack() as stack:
        stand_in, ended = STAND_INS[request.param](), threading.Event()
        base_url = stack.enter_context(serving(stand_in))
        stack.callback(ended.set)
        yield Service(request.param, stand_in, open_client(request.param, base_url), ended)


def test_every_pair_is_asked_for_and_stands_where_it_belongs(service: Service) -> None:
    table = service.client.fetch_table(POINTS[:3], POINTS[2:])

    assert table.seconds == [pytest.approx(row, abs=0.51) for row in service.expected(POINTS[:3], POINTS[2:])]
    metres = [[value * 10 for value in row] for row in service.expected(POINTS[:3], POINTS[2:])]
    assert table.metres == [pytest.approx(row, abs=1.1) for row in metres]


def test_a_large_table_is_asked_for_in_blocks(service: Service) -> None:
    service.client.blocks = Blocks(2, 1 if service.kind == "amap" else 3)

    table = service.client.fetch_table(POINTS, POINTS[:5])

    assert table.seconds == [pytest.approx(row, abs=0.51) for row in service.expected(POINTS, POINTS[:5])]
    assert len(service.stand_in.requests) == (20 if service.kind == "amap" else 8)


@pytest.mark.parametrize("kind", ["osrm", "valhalla"])
def test_a_server_that_takes_fewer_places_is_asked_for_fewer_from_then_on(kind: str) -> None:
    stand_in = STAND_INS[kind](most_pairs=4)
    with serving(stand_in) as base_url:
        client = open_client(kind, base_url)
        client.blocks = Blocks(7, 7)
        first = client.fetch_table(POINTS, POINTS)
        asked = len(stand_in.requests)
        second = client.fetch_table(POINTS, POINTS)

    assert first == second
    assert first.seconds[6][0] == drive(POINTS[6], POINTS[0])[0]
    assert (asked, len(stand_in.requests) - asked) == (51, 49)


@pytest.mark.parametrize("kind", ["osrm", "valhalla"])
def test_null_means_that_there_is_no_road(kind: str) -> None:
    stand_in = STAND_INS[kind](unreachable={(POINTS[0], POINTS[1])})
    with serving(stand_in) as base_url:
        table = open_client(kind, base_url).fetch_table(POINTS[:2], POINTS[:2])

    assert (table.seconds[0][1], table.metres[0][1]) == (inf, inf)
    assert table.seconds[1][0] == drive(POINTS[1], POINTS[0])[0]


def test_a_place_beside_the_map_costs_nobody_else_his_roads(service: Service) -> None:
    lost = POINTS[3]
    where = tuple(round(value, 6) for value in gcj02_of(*lost)) if service.kind == "amap" else lost
    service.stand_in.beside_the_map.add(where)  # type: ignore[arg-type]

    table = service.client.fetch_table(POINTS, POINTS)

    lost_pairs = {(row, column) for row in range(7) for column in range(7) if table.seconds[row][column] == inf}
    assert lost_pairs == {pair for other in range(7) for pair in ((3, other), (other, 3))}


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Fault.ERROR, RoadServiceDown, "answers 500"),
        (Fault.HTML, RoadAnswerRefused, "text/html"),
        (Fault.REDIRECT, RoadAnswerRefused, "302"),
        (Fault.TRUNCATED, RoadServiceDown, "broke off"),
        (Fault.NO_OBJECT, RoadAnswerRefused, "list"),
        (Fault.SILENCE, RoadServiceDown, "ReadTimeout"),
        (Fault.TRICKLE, RoadServiceDown, "longer than 1.5 s"),
    ],
)
def test_every_fault_is_told_by_name_and_never_with_the_key(
    service: Service, fault: Fault, error: type[Exception], words: str
) -> None:
    service.stand_in.faults.append(fault)
    service.client.http.read_seconds, service.client.http.whole_seconds = 1.0, 1.5
    wait = 0.05 if fault is Fault.TRICKLE else 5.0
    service.stand_in.hold = lambda: (service.ended.wait(wait), None)[1]
    began = time.monotonic()

    with pytest.raises(error, match=words) as trouble:
        service.client.fetch_table(POINTS[:2], POINTS[:2])

    assert time.monotonic() - began < 15
    assert "KEY" not in str(trouble.value)
    assert "KEY" not in repr(service.client)


def test_every_fault_of_the_stand_in_is_tried() -> None:
    assert len(Fault) == 7


Spoil = Callable[[dict[str, Any]], object]


def set_duration(value: object) -> Spoil:
    def spoil(answer: dict[str, Any]) -> dict[str, Any]:
        if "results" in answer:
            answer["results"][0]["duration"] = value
        else:
            answer.get("sources_to_targets", answer)["durations"][0][0] = value
        return answer

    return spoil


def drop_row(answer: dict[str, Any]) -> dict[str, Any]:
    (answer["results"] if "results" in answer else answer.get("sources_to_targets", answer)["durations"]).pop()
    return answer


def drop_everything(_answer: dict[str, Any]) -> dict[str, Any]:
    return {"code": "Ok", "status": "1"}


@pytest.mark.parametrize(
    "spoil",
    [drop_row, drop_everything, *map(set_duration, (-1, float("nan"), float("inf"), "soon", 1e9, [], {}))],
    ids=["row", "everything", "negative", "nan", "infinite", "word", "years", "list", "object"],
)
def test_an_answer_that_cannot_be_right_is_refused(service: Service, spoil: Spoil) -> None:
    service.stand_in.spoil = spoil

    with pytest.raises(RoadAnswerRefused):
        service.client.fetch_table(POINTS[:2], POINTS[:2])


def test_valhalla_counting_in_miles_is_refused() -> None:
    stand_in = ValhallaStandIn(spoil=lambda answer: answer | {"units": "miles"})
    with serving(stand_in) as base_url, pytest.raises(RoadAnswerRefused, match="miles"):
        open_client("valhalla", base_url).fetch_table(POINTS[:1], POINTS[1:2])


def test_amap_refusing_the_key_is_a_service_that_is_down() -> None:
    with serving(AmapStandIn()) as base_url:
        client = Amap(HttpService(base_url), "WRONG")
        with pytest.raises(RoadServiceDown, match="10001 INVALID_USER_KEY"):
            client.fetch_table(POINTS[:1], POINTS[1:2])


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_where_nobody_listens_it_is_tried_again_with_growing_pauses() -> None:
    pauses: list[float] = []
    client = Osrm(HttpService(f"http://127.0.0.1:{closed_port()}", pause=pauses.append))

    with pytest.raises(RoadServiceDown, match="connection refused"):
        client.fetch_table(POINTS[:1], POINTS[1:2])

    assert pauses == [0.2, 0.4, 0.8]


def test_a_server_that_starts_meanwhile_is_found() -> None:
    port, stack = closed_port(), ExitStack()

    def start(_seconds: float) -> None:
        stack.enter_context(serving(OsrmStandIn(), port=port))

    with stack:
        client = Osrm(HttpService(f"http://127.0.0.1:{port}", pause=start))
        table = client.fetch_table(POINTS[:1], POINTS[1:2])

    assert table.seconds == [[drive(POINTS[0], POINTS[1])[0]]]


def test_a_table_that_takes_too_long_is_given_up() -> None:
    with serving(OsrmStandIn()) as base_url:
        client = Osrm(HttpService(base_url), blocks=Blocks(1, 1, table_seconds=0.0))
        with pytest.raises(RoadServiceDown, match="the table took longer"):
            client.fetch_table(POINTS, POINTS)


@pytest.mark.parametrize(
    ("url", "profile"),
    [
        ("http://roads:5000", "osrm/driving@roads:5000"),
        ("https://roads.example/car", "osrm/car@roads.example"),
        ("osrm+http://127.0.0.1:5000/driving/", "osrm/driving@127.0.0.1:5000"),
        ("valhalla+http://[::1]:8002", "valhalla/auto@[::1]:8002"),
        ("valhalla+https://roads.example/truck", "valhalla/truck@roads.example"),
        ("amap+https://KEY@restapi.amap.com", "amap/driving@restapi.amap.com"),
    ],
)
def test_the_address_says_which_service_where_and_for_which_vehicle(url: str, profile: str) -> None:
    assert open_road_times(url).profile == profile


@pytest.mark.parametrize(
    "url",
    [
        "roads",
        "ftp://roads",
        "google+http://roads",
        "http://",
        "http://user@roads",
        "amap+https://restapi.amap.com",
        "amap+https://KEY@restapi.amap.com/v3",
        "http://roads/a/b",
        "http://roads?x=1",
        "osrm+http://roads:port",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        open_road_times(url)


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        # The test pairs of github.com/googollee/eviltransform.
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    ],
)
def test_points_in_china_are_moved_as_maps_of_china_are(wgs84: tuple[float, float], gcj02: tuple[float, float]) -> None:
    assert gcj02_of(*wgs84) == pytest.approx(gcj02, abs=1e-9)


@pytest.mark.parametrize("point", [(60.17, 24.94), (-31.2, 121.5), (31.2, -121.5), (0.0, 105.0)])
def test_points_elsewhere_stay_where_they_are(point: tuple[float, float]) -> None:
    assert gcj02_of(*point) == point
