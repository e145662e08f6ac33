"""Who calls on the demo day, and what each wants."""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cli.demo_city.content import Fault, list_faults, read_rows
from cli.demo_city.draws import open_draws
from cli.demo_city.shapes import City, CityAsset, CityCustomer
from cli.demo_day.menus import Wish
from policies.languages import Language
from policies.priorities import Severity

STRANGER_NUMBER = "+447700900999"
FURTHER_CALLS = 9
SOLVED_BY_PHONE_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Caller:
    """One call: who, from which number, in which language, when after the start, and what about."""

    after: dt.timedelta
    name: str
    number: str
    language: Language
    wish: Wish
    is_known: bool = True


class NobodyFits(RuntimeError):
    """The city has no customer like the one the story needs."""


def cast_callers(city: City, *, seed: int) -> list[Caller]:
    """Return the story's three callers (22:40, 22:55, 09:10) and some more through the day, in the order of time."""
    draws = open_draws(seed, "callers")
    free = _draw_free_customers(city, draws)
    story = [
        _cast(_find(free, family="projector", kind="home", territory="centre"), dt.timedelta(), "projector_no_image"),
        _cast_stranger(city, _find(free, family="display"), dt.timedelta(minutes=15), "display_no_signal"),
        _cast(_find(free, family="projector", kind="venue"), dt.timedelta(hours=10, minutes=30), Severity.MAJOR),
    ]
    further = [
        _cast(customer, at, draws.choice([Severity.NORMAL, Severity.MINOR]), draws=draws)
        for customer, at in zip(free, _draw_instants(draws), strict=False)
    ]
    return sorted([*story, *further], key=lambda caller: caller.after)


def _draw_free_customers(city: City, draws: random.Random) -> list[CityCustomer]:
    """Those with a Chinese number and nothing open, in a random order; whoever is cast is taken out."""
    busy = {request.customer for request in city.open_requests}
    free = [c for c in city.customers if c.number not in busy and c.language is Language.ZH]
    draws.shuffle(free)
    return free


def _find(
    free: list[CityCustomer], *, family: str, kind: str | None = None, territory: str | None = None
) -> CityCustomer:
    for customer in free:
        if (
            kind in {None, customer.kind}
            and territory in {None, customer.sites[0].territory}
            and any(asset.family == family for asset in customer.assets)
        ):
            free.remove(customer)
            return customer
    raise NobodyFits(f"{kind} with a {family}")


def _draw_instants(draws: random.Random) -> Iterator[dt.timedelta]:
    """Yield instants between 07:00 and 19:00 of the next day, counted from 22:40."""
    hours = sorted(draws.uniform(8.4, 20.3) for _ in range(FURTHER_CALLS))
    return (dt.timedelta(hours=at) for at in hours)


def _cast(
    customer: CityCustomer,
    after: dt.timedelta,
    fault: str | Severity,
    *,
    draws: random.Random | None = None,
) -> Caller:
    asset, chosen = _choose_matter(customer.assets, fault, draws)
    is_solved = draws is not None and draws.random() < SOLVED_BY_PHONE_SHARE
    wish = _wish(asset, chosen, customer.language, is_solved=is_solved)
    return Caller(after, customer.name, customer.phones[0], customer.language, wish)


def _cast_stranger(city: City, owner: CityCustomer, after: dt.timedelta, fault: str) -> Caller:
    """Somebody at a customer's site whose number nobody knows, in English; his serial's last digits are his alone."""
    tails = Counter(asset.serial[-6:] for customer in city.customers for asset in customer.assets)
    asset, chosen = _choose_matter([a for a in owner.assets if tails[a.serial[-6:]] == 1], fault, None)
    wish = _wish(asset, chosen, Language.EN, is_solved=False)
    return Caller(after, "Oliver Grant", STRANGER_NUMBER, Language.EN, wish, is_known=False)


def _choose_matter(
    assets: Sequence[CityAsset], fault: str | Severity, draws: random.Random | None
) -> tuple[CityAsset, Fault]:
    pairs = [
        (asset, known)
        for asset in assets
        for known in list_faults()
        if known.family == asset.family and fault in {known.code, known.severity}
    ]
    if not pairs:
        raise NobodyFits(str(fault))
    return draws.choice(pairs) if draws else pairs[0]


def _wish(asset: CityAsset, fault: Fault, language: Language, *, is_solved: bool) -> Wish:
    product = next(row for row in read_rows("catalogue/products") if row["model_code"] == asset.model_code)
    is_english = language is Language.EN
    return Wish(
        product=product["name_en"] if is_english else product["name"],
        fault=fault.name_en if is_english else fault.name,
        serial_tail=asset.serial[-6:],
        is_solved_by_phone=is_solved,
    )
