"""The demo city as plain data: what `build_city` returns and `flask demo load` writes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from policies.duty import DutyRole
from policies.languages import Language
from policies.priorities import Severity
from policies.request_states import CloseReason
from policies.segments import Segment


@dataclass(frozen=True, slots=True)
class CityTerritory:
    code: str
    name: str
    name_en: str
    districts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CityArea:
    code: str
    name: str
    name_en: str
    time_zone: str
    territories: tuple[CityTerritory, ...]


@dataclass(frozen=True, slots=True)
class CitySite:
    """A place, in WGS 84 degrees."""

    code: str
    address: str
    address_en: str
    district: str
    territory: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class CityAsset:
    serial: str
    model_code: str
    family: str
    site_code: str
    purchased_on: dt.date
    invoiced_on: dt.date | None
    purchase_channel: str


@dataclass(frozen=True, slots=True)
class CityCustomer:
    number: str
    name: str
    name_en: str
    kind: str
    language: Language
    segment: Segment
    phones: tuple[str, ...]
    sites: tuple[CitySite, ...]
    assets: tuple[CityAsset, ...]


@dataclass(frozen=True, slots=True)
class CityTechnician:
    """`territories` is empty for those who serve the whole area; `skills` are pairs of code and level."""

    number: str
    name: str
    name_en: str
    phone: str
    language: Language
    home_latitude: float
    home_longitude: float
    territories: tuple[str, ...]
    skills: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class CityShift:
    technician: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    break_from_at: dt.datetime
    break_until_at: dt.datetime
    break_minutes: int
    overtime_limit_minutes: int
    is_night: bool


@dataclass(frozen=True, slots=True)
class CityAbsence:
    technician: str
    absent_from_at: dt.datetime
    absent_until_at: dt.datetime
    reason: str


@dataclass(frozen=True, slots=True)
class CityDuty:
    role: DutyRole
    position: int
    name: str
    name_en: str
    phone: str
    language: Language
    from_at: dt.datetime
    until_at: dt.datetime


@dataclass(frozen=True, slots=True)
class PastVisit:
    technician: str
    window_from_at: dt.datetime
    window_until_at: dt.datetime
    arrived_at: dt.datetime
    completed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class CityRequest:
    """One matter; `close_reason` and `closed_at` are set for the past ones, `visit` if somebody went there."""

    customer: str
    serial: str
    site_code: str
    fault: str
    severity: Severity
    priority: int
    language: Language
    contact_phone: str
    opened_at: dt.datetime
    closed_at: dt.datetime | None = None
    close_reason: CloseReason | None = None
    visit: PastVisit | None = None


@dataclass(frozen=True, slots=True)
class City:
    """Everything the demo starts with. `open_requests` are in the order in which they were opened."""

    area: CityArea
    technicians: tuple[CityTechnician, ...]
    shifts: tuple[CityShift, ...]
    absences: tuple[CityAbsence, ...]
    duty: tuple[CityDuty, ...]
    customers: tuple[CityCustomer, ...]
    past_requests: tuple[CityRequest, ...]
    open_requests: tuple[CityRequest, ...]
