"""What stands at the customers: models, serials, and how each was bought."""

from __future__ import annotations

import datetime as dt
import random

from cli.demo_city.content import read_rows
from cli.demo_city.draws import draw_weighted
from cli.demo_city.shapes import CityAsset

OLDEST_DAYS = 2000
NEWEST_DAYS = 10
TAIL_DIGITS = 6
TWIN_EVERY = 25
"""Every so many assets, one ends in the digits of an earlier one: callers must then be asked which it is."""
INVOICE_KEPT = 0.88
FACTORIES = "HKMT"


class Serials:
    """Makes serials such as LVP2419K004512: letters, year and week of making, factory, running number."""

    def __init__(self, draws: random.Random) -> None:
        self._draws = draws
        self._tails: list[str] = []
        self._made: set[str] = set()
        self._count = 0

    def draw_serial(self, *, letter: str, made_on: dt.date) -> str:
        """Return a serial nobody else has; its last six digits may be somebody else's, now and then."""
        self._count += 1
        year, week, _ = made_on.isocalendar()
        while True:
            tail = self._draw_tail(is_twin=self._count % TWIN_EVERY == 0)
            serial = f"LV{letter}{year % 100:02d}{week:02d}{self._draws.choice(FACTORIES)}{tail}"
            if serial not in self._made:
                self._made.add(serial)
                return serial

    def _draw_tail(self, *, is_twin: bool) -> str:
        if is_twin:
            return self._draws.choice(self._tails)
        while True:
            tail = f"{self._draws.randrange(1000, 10**TAIL_DIGITS):0{TAIL_DIGITS}d}"
            if tail not in self._tails:
                self._tails.append(tail)
                return tail


def draw_asset(
    draws: random.Random, serials: Serials, *, family: str, kind: str, site_code: str, today: dt.date
) -> CityAsset:
    """Return an asset of this family as this kind of customer would buy it, bought before `today`."""
    models = [row for row in read_rows("catalogue/products") if row["family"] == family]
    model = draws.choice([row for row in models if row["kind"] == kind] or models)
    letter = next(row["serial_letter"] for row in read_rows("catalogue/families") if row["code"] == family)
    # The square makes young assets likelier than old ones.
    age_days = NEWEST_DAYS + int((OLDEST_DAYS - NEWEST_DAYS) * draws.random() ** 2)
    purchased_on = today - dt.timedelta(days=age_days)
    invoiced_on = purchased_on + dt.timedelta(days=draws.randrange(NEWEST_DAYS))
    return CityAsset(
        serial=serials.draw_serial(letter=letter, made_on=purchased_on - dt.timedelta(days=draws.randrange(20, 150))),
        model_code=model["model_code"],
        family=family,
        site_code=site_code,
        purchased_on=purchased_on,
        invoiced_on=invoiced_on if draws.random() < INVOICE_KEPT else None,
        purchase_channel=_draw_channel(draws, kind),
    )


def _draw_channel(draws: random.Random, kind: str) -> str:
    channels = [(row["code"], float(row["weight"])) for row in read_rows("demo/channels")]
    if kind == "home":
        channels = [(code, weight) for code, weight in channels if code != "project"]
    return draw_weighted(draws, channels)
