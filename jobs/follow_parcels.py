"""Ask couriers where parcels are, with no transaction open, and see which should have come by now (P3)."""

from __future__ import annotations

import structlog

from models import Shipment
from operations.aftercare.shipments import list_to_ask_about, mark_late, note_sightings
from operations.clients.courier_client import CourierDown
from operations.clients.services import Services

log = structlog.get_logger()


def follow_parcels(services: Services) -> int:
    """Ask about every parcel whose courier has not been asked for half an hour; return how many were asked about."""
    with services.database.writing() as session:
        mark_late(session, now=services.now())
    if services.courier is None:
        return 0
    with services.database.reading() as session:
        found = list_to_ask_about(session, now=services.now())
        wanted = [(one.id, one.courier, one.tracking_number or "") for one in found]
    for shipment_id, courier, number in wanted:
        try:
            sightings = services.courier.find_sightings(courier=courier, tracking_number=number)
        except CourierDown as down:
            log.warning("courier down", courier=courier, error=str(down))
            continue
        with services.database.writing() as session:
            shipment = session.get_one(Shipment, shipment_id)
            house, now = services.house, services.now()
            note_sightings(session, shipment=shipment, sightings=sightings, by=courier, house=house, now=now)
    return len(wanted)
