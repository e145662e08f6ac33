"""Puts the demo city together."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from cli.demo_city.content import list_districts, read_rows
from cli.demo_city.customers import build_customers
from cli.demo_city.duty import build_duty
from cli.demo_city.requests import build_open_requests, build_past_requests
from cli.demo_city.shapes import City, CityArea, CityTerritory
from cli.demo_city.team import build_absences, build_shifts, build_technicians

TIME_ZONE = "Asia/Shanghai"
DEFAULT_SEED = 1


def build_city(*, seed: int, start_at: dt.datetime) -> City:
    """Return the demo city as it stands at `start_at` (an aware instant); the same arguments give the same city."""
    today = start_at.astimezone(ZoneInfo(TIME_ZONE)).date()
    customers = build_customers(seed=seed, today=today)
    technicians = build_technicians(seed=seed)
    return City(
        area=_build_area(),
        technicians=technicians,
        shifts=build_shifts(today=today, time_zone=TIME_ZONE),
        absences=build_absences(today=today, time_zone=TIME_ZONE),
        duty=build_duty(start_at=start_at),
        customers=customers,
        past_requests=build_past_requests(customers, technicians, seed=seed, start_at=start_at, time_zone=TIME_ZONE),
        open_requests=build_open_requests(customers, seed=seed, start_at=start_at),
    )


def _build_area() -> CityArea:
    return CityArea(
        code="shanghai",
        name="上海",
        name_en="Shanghai",
        time_zone=TIME_ZONE,
        territories=tuple(
            CityTerritory(
                code=row["code"],
                name=row["name"],
                name_en=row["name_en"],
                districts=tuple(d.name for d in list_districts() if d.territory == row["code"]),
            )
            for row in read_rows("demo/territories")
        ),
    )
