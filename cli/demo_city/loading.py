"""The whole demo city into an empty database, in one transaction of the caller."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from cli.catalogue import load_catalogue
from cli.demo_city.duty import hand_out_open_major_faults
from cli.demo_city.load import is_loaded, load_people_and_places
from cli.demo_city.matters import book_open_requests, load_history, tell_published_shifts
from cli.demo_city.money import load_money
from cli.demo_city.parts import load_parts, load_used_parts
from cli.demo_city.people_files import write_telephones
from cli.demo_city.shapes import City
from cli.demo_city.sign_ins import add_sign_ins
from models import Message
from operations.foundation.house import House
from policies.message_states import MessageState


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was loaded; `without_window` are the open requests nobody had a place for."""

    customers: int
    assets: int
    technicians: int
    past_requests: int
    open_requests: int
    without_window: int
    sign_ins: Path


def load_city(
    session: Session,
    city: City,
    *,
    house: House,
    data_folder: Path,
    now: dt.datetime,
    on_booked: Callable[[], None] = lambda: None,
) -> Loaded | None:
    """Load the city as of `now`; None if it is there already. Raises DatabaseInUse where other customers are."""
    if is_loaded(session, area_code=city.area.code):
        return None
    load_catalogue(session, now=now)
    area = load_people_and_places(session, city)
    load_parts(session, now=now)
    load_money(session, city, now=now)
    load_history(session, city.past_requests)
    load_used_parts(session)
    left_open = book_open_requests(
        session, city.open_requests, time_zone=city.area.time_zone, house=house, now=now, on_booked=on_booked
    )
    hand_out_open_major_faults(session, house=house, now=now)
    tell_published_shifts(session, area=area, house=house, now=now)
    # Customers and technicians heard of it before the demo began: nobody is sent sixty texts when the clock starts.
    for message in session.scalars(select(Message)):
        message.state, message.decided_at, message.message_sid = MessageState.DELIVERED, now, f"SM{message.id:032x}"
    write_telephones(data_folder, city)
    return Loaded(
        customers=len(city.customers),
        assets=sum(len(customer.assets) for customer in city.customers),
        technicians=len(city.technicians),
        past_requests=len(city.past_requests),
        open_requests=len(city.open_requests),
        without_window=len(left_open),
        sign_ins=add_sign_ins(session, data_folder=data_folder),
    )
