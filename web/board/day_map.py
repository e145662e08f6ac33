"""The map beside the board: the same routes by colour and number, who waits where, and the territories (D9)."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from models import Site, Visit
from operations.day.day import Day, OpenRequest
from operations.day.district_map import DistrictMap, Shape
from policies.languages import Language
from web.board.day_lanes import Lane
from web.board.timeline import Axis
from web.foundation.map_tiles import Point
from web.wording.sentences import in_language, page_language
from web.wording.words import Tone

Place = Callable[[float, float], Point]


@dataclass(frozen=True, slots=True)
class MapStop:
    """One visit on the map; `key` is its block on the timeline, which says everything else about it."""

    key: str
    request: str
    number: int
    at: Point
    state: str
    is_late: bool


@dataclass(frozen=True, slots=True)
class MapRoute:
    """One technician's way on one day: from home, in this order."""

    lane: str
    name: str
    colour: int
    day: str
    home: Point
    stops: Sequence[MapStop]


@dataclass(frozen=True, slots=True)
class MapRequest:
    """Somebody who waits for a window; `key` is the line in the list of requests."""

    key: str
    at: Point
    tone: Tone


@dataclass(frozen=True, slots=True)
class MapShape:
    """A territory or district, with its name where it has one in the page's language."""

    name: str
    rings: Sequence[Sequence[Point]]


@dataclass(frozen=True, slots=True)
class DayMap:
    """Everything on the map."""

    routes: Sequence[MapRoute]
    waiting: Sequence[MapRequest]
    territories: Sequence[MapShape]
    districts: Sequence[MapShape]


def draw_day_map(
    day: Day,
    axis: Axis,
    lanes: Sequence[Lane],
    waiting: Sequence[tuple[OpenRequest, Tone]],
    districts: DistrictMap,
    *,
    place: Place,
) -> DayMap:
    """Return the map of what the board shows; `waiting` are requests without a window and how urgent each is.

    `place` puts a point of ours on the tiles in use.
    """
    return DayMap(
        [route for lane in lanes for route in _routes(lane, day, axis, place)],
        [
            MapRequest(f"r{item.request.number}", _point(item.request.site, place), tone)
            for item, tone in waiting
            if item.request.site is not None
        ],
        [draw_shape(shape, in_language(shape, "name"), place) for shape in districts.territories],
        draw_districts(districts, place),
    )


def _routes(lane: Lane, day: Day, axis: Axis, place: Place) -> Iterable[MapRoute]:
    technician = next(one for one in day.technicians if one.id == lane.technician_id)
    blocks = {block.key: block for block in lane.blocks}
    seen = sorted(_sights(lane.technician_id, day, axis), key=lambda sight: sight[0])
    home = place(technician.home_latitude, technician.home_longitude)
    for on, of_day in groupby(seen, key=lambda sight: sight[0].astimezone(axis.zone).date()):
        stops = []
        for number, (_, visit) in enumerate(of_day, start=1):
            block, site = blocks.get(f"v{visit.id}"), visit.request.site
            if block is not None and site is not None:
                number_of = visit.request.number
                at = _point(site, place)
                stops.append(MapStop(block.key, f"r{number_of}", number, at, block.state, block.is_late))
        yield MapRoute(f"lane-{lane.technician_id}", lane.name, lane.colour, on.isoformat(), home, stops)


def _sights(technician_id: int, day: Day, axis: Axis) -> Iterable[tuple[dt.datetime, Visit]]:
    """Return where a technician was or will be, and when."""
    for stop in day.stops:
        if stop.visit is not None and stop.shift.technician_id == technician_id:
            yield max(stop.planned_start_at, axis.from_at), stop.visit
    for visit in day.ended_visits:
        at = visit.arrived_at or visit.completed_at
        if at is not None and visit.technician_id == technician_id:
            yield max(at, axis.from_at), visit


def draw_districts(districts: DistrictMap, place: Place) -> list[MapShape]:
    """Return the districts as the tiles in use have them."""
    # Districts have no English name.
    is_named = page_language() is Language.ZH
    return [draw_shape(shape, shape.name if is_named else "", place) for shape in districts.districts]


def draw_shape(shape: Shape, name: str, place: Place) -> MapShape:
    """Return one shape as the tiles in use have it, with this name on it."""
    return MapShape(name, [[place(*point) for point in ring] for ring in shape.rings])


def _point(site: Site, place: Place) -> Point:
    return place(site.latitude, site.longitude)
