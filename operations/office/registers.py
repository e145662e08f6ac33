"""The organisation's registers: every kind of row that goes out as a file and comes in as one.

Pages change single rows by the same way as files do: a row is a file of one line, so nothing is checked twice.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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


_ALL = (
    Register(
        "customers",
        customers.COLUMNS,
        ("customer_number", "site_code"),
        lambda session, data, _now, _by: customers.import_customers(session, data=data),
        exports.CUSTOMERS,
        has_own_page=True,
    ),
    Register(
        "assets",
        assets.COLUMNS,
        ("serial",),
        # A day is over somewhere before it is over here: a purchase of today must pass in every time zone.
        lambda session, data, now, _by: assets.import_assets(
            session, data=data, today=(now + dt.timedelta(hours=14)).date()
        ),
        exports.ASSETS,
        has_own_page=True,
    ),
    Register(
        "agreements",
        agreements.COLUMNS,
        ("agreement_number", "position"),
        lambda session, data, now, by: agreements.import_agreements(session, data=data, by=by, now=now),
        exports.AGREEMENTS,
        has_own_page=True,
    ),
    Register(
        "prices",
        prices.COLUMNS,
        ("price_list", "code"),
        lambda session, data, _now, _by: prices.import_prices(session, data=data),
        exports.PRICES,
    ),
    Register(
        "skills",
        catalogue.SKILL_COLUMNS,
        ("skill_code",),
        lambda session, data, _now, _by: catalogue.import_skills(session, data=data),
        catalogue.SKILLS,
        remove=remove_skill,
    ),
    Register(
        "faults",
        faults.COLUMNS,
        ("fault_code",),
        lambda session, data, _now, _by: faults.import_faults(session, data=data),
        faults.LISTING,
        remove=remove_fault,
    ),
    Register(
        "products",
        catalogue.PRODUCT_COLUMNS,
        ("model_code",),
        lambda session, data, _now, _by: catalogue.import_products(session, data=data),
        catalogue.PRODUCTS,
        remove=remove_product,
    ),
    Register(
        "areas",
        areas.COLUMNS,
        ("area",),
        lambda session, data, _now, _by: areas.import_areas(session, data=data),
        areas.LISTING,
        remove=remove_area,
    ),
    Register(
        "territories",
        territories.COLUMNS,
        ("territory_code",),
        lambda session, data, now, _by: territories.import_territories(session, data=data, now=now),
        territories.LISTING,
        remove=remove_territory,
    ),
    Register(
        "technicians",
        technicians.COLUMNS,
        ("technician_number",),
        lambda session, data, now, _by: technicians.import_technicians(session, data=data, now=now),
        exports.TECHNICIANS,
    ),
    Register(
        "certificates",
        certificates.COLUMNS,
        ("technician_number", "skill", "valid_until_on"),
        lambda session, data, now, _by: certificates.import_certificates(session, data=data, now=now),
        certificates.LISTING,
        remove=remove_certificate,
    ),
    Register(
        "shifts",
        shifts.COLUMNS,
        ("technician_number", "starts_at"),
        lambda session, data, now, _by: shifts.import_shifts(session, data=data, now=now),
        exports.SHIFTS,
        remove=remove_shift,
    ),
    Register(
        "absences",
        absences.COLUMNS,
        ("technician_number", "absent_from_at"),
        lambda session, data, now, by: absences.import_absences(session, data=data, by=by, now=now),
        absences.LISTING,
        remove=remove_absence,
    ),
    Register(
        "duty",
        duty.COLUMNS,
        ("phone", "from_at"),
        lambda session, data, _now, _by: duty.import_duty(session, data=data),
        exports.DUTY,
        remove=remove_duty_turn,
    ),
    Register(
        "service-points",
        service_points.COLUMNS,
        ("code",),
        lambda session, data, _now, _by: service_points.import_service_points(session, data=data),
        exports.SERVICE_POINTS,
    ),
    Register(
        "places",
        places.COLUMNS,
        ("place_code",),
        lambda session, data, _now, _by: places.import_places(session, data=data),
        places.LISTING,
    ),
    Register(
        "loaners",
        loaners.COLUMNS,
        ("serial",),
        lambda session, data, _now, _by: loaners.import_loaners(session, data=data),
        loaners.LISTING,
    ),
    Register(
        "preventive",
        preventive.COLUMNS,
        ("code",),
        lambda session, data, _now, _by: preventive.import_preventive(session, data=data),
        preventive.LISTING,
    ),
    Register(
        "parts",
        parts.COLUMNS,
        ("part_number", "place_code"),
        lambda session, data, now, _by: parts.import_parts(session, data=data, now=now),
        parts.LISTING,
    ),
)

REGISTERS: Mapping[str, Register] = {register.name: register for register in _ALL}
"""All registers by name, in an order in which a whole organisation can come in."""
