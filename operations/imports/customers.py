"""Customers with their telephones and sites: one line per site, a customer's own columns repeated on each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import Customer, CustomerPhone, Site, Territory
from operations.foundation.territories import Territories
from operations.imports.cells import (
    read_code,
    read_degrees,
    read_phone,
    read_several,
    read_text,
    read_time_zone,
    read_word,
)
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, Sheet, read_sheet
from operations.imports.stored import Count, find_by, put_values
from policies.languages import Language
from policies.segments import Segment

LANGUAGES = {"中文": Language.ZH, "汉语": Language.ZH, "zh": Language.ZH, "英文": Language.EN, "英语": Language.EN}
SEGMENTS = {"新客户": Segment.NEW, "老客户": Segment.EXISTING, "贵宾": Segment.VIP}

OWN_COLUMNS = (
    Column("customer_number", "客户编号", read_code(Customer.number), aliases=("number",)),
    Column("name", "客户名称", read_text(Customer.name), aliases=("姓名",)),
    Column("name_en", "英文名称", read_text(Customer.name_en), is_required=False),
    Column("language", "语言", read_word(Language, LANGUAGES)),
    Column("segment", "客户类别", read_word(Segment, SEGMENTS)),
    Column("phones", "电话", read_several(read_phone), is_required=False, aliases=("phone", "手机")),
)
SITE_COLUMNS = (
    Column("site_code", "地点编号", read_code(Site.code), is_required=False),
    Column("address", "地址", read_text(Site.address), is_required=False),
    Column("address_en", "英文地址", read_text(Site.address_en), is_required=False),
    Column("district", "区", read_text(Site.district), is_required=False, aliases=("行政区",)),
    Column("latitude", "纬度", read_degrees(90), is_required=False),
    Column("longitude", "经度", read_degrees(180), is_required=False),
    Column("time_zone", "时区", read_time_zone, is_required=False),
    Column("territory", "片区", read_code(Territory.code), is_required=False),
)
COLUMNS = OWN_COLUMNS + SITE_COLUMNS
OPTIONAL_FOR_SITES = frozenset({"territory"})


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A site as the file has it; degrees are WGS 84."""

    code: str
    address: str
    address_en: str
    district: str
    latitude: float
    longitude: float
    time_zone: str
    territory: str | None


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as the file has it, with the sites of all its lines."""

    number: str
    name: str
    name_en: str | None
    language: Language
    segment: Segment
    phones: tuple[str, ...]
    sites: tuple[SiteRow, ...]


@dataclass(frozen=True, slots=True)
class KnownPlaces:
    """What the file may refer to: territories, and the customer's number of every stored site."""

    territories: frozenset[str]
    site_owners: Mapping[str, str]


def parse_customers(sheet: Sheet, known: KnownPlaces) -> list[CustomerRow]:
    """Return the file's customers in its order; raises ImportRefused naming everything that is wrong. Pure."""
    problems = list(sheet.problems)
    owners: dict[str, Line] = {}
    places: dict[str, Line] = {}
    for line in sheet.lines:
        problems += _check_owner(line, owners)
        problems += _check_place(line, places, known)
    if problems:
        raise ImportRefused(problems)
    sites: dict[str, list[SiteRow]] = {}
    for line in sheet.lines:
        sites.setdefault(line.values["customer_number"], []).extend(_build_sites(line))
    return [_build_customer(first, tuple(sites[number])) for number, first in owners.items()]


def import_customers(session: Session, *, data: bytes) -> dict[str, Count]:
    """Add and change customers, telephones and sites by their natural keys; all of the file or, refused, nothing.

    A customer's telephones become those of the file; sites that the file does not mention stay.
    """
    sheet = read_sheet(data, COLUMNS)
    rows = parse_customers(sheet, _find_known(session, sheet))
    numbers = {row.number for row in rows}
    found = find_by(session, Customer, Customer.number, numbers, selectinload(Customer.phones))
    stored = {customer.number: customer for customer in found}
    sites = {s.code: s for s in find_by(session, Site, Site.code, {site.code for row in rows for site in row.sites})}
    territories = Territories(session)
    counts = {"customers": Count(), "sites": Count()}
    for row in rows:
        customer = stored.get(row.number)
        if customer is None:
            customer = Customer(number=row.number)
        _write_customer(session, customer, row, counts["customers"])
        for site in row.sites:
            _write_site(customer, sites.get(site.code), site, territories, counts["sites"])
    session.flush()
    return counts


