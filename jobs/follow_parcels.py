"""Ask couriers where parcels are, with no transaction open, and see which should have come by now (P3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

import structlog

from jobs.left_undone import LeftUndone
from models import Shipment
from operations.aftercare.shipments import list_to_ask_about, mark_late, note_sightings
from operations.clients.courier_client import CourierClient, CourierDown
from operations.clients.services import Services
from policies.shipments import Sighting

MOST_IN_A_ROW = 3
log = structlog.get_logger()


class _Parcel(NamedTuple):
    id: int
    courier: str
    tracking_number: str
    made_at: dt.datetime


def follow_parcels(services: Services) -> int:
    """Ask about every parcel whose courier has not been asked for half an hour; return how many were asked about.

    LeftUndone when of some nothing could be learned: they are asked about again with the others. After some in a row
    the rest waits for the next run: a courier that is down is not waited for parcel by parcel.
    """
    with services.database.writing() as session:
        mark_late(session, now=services.now())
    if services.courier is None:
        return 0
    with services.database.reading() as session:
        found = list_to_ask_about(session, now=services.now())
        wanted = [_Parcel(one.id, one.courier, one.tracking_number or "", one.made_at) for one in found]
    failed = in_a_row = 0
    sightings: Sequence[Sighting]
    for parcel in wanted:
        try:
            sightings = _ask(services.courier, parcel, services.now())
        except CourierDown as down:
            log.warning("courier down", courier=parcel.courier, error=str(down))
            sightings, failed, in_a_row = (), failed + 1, in_a_row + 1
        else:
            in_a_row = 0
        with services.database.writing() as session:
            shipment = session.get_one(Shipment, parcel.id)
            house, now = services.house, services.now()
            note_sightings(session, shipment=shipment, sightings=sightings, by=parcel.courier, house=house, now=now)
        if in_a_row >= MOST_IN_A_ROW:
            break
    if failed:
        raise LeftUndone(failed, "parcels of which no courier could be asked")
    return len(wanted)


def _ask(courier: CourierClient, parcel: _Parcel, now: dt.datetime) -> Sequence[Sighting]:
    """Return what the courier says of a parcel; CourierDown too for what cannot be true of it."""
    found = courier.find_sightings(courier=parcel.courier, tracking_number=parcel.tracking_number)
    for one in found:
        if not one.is_believable(made_at=parcel.made_at, now=now):
            raise CourierDown(f"{parcel.tracking_number}: seen at {one.at.isoformat()}")
    return found
