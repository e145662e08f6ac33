"""Addresses and coordinates: real roads of real neighbourhoods, invented house numbers."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from cli.demo_city.content import Neighbourhood, list_neighbourhoods
from cli.demo_city.draws import draw_weighted
from cli.demo_city.shapes import CitySite

METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class _House:
    address: str
    address_en: str


def draw_neighbourhood(draws: random.Random) -> Neighbourhood:
    """Return a neighbourhood, its district as likely as its weight, the neighbourhoods of one district equally."""
    places = list_neighbourhoods()
    sizes = {place.district.code: 0 for place in places}
    for place in places:
        sizes[place.district.code] += 1
    return draw_weighted(draws, [(place, place.district.weight / sizes[place.district.code]) for place in places])


def draw_point(draws: random.Random, place: Neighbourhood) -> tuple[float, float]:
    """Return latitude and longitude, spread evenly over the neighbourhood and inside its district's box."""
    bearing = draws.random() * 2 * math.pi
    metres = place.radius_metres * math.sqrt(draws.random())
    latitude = place.latitude + metres * math.cos(bearing) / METRES_PER_DEGREE
    width = METRES_PER_DEGREE * math.cos(math.radians(place.latitude))
    longitude = place.longitude + metres * math.sin(bearing) / width
    box = place.district
    return round(min(max(latitude, box.south), box.north), 5), round(min(max(longitude, box.west), box.east), 5)


def draw_site(draws: random.Random, *, code: str, kind: str) -> CitySite:
    """Return a site for a customer of this kind (home, school, company, venue)."""
    place = draw_neighbourhood(draws)
    latitude, longitude = draw_point(draws, place)
    house = _draw_house(draws, place, kind)
    return CitySite(
        code=code,
        address=f"上海市{place.district.name}{house.address}",
        address_en=f"{house.address_en}, {place.district.name_en}, Shanghai",
        district=place.district.name,
        territory=place.district.territory,
        latitude=latitude,
        longitude=longitude,
    )


def _draw_house(draws: random.Random, place: Neighbourhood, kind: str) -> _House:
    road, road_en = draws.choice(place.roads)
    number = draws.randrange(8, 1200)
    if kind == "home":
        # Shanghai's homes stand in numbered lanes (弄) off the road.
        building, floor, door = draws.randrange(1, 60), draws.randrange(1, 19), draws.randrange(1, 5)
        room = f"{floor}{door:02d}"
        return _House(
            f"{road}{number}弄{building}号{room}室", f"Room {room}, Building {building}, Lane {number}, {road_en}"
        )
    if kind == "company":
        floor = draws.randrange(2, 33)
        return _House(f"{road}{number}号{floor}楼", f"Floor {floor}, {number} {road_en}")
    return _House(f"{road}{number}号", f"{number} {road_en}")
