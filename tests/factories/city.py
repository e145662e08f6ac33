"""A tiny city: one area, one skill, a few technicians at work from Monday on, a few customers with one asset each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy.orm import Session

from models import Area, Asset, FaultCategory, Product, Shift, Skill, Technician, Territory, Visit
from operations.dispatching.bookings import commit_hold
from operations.dispatching.offers import offer_windows
from operations.fieldwork.visits import draft_visit
from operations.foundation.house import House
from operations.matters.requests import open_request
from policies.channels import Channel
from policies.languages import Language
from tests.factories.catalogue import make_fault, make_product, make_skill
from tests.factories.customers import make_asset, make_customer, make_site
from tests.factories.instants import MIDNIGHT, NIGHT, hours
from tests.factories.places import make_area, make_territory
from tests.factories.team import make_shift, make_technician

HOUSE = House("+862150000000", "https://onecall.example")
DAY_STARTS = hours(8.5)


@dataclass(frozen=True, slots=True)
class City:
    """The rows of a city; each belongs to a session that has ended, so use their ids and plain columns."""

    area: Area
    territory: Territory
    skill: Skill
    fault: FaultCategory
    product: Product
    technicians: tuple[Technician, ...]
    shifts: tuple[Shift, ...]
    assets: tuple[Asset, ...]

    def shifts_of(self, technician: Technician) -> tuple[Shift, ...]:
        return tuple(shift for shift in self.shifts if shift.technician_id == technician.id)


def make_city(
    session: Session,
    *,
    technicians: int = 2,
    customers: int = 4,
    days: int = 2,
    shift_hours: float = 9,
    duration_minutes: int = 60,
    overtime_minutes: int = 60,
    language: Language = Language.ZH,
) -> City:
    area = make_area(session)
    territory = make_territory(session, area)
    skill = make_skill(session)
    product = make_product(session)
    team = tuple(
        make_technician(session, area, skill, home=(31.20 + 0.02 * index, 121.45), language=language)
        for index in range(technicians)
    )
    shifts = tuple(
        make_shift(
            session,
            technician,
            MIDNIGHT + DAY_STARTS + dt.timedelta(days=day),
            length=hours(shift_hours),
            has_break=shift_hours > 5,
            overtime_minutes=overtime_minutes,
        )
        for technician in team
        for day in range(days)
    )
    assets = tuple(
        make_asset(
            session,
            make_site(session, make_customer(session), territory, place=(31.21 + 0.01 * index, 121.46)),
            product,
        )
        for index in range(customers)
    )
    fault = make_fault(session, skill, duration_minutes=duration_minutes, position=skill.id)
    return City(area, territory, skill, fault, product, team, shifts, assets)


def open_visit(
    session: Session, city: City, *, customer: int = 0, opened_at: dt.datetime = NIGHT, phone: str | None = None
) -> Visit:
    """A customer of the city reports a fault; the visit is a draft."""
    asset = session.get_one(Asset, city.assets[customer].id)
    request = open_request(
        session,
        channel=Channel.HOTLINE,
        language=asset.customer.language,
        opened_at=opened_at,
        now=opened_at,
        answered_by="hotline",
        contact_phone=phone or asset.customer.phones[0].number,
        asset=asset,
        fault_category=session.get_one(FaultCategory, city.fault.id),
    )
    return draft_visit(session, request=request)


def book_visit(session: Session, city: City, *, customer: int = 0, now: dt.datetime = NIGHT, choice: int = 0) -> Visit:
    """A customer of the city reports a fault and takes one of the windows offered."""
    visit = open_visit(session, city, customer=customer, opened_at=now)
    offer = offer_windows(session, visit=visit, now=now)
    return commit_hold(session, hold=offer.holds[choice], house=HOUSE, now=now, source="hotline", actor="caller")
