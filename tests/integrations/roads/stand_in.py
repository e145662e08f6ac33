"""A road service that keeps its vendor's documented contract strictly, and fails in every way a test asks for."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from math import hypot
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from werkzeug.wrappers import Request, Response

Point = tuple[float, float]


class Fault(Enum):
    """What can go wrong with one answer."""

    ERROR = auto()
    HTML = auto()
    REDIRECT = auto()
    TRUNCATED = auto()
    TRICKLE = auto()
    SILENCE = auto()
    NO_OBJECT = auto()


def drive(origin: Point, destination: Point) -> tuple[float, float]:
    """Seconds and metres between two points (latitude, longitude), made up but the same every time."""
    degrees = hypot(origin[0] - destination[0], origin[1] - destination[1])
    return round(degrees * 10_000, 1), round(degrees * 100_000, 1)


@dataclass
class StandIn:
    """What the stand-ins share. `spoil` changes an answer before it is sent; `beside_the_map` has no road near."""

    most_pairs: int = 10_000
    faults: list[Fault] = field(default_factory=list)
    spoil: Callable[[dict[str, Any]], object] = lambda answer: answer
    beside_the_map: set[Point] = field(default_factory=set)
    unreachable: set[tuple[Point, Point]] = field(default_factory=set)
    requests: list[Request] = field(default_factory=list)
    hold: Callable[[], None] = lambda: None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        request = Request(environ)
        request.get_data(cache=True)
        self.requests.append(request)
        response = self._fail(self.faults.pop(0)) if self.faults else self.answer(request)
        return iter(response(environ, start_response))

    def answer(self, request: Request) -> Response:
        raise NotImplementedError

    def find(self, origin: Point, destination: Point) -> tuple[float, float] | None:
        return None if (origin, destination) in self.unreachable else drive(origin, destination)

    def say(self, answer: dict[str, Any], status: int = 200) -> Response:
        return Response(json.dumps(self.spoil(answer)), status=status, mimetype="application/json")

    def _fail(self, fault: Fault) -> Response:
        if fault is Fault.ERROR:
            return Response("{}", status=500)
        if fault is Fault.HTML:
            return Response("<html>Welcome to nginx</html>", mimetype="text/html")
        if fault is Fault.REDIRECT:
            return Response("", status=302, headers={"Location": "http://127.0.0.1:1/"})
        if fault is Fault.TRUNCATED:
            return Response(iter(['{"code": "Ok", "durations": [[0,']), headers={"Content-Length": "500"})
        if fault is Fault.NO_OBJECT:
            return Response("[1, 2]", mimetype="application/json")
        if fault is Fault.SILENCE:
            self.hold()
            return Response("{}")
        return Response(self._trickle(), mimetype="application/json")

    def _trickle(self) -> Iterator[bytes]:
        while True:
            self.hold()
            yield b" "


class OsrmStandIn(StandIn):
    """osrm-routed's table service, docs/http.md: "coordinates: {longitude},{latitude};…"; "sources: {index};…"."""

    def answer(self, request: Request) -> Response:
        found = re.fullmatch(r"/table/v1/driving/([-\d.,;]+)", request.path)
        assert found, request.path
        assert request.args["annotations"] == "duration,distance"
        points = [_latitude_first(text) for text in found[1].split(";")]
        origins, destinations = (
            [points[int(index)] for index in request.args[name].split(";")] for name in ("sources", "destinations")
        )
        if len(origins) * len(destinations) > self.most_pairs:
            return self.say({"code": "TooBig", "message": "Too many table coordinates"}, 400)
        if self.beside_the_map & {*origins, *destinations}:
            return self.say({"code": "NoSegment", "message": "Could not find a matching segment"}, 400)
        pairs = [[self.find(origin, destination) for destination in destinations] for origin in origins]
        return self.say(
            {
                "code": "Ok",
                "durations": [[pair and pair[0] for pair in row] for row in pairs],
                "distances": [[pair and pair[1] for pair in row] for row in pairs],
            }
        )


class ValhallaStandIn(StandIn):
    """Valhalla's matrix: "verbose: if false will return more compact, nested row-major distances & durations"."""

    def answer(self, request: Request) -> Response:
        assert (request.method, request.path) == ("POST", "/sources_to_targets")
        asked = request.get_json()
        assert (asked["costing"], asked["verbose"], asked["units"]) == ("auto", False, "kilometers")
        origins, destinations = (
            [(place["lat"], place["lon"]) for place in asked[name]] for name in ("sources", "targets")
        )
        if len(origins) * len(destinations) > self.most_pairs:
            return self._refuse(150, "Exceeded max locations")
        if self.beside_the_map & {*origins, *destinations}:
            return self._refuse(171, "No suitable edges near location")
        pairs = [[self.find(origin, destination) for destination in destinations] for origin in origins]
        return self.say(
            {
                "algorithm": "costmatrix",
                "units": "kilometers",
                "sources_to_targets": {
                    "durations": [[pair and pair[0] for pair in row] for row in pairs],
                    "distances": [[pair and pair[1] / 1000 for pair in row] for row in pairs],
                },
            }
        )

    def _refuse(self, code: int, error: str) -> Response:
        answer = {"error_code": code, "error": error, "status_code": 400, "status": "Bad Request"}
        return self.say(answer, 400)


class AmapStandIn(StandIn):
    """AMap's distance measurement: "出发点支持100个坐标对", "经纬度小数点不超过6位"; numbers are strings."""

    def answer(self, request: Request) -> Response:
        assert (request.method, request.path, request.args["type"]) == ("GET", "/v3/distance", "1")
        if request.args["key"] != "KEY":
            return self.say({"status": "0", "info": "INVALID_USER_KEY", "infocode": "10001"})
        said = request.args["origins"].split("|")
        assert len(said) <= 100
        assert all(re.fullmatch(r"-?\d+\.\d{1,6},-?\d+\.\d{1,6}", one) for one in (*said, request.args["destination"]))
        destination = _latitude_first(request.args["destination"])
        results = [self._result(number, _latitude_first(one), destination) for number, one in enumerate(said, 1)]
        return self.say({"status": "1", "info": "OK", "infocode": "10000", "results": results})

    def _result(self, number: int, origin: Point, destination: Point) -> dict[str, str]:
        result = {"origin_id": str(number), "dest_id": "1"}
        if self.beside_the_map & {origin, destination}:
            return result | {"distance": "0", "duration": "0", "info": "NO_ROADS_NEARBY", "code": "2"}
        seconds, metres = drive(origin, destination)
        return result | {"distance": f"{metres:.0f}", "duration": f"{seconds:.0f}"}


def _latitude_first(text: str) -> Point:
    longitude, latitude = text.split(",")
    return float(latitude), float(longitude)
