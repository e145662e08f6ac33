"""Parcels to customers: which came by the day they were expected on, by the calendar where they came to (R, P3)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ServiceRequest, Shipment, Site
from operations.reports.records import list_parcels
from operations.reports.shape import Record, Stretch, within
from policies.shipments import ShipmentDirection

NOWHERE = "UTC"


@dataclass(frozen=True, slots=True)
class Parcels:
    """The ids of parcels that were delivered, by whether they came in time."""

    on_time: Sequence[int]
    late: Sequence[int]


def find_parcels(session: Session, stretch: Stretch) -> Parcels:
    """Return the parcels to customers delivered in the stretch that were expected on a day."""
    rows = session.execute(
        select(Shipment.id, Shipment.expected_on, Shipment.delivered_at, Site.time_zone)
        .join(ServiceRequest, ServiceRequest.id == Shipment.request_id)
        .outerjoin(Site, Site.id == ServiceRequest.site_id)
        .where(
            Shipment.direction == ShipmentDirection.TO_CUSTOMER,
            Shipment.expected_on.is_not(None),
            within(Shipment.delivered_at, stretch),
        )
    ).all()
    in_time = {id_: _is_on_time(delivered_at, expected_on, zone) for id_, expected_on, delivered_at, zone in rows}
    return Parcels([id_ for id_, is_ in in_time.items() if is_], [id_ for id_, is_ in in_time.items() if not is_])


def list_on_time(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return the parcels that came in time."""
    return list_parcels(session, Shipment.id.in_(find_parcels(session, stretch).on_time))


def list_late(session: Session, stretch: Stretch) -> Sequence[Record]:
    """Return the parcels that came late."""
    return list_parcels(session, Shipment.id.in_(find_parcels(session, stretch).late))


def _is_on_time(delivered_at: dt.datetime | None, expected_on: dt.date | None, zone: str | None) -> bool:
    if delivered_at is None or expected_on is None:
        return False
    return delivered_at.astimezone(ZoneInfo(zone or NOWHERE)).date() <= expected_on
