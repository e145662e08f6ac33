"""The organisation's registers: every kind of row that goes out as a file and comes in as one.

Pages change single rows by the same way as files do: a row is a file of one line, so nothing is checked twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy.orm import Session

from operations.imports import (
    absences,
    agreements,
    areas,
    assets,
    catalogue,
    certificates,
    customers,
    duty,
    exports,
    faults,
    loaners,
    parts,
    places,
    preventive,
    prices,
    service_points,
    shifts,
    technicians,
    territories,
)
from operations.imports.listing import Listing
from operations.imports.problems import BadCell
from operations.imports.sheets import Column
from operations.imports.stored import Count
from operations.office.register_removals import (
    Remove,
    remove_absence,
    remove_area,
    remove_certificate,
    remove_duty_turn,
    remove_fault,
    remove_product,
    remove_shift,
    remove_skill,
    remove_territory,
)

TakeIn = Callable[[Session, bytes, dt.datetime, str], dict[str, Count]]

BETWEEN_KEYS = " · "


@dataclass(frozen=True, slots=True)
class Register:
    """One kind of row. `keys` are the columns that tell rows apart; rows with the same first one change together.

    Rows without a `remove` stay: others hang on them. One that `has_own_page` is changed there, here by file only.
    """

    name: str
    columns: Sequence[Column]
    keys: tuple[str, ...]
    take_in: TakeIn
    listing: Listing
    remove: Remove | None = None
    has_own_page: bool = False

    def cells(self, row: Sequence[str]) -> dict[str, str]:
        """Return a row's cells by the names of their columns."""
        return {column.name: cell for column, cell in zip(self.columns, row, strict=True)}

    def key_of(self, cells: Mapping[str, Any]) -> str:
        """Return what tells a row apart from all others, as one text."""
        return BETWEEN_KEYS.join(str(cells[name]) for name in self.keys)

    def read_key(self, key: str) -> dict[str, Any] | None:
        """Return the values of a row's key as `key_of` writes it, or None for what is no key."""
        parts = key.split(BETWEEN_KEYS)
        columns = {column.name: column for column in self.columns}
        if len(parts) != len(self.keys):
            return None
        cells = zip(self.keys, parts, strict=True)
        try:
            values = {name: columns[name].read(cell) if cell else None for name, cell in cells}
        except BadCell:
            return None
        is_local = any(isinstance(value, dt.datetime) and value.tzinfo is None for value in values.values())
        return None if is_local else values


class TakesFile(Protocol):
    """What takes a file of one kind of row in: all of it or, raising ImportRefused, nothing."""

    def __call__(self, session: Session, *, data: bytes) -> dict[str, Count]: ...


class TakesFileNow(Protocol):
    """The same where the time counts: the planner hears of it."""

    def __call__(self, session: Session, *, data: bytes, now: dt.datetime) -> dict[str, Count]: ...


class TakesFileOf(Protocol):
    """The same where it counts whose it is, too."""

    def __call__(self, session: Session, *, data: bytes, by: str, now: dt.datetime) -> dict[str, Count]: ...


def _plain(take: TakesFile) -> TakeIn:
    return lambda session, data, _now, _by: take(session, data=data)


def _timed(take: TakesFileNow) -> TakeIn:
    return lambda session, data, now, _by: take(session, data=data, now=now)


def _signed(take: TakesFileOf) -> TakeIn:
    return lambda session, data, now, by: take(session, data=data, now=now, by=by)


def _take_assets(session: Session, data: bytes, now: dt.datetime, _by: str) -> dict[str, Count]:
    # A day is over somewhere before it is over here: a purchase of today must pass in every time zone.
    return assets.import_assets(session, data=data, today=(now + dt.timedelta(hours=14)).date())


_ALL = (
    Register(
        "customers",
        customers.COLUMNS,
        ("customer_number", "site_code"),
        _plain(customers.import_customers),
        exports.CUSTOMERS,
        has_own_page=True,
    ),
    Register("assets", assets.COLUMNS, ("serial",), _take_assets, exports.ASSETS, has_own_page=True),
    Register(
        "agreements",
        agreements.COLUMNS,
        ("agreement_number", "position"),
        _signed(agreements.import_agreements),
        exports.AGREEMENTS,
        has_own_page=True,
    ),
    Register("prices", prices.COLUMNS, ("price_list", "code"), _plain(prices.import_prices), exports.PRICES),
    Register(
        "skills",
        catalogue.SKILL_COLUMNS,
        ("skill_code",),
        _plain(catalogue.import_skills),
        catalogue.SKILLS,
        remove=remove_skill,
    ),
    Register(
        "faults", faults.COLUMNS, ("fault_code",), _plain(faults.import_faults), faults.LISTING, remove=remove_fault
    ),
    Register(
        "products",
        catalogue.PRODUCT_COLUMNS,
        ("model_code",),
        _plain(catalogue.import_products),
        catalogue.PRODUCTS,
        remove=remove_product,
    ),
    Register("areas", areas.COLUMNS, ("area",), _plain(areas.import_areas), areas.LISTING, remove=remove_area),
    Register(
        "territories",
        territories.COLUMNS,
        ("territory_code",),
        _timed(territories.import_territories),
        territories.LISTING,
        remove=remove_territory,
    ),
    Register(
        "technicians",
        technicians.COLUMNS,
        ("technician_number",),
        _timed(technicians.import_technicians),
        exports.TECHNICIANS,
    ),
    Register(
        "certificates",
        certificates.COLUMNS,
        ("technician_number", "skill", "valid_until_on"),
        _timed(certificates.import_certificates),
        certificates.LISTING,
        remove=remove_certificate,
    ),
    Register(
        "shifts",
        shifts.COLUMNS,
        ("technician_number", "starts_at"),
        _timed(shifts.import_shifts),
        exports.SHIFTS,
        remove=remove_shift,
    ),
    Register(
        "absences",
        absences.COLUMNS,
        ("technician_number", "absent_from_at"),
        _signed(absences.import_absences),
        absences.LISTING,
        remove=remove_absence,
    ),
    Register(
        "duty", duty.COLUMNS, ("phone", "from_at"), _plain(duty.import_duty), exports.DUTY, remove=remove_duty_turn
    ),
    Register(
        "service-points",
        service_points.COLUMNS,
        ("code",),
        _plain(service_points.import_service_points),
        exports.SERVICE_POINTS,
    ),
    Register("places", places.COLUMNS, ("place_code",), _plain(places.import_places), places.LISTING),
    Register("loaners", loaners.COLUMNS, ("serial",), _plain(loaners.import_loaners), loaners.LISTING),
    Register("preventive", preventive.COLUMNS, ("code",), _plain(preventive.import_preventive), preventive.LISTING),
    Register("parts", parts.COLUMNS, ("part_number", "place_code"), _timed(parts.import_parts), parts.LISTING),
)

REGISTERS: Mapping[str, Register] = {register.name: register for register in _ALL}
"""All registers by name, in an order in which a whole organisation can come in."""
