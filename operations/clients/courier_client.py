"""What we ask of a courier, whatever its vendor; integrations/couriers.py keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from policies.shipments import Sighting


class CourierDown(RuntimeError):
    """The courier does not answer, or answers what cannot be right; the message says which."""


class CourierClient(Protocol):
    """Somebody who knows where parcels are."""

    def find_sightings(self, *, courier: str, tracking_number: str) -> Sequence[Sighting]:
        """Return everything known of a parcel; raises CourierDown. An unknown number has no sightings."""
        ...