def _check_owner(line: Line, owners: dict[str, Line]) -> list[Problem]:
    number = line.values.get("customer_number")
    if number is None:
        return []
    first = owners.setdefault(number, line)
    return [
        Problem(line.number, column.name, Trouble.DIFFERS, str(first.number))
        for column in OWN_COLUMNS
        if column.name in first.values
        and column.name in line.values
        and first.values[column.name] != line.values[column.name]
    ]


def _check_place(line: Line, places: dict[str, Line], known: KnownPlaces) -> list[Problem]:
    code = line.values.get("site_code")
    needed = [column.name for column in SITE_COLUMNS if column.name not in OPTIONAL_FOR_SITES]
    filled = [name for name in needed if line.values.get(name) is not None]
    problems = [
        Problem(line.number, name, Trouble.MISSING)
        for name in needed
        # A cell that could not be read is absent, not empty, and has been named already.
        if filled and name in line.values and line.values[name] is None
    ]
    territory = line.values.get("territory")
    if territory is not None and territory not in known.territories:
        problems.append(Problem(line.number, "territory", Trouble.UNKNOWN, territory))
    if code is None:
        return problems
    if (first := places.setdefault(code, line)) is not line:
        problems.append(Problem(line.number, "site_code", Trouble.REPEATED, str(first.number)))
    number = line.values.get("customer_number")
    if number is not None and known.site_owners.get(code, number) != number:
        problems.append(Problem(line.number, "site_code", Trouble.BELONGS_TO_OTHER, known.site_owners[code]))
    return problems


def _build_customer(first: Line, sites: tuple[SiteRow, ...]) -> CustomerRow:
    values = first.values
    return CustomerRow(
        number=values["customer_number"],
        name=values["name"],
        name_en=values["name_en"],
        language=values["language"],
        segment=values["segment"],
        phones=values["phones"] or (),
        sites=sites,
    )


def _build_sites(line: Line) -> list[SiteRow]:
    if line.values["site_code"] is None:
        return []
    values = {column.name: line.values[column.name] for column in SITE_COLUMNS}
    return [SiteRow(code=values.pop("site_code"), **values)]


def _find_known(session: Session, sheet: Sheet) -> KnownPlaces:
    codes = {line.values["site_code"] for line in sheet.lines if line.values.get("site_code") is not None}
    found = find_by(session, Site, Site.code, codes, joinedload(Site.customer))
    return KnownPlaces(
        territories=frozenset(session.scalars(select(Territory.code))),
        site_owners={site.code: site.customer.number for site in found},
    )


def _write_customer(session: Session, customer: Customer, row: CustomerRow, count: Count) -> None:
    is_new = customer.id is None
    is_changed = put_values(
        customer, {"name": row.name, "name_en": row.name_en, "language": row.language, "segment": row.segment}
    )
    is_changed |= _write_phones(session, customer, row.phones)
    if is_new:
        session.add(customer)
        count.add_row()
    else:
        count.note(is_changed=is_changed)


def _write_phones(session: Session, customer: Customer, numbers: tuple[str, ...]) -> bool:
    have = {phone.number: phone for phone in customer.phones}
    for number in have.keys() - set(numbers):
        session.delete(have[number])
    customer.phones.extend(CustomerPhone(number=number) for number in numbers if number not in have)
    return have.keys() != set(numbers)


def _write_site(customer: Customer, stored: Site | None, row: SiteRow, territories: Territories, count: Count) -> None:
    values = asdict(row)
    values["territory_id"] = territories.find(values.pop("territory"), at=(row.latitude, row.longitude))
    if stored is None:
        customer.sites.append(Site(**values))
        count.add_row()
    else:
        if stored.territory_id != values["territory_id"]:
            values["next_territory_id"] = None
        count.note(is_changed=put_values(stored, values))
