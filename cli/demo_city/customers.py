"""The customers of the city with their telephones, sites and assets."""

from __future__ import annotations

import datetime as dt
import random

from cli.demo_city.assets import Serials, draw_asset
from cli.demo_city.content import read_rows
from cli.demo_city.draws import open_draws
from cli.demo_city.people import Names
from cli.demo_city.places import draw_site
from cli.demo_city.shapes import CityCustomer
from policies.languages import Language
from policies.segments import Segment

FIRST_NUMBER = 100_001
FOREIGN_HOMES_EVERY = 14
ENGLISH_COMPANIES_EVERY = 10
ABROAD_SHARE = 0.25
SECOND_PHONE_SHARE = 0.3
VIP_SHARE = {"home": 0.03, "school": 0.08, "company": 0.15, "venue": 0.3}
NEW_DAYS = 120


def build_customers(*, seed: int, today: dt.date) -> tuple[CityCustomer, ...]:
    """Return the customers of content/demo/customer_kinds.csv, in the order of their numbers."""
    draws = open_draws(seed, "customers")
    names, serials = Names(draws), Serials(draws)
    kinds = [row for row in read_rows("demo/customer_kinds") for _ in range(int(row["count"]))]
    draws.shuffle(kinds)
    counts: dict[str, int] = {}
    customers = []
    for index, row in enumerate(kinds):
        counts[row["kind"]] = counts.get(row["kind"], 0) + 1
        customers.append(
            _build_customer(
                draws, names, serials, number=str(FIRST_NUMBER + index), row=row, nth=counts[row["kind"]], today=today
            )
        )
    return tuple(customers)


def _build_customer(
    draws: random.Random, names: Names, serials: Serials, *, number: str, row: dict[str, str], nth: int, today: dt.date
) -> CityCustomer:
    kind = row["kind"]
    is_foreign = kind == "home" and nth % FOREIGN_HOMES_EVERY == 0
    is_english = is_foreign or (kind == "company" and nth % ENGLISH_COMPANIES_EVERY == 0)
    name, name_en = _draw_name(names, kind, is_foreign=is_foreign)
    sites = tuple(
        draw_site(draws, code=f"{number}-{index + 1}", kind=kind)
        for index in range(draws.randint(int(row["min_sites"]), int(row["max_sites"])))
    )
    families = row["families"].split("|")
    assets = tuple(
        draw_asset(
            draws,
            serials,
            family=draws.choice(families),
            kind=kind,
            # Every site has something before any has a second thing.
            site_code=sites[index % len(sites)].code,
            today=today,
        )
        for index in range(max(len(sites), draws.randint(int(row["min_assets"]), int(row["max_assets"]))))
    )
    oldest = min(asset.purchased_on for asset in assets)
    return CityCustomer(
        number=number,
        name=name,
        name_en=name_en,
        kind=kind,
        language=Language.EN if is_english else Language.ZH,
        segment=_draw_segment(draws, kind, is_new=(today - oldest).days <= NEW_DAYS),
        phones=_draw_phones(draws, names, kind, is_foreign=is_foreign),
        sites=sites,
        assets=assets,
    )


def _draw_name(names: Names, kind: str, *, is_foreign: bool) -> tuple[str, str]:
    if kind == "home":
        return names.draw_foreigner() if is_foreign else names.draw_person()
    return names.draw_organisation(kind)


def _draw_phones(draws: random.Random, names: Names, kind: str, *, is_foreign: bool) -> tuple[str, ...]:
    first = names.draw_phone(is_abroad=is_foreign and draws.random() < ABROAD_SHARE)
    if kind != "home" and draws.random() < SECOND_PHONE_SHARE:
        return first, names.draw_phone()
    return (first,)


def _draw_segment(draws: random.Random, kind: str, *, is_new: bool) -> Segment:
    if draws.random() < VIP_SHARE[kind]:
        return Segment.VIP
    return Segment.NEW if is_new else Segment.EXISTING
