"""Couriers: a folder of files for those who send tables, and one HTTP interface (P3).

The HTTP interface answers `GET <address>/parcels/<courier>/<tracking number>` with
`{"sightings": [{"state": "sent", "at": "2026-05-11T08:00:00+08:00"}]}`; 404 says that the number is not known. Most
gateways that gather couriers are put behind it with a few lines of their own.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import requests

from integrations.outside_answers import NONSENSE, bounded_session, parse_object
from operations.clients.courier_client import CourierClient, CourierDown
from policies.shipments import ShipmentState, Sighting

TIMEOUT_SECONDS = 10.0
NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class FileCourier:
    """A folder in which couriers put CSV files with the columns courier, tracking_number, state and at."""

    folder: Path

    def find_sightings(self, *, courier: str, tracking_number: str) -> Sequence[Sighting]:
        """Return what the files say of a parcel; CourierDown names the file and line that cannot be read."""
        found = []
        for path in sorted(self.folder.glob("*.csv")):
            try:
                with path.open(encoding="utf-8-sig", newline="") as file:
                    mine = [row for row in csv.DictReader(file) if _is_about(row, courier, tracking_number)]
            except (OSError, csv.Error, UnicodeError) as error:
                raise CourierDown(f"{path.name}: {error}") from error
            found += [_sighting(row.get("state"), row.get("at"), where=path.name) for row in mine]
        return found


@dataclass(frozen=True, slots=True)
class HttpCourier:
    """A courier's, or a gateway's, interface over HTTP; `token` goes along as a bearer token."""

    address: str
    token: str | None = None
    http: requests.Session = field(default_factory=bounded_session)

    def find_sightings(self, *, courier: str, tracking_number: str) -> Sequence[Sighting]:
        """Ask for one parcel."""
        url = f"{self.address}/parcels/{quote(courier, safe='')}/{quote(tracking_number, safe='')}"
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            answer = self.http.get(url, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False)
            if answer.status_code == NOT_FOUND:
                return []
            answer.raise_for_status()
            said = parse_object(answer.content)["sightings"]
            return [_sighting(one["state"], one["at"], where=tracking_number) for one in said]
        except (requests.RequestException, *NONSENSE) as error:
            raise CourierDown(f"{tracking_number}: {error}") from error


def open_courier(address: str) -> CourierClient:
    """Return the courier of an address: file:///folder, or https://TOKEN@host/path; others raise ValueError."""
    parts = urlsplit(address)
    if parts.scheme == "file" and parts.path:
        return FileCourier(Path(unquote(parts.path)))
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(address)
    host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    return HttpCourier(urlunsplit((parts.scheme, host, parts.path.rstrip("/"), "", "")), parts.username)


def _is_about(row: Mapping[str, str | None], courier: str, tracking_number: str) -> bool:
    return (row.get("courier"), row.get("tracking_number")) == (courier, tracking_number)


def _sighting(state: object, at: object, *, where: str) -> Sighting:
    try:
        seen_at, known = dt.datetime.fromisoformat(str(at)), ShipmentState(str(state))
        if seen_at.tzinfo is None:
            raise CourierDown(f"{where}: {at!r} has no offset")
        return Sighting(known, seen_at.astimezone(dt.UTC))
    except (ValueError, OverflowError) as error:
        raise CourierDown(f"{where}: {error}") from error
