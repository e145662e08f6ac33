"""Assets: one line per serial."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Asset, Customer, Product, Site
from operations.imports.cells import read_code, read_date, read_decimal, read_text, read_whole, read_word
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, Sheet, read_sheet
from operations.imports.stored import Count, find_by, put_values
from operations.people.customers import SERIAL_TAIL_DIGITS
from policies.figures import DEFAULT_FIGURES
from policies.purchases import SaleKind

SALE_KINDS = {"零售": SaleKind.RETAIL, "项目": SaleKind.PROJECT, "特价处理": SaleKind.CLEARANCE}
MOST_MONTHS = DEFAULT_FIGURES.warranty_project_most_months
MOST_CENTS = 10**11

FIRST_COLUMNS = (
    Column("serial", "序列号", read_code(Asset.serial, is_upper=True), aliases=("serial number", "机身编号")),
    Column("model_code", "型号", read_code(Product.model_code), aliases=("product", "model", "产品型号")),
    Column("customer_number", "客户编号", read_code(Customer.number)),
    Column("site_code", "地点编号", read_code(Site.code)),
    Column("purchased_on", "购买日期", read_date, is_required=False),
    Column("invoiced_on", "开票日期", read_date, is_required=False, aliases=("invoice date", "发票日期")),
    Column("purchase_channel", "购买渠道", read_text(Asset.purchase_channel), is_required=False, aliases=("channel",)),
)
LATER_COLUMNS = (
    Column("delivered_on", "交货日期", read_date, is_required=False, may_be_absent=True),
    Column("accepted_on", "验收日期", read_date, is_required=False, may_be_absent=True),
    Column("sale_kind", "销售方式", read_word(SaleKind, SALE_KINDS), is_required=False, may_be_absent=True),
    Column("contract_months", "合同保修月数", read_whole(1, MOST_MONTHS), is_required=False, may_be_absent=True),
    Column("price", "价格", read_decimal(2, MOST_CENTS), is_required=False, may_be_absent=True),
)
COLUMNS = (*FIRST_COLUMNS, *LATER_COLUMNS)
DAYS = ("purchased_on", "invoiced_on", "delivered_on", "accepted_on")


@dataclass(frozen=True, slots=True)
class AssetRow:
    """An asset as the file has it; `later` holds the columns that not every file has."""

    serial: str
    model_code: str
    customer_number: str
    site_code: str
    purchased_on: dt.date | None
    invoiced_on: dt.date | None
    purchase_channel: str | None
    later: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digits(self) -> str:
        """The serial's digits, which are what a keypad can enter."""
        return _digits(self.serial)


@dataclass(frozen=True, slots=True)
class KnownOwners:
    """What the file may refer to: models, customers, and the customer's number of every site."""

    models: frozenset[str]
    customers: frozenset[str]
    site_owners: Mapping[str, str]


def parse_assets(sheet: Sheet, known: KnownOwners, *, today: dt.date) -> list[AssetRow]:
    """Return the file's assets in its order; raises ImportRefused naming everything that is wrong. Pure."""
    problems = list(sheet.problems)
    firsts: dict[str, Line] = {}
    for line in sheet.lines:
        problems += _check_serial(line, firsts)
        problems += _check_owner(line, known)
        problems += [
            Problem(line.number, name, Trouble.IN_FUTURE, day.isoformat())
            for name in DAYS
            if (day := line.values.get(name)) is not None and day > today
        ]
    if problems:
        raise ImportRefused(problems)
    return [_build_row(line.values) for line in sheet.lines]


def import_assets(session: Session, *, data: bytes, today: dt.date) -> dict[str, Count]:
    """Add and change assets by their serial; all of the file or, refused, nothing. Nothing is ever removed."""
    sheet = read_sheet(data, COLUMNS)
    rows = parse_assets(sheet, _find_known(session, sheet), today=today)
    stored = {a.serial: a for a in find_by(session, Asset, Asset.serial, {row.serial for row in rows})}
    models = {p.model_code: p.id for p in session.scalars(select(Product))}
    sites = {s.code: s for s in find_by(session, Site, Site.code, {row.site_code for row in rows})}
    count = Count()
    for row in rows:
        site = sites[row.site_code]
        values = {
            "product_id": models[row.model_code],
            "customer_id": site.customer_id,
            "site_id": site.id,
            "serial_digits": row.digits,
            "serial_tail": row.digits[-SERIAL_TAIL_DIGITS:],
            "purchased_on": row.purchased_on,
            "invoiced_on": row.invoiced_on,
            "purchase_channel": row.purchase_channel,
            **row.later,
        }
        if (asset := stored.get(row.serial)) is None:
            session.add(Asset(serial=row.serial, **values))
            count.add_row()
        else:
            count.note(is_changed=put_values(asset, values))
    session.flush()
    return {"assets": count}


def _build_row(values: Mapping[str, Any]) -> AssetRow:
    own = {column.name: values[column.name] for column in FIRST_COLUMNS}
    later = {column.name: values[column.name] for column in LATER_COLUMNS if column.name in values}
    if "price" in later:
        later["price_cents"] = later.pop("price")
    if "sale_kind" in later:
        later["sale_kind"] = later["sale_kind"] or SaleKind.RETAIL
    return AssetRow(**own, later=later)


def _check_serial(line: Line, firsts: dict[str, Line]) -> list[Problem]:
    serial = line.values.get("serial")
    if serial is None:
        return []
    problems = []
    if len(_digits(serial)) < SERIAL_TAIL_DIGITS:
        problems.append(Problem(line.number, "serial", Trouble.TOO_FEW_DIGITS, str(SERIAL_TAIL_DIGITS)))
    if (first := firsts.setdefault(serial, line)) is not line:
        problems.append(Problem(line.number, "serial", Trouble.REPEATED, str(first.number)))
    return problems


def _check_owner(line: Line, known: KnownOwners) -> list[Problem]:
    model, number, code = (line.values.get(name) for name in ("model_code", "customer_number", "site_code"))
    problems = []
    if model is not None and model not in known.models:
        problems.append(Problem(line.number, "model_code", Trouble.UNKNOWN, model))
    if number is not None and number not in known.customers:
        problems.append(Problem(line.number, "customer_number", Trouble.UNKNOWN, number))
    if code is not None and code not in known.site_owners:
        problems.append(Problem(line.number, "site_code", Trouble.UNKNOWN, code))
    elif code is not None and number in known.customers and known.site_owners[code] != number:
        problems.append(Problem(line.number, "site_code", Trouble.BELONGS_TO_OTHER, known.site_owners[code]))
    return problems


def _find_known(session: Session, sheet: Sheet) -> KnownOwners:
    numbers = {line.values["customer_number"] for line in sheet.lines if "customer_number" in line.values}
    codes = {line.values["site_code"] for line in sheet.lines if "site_code" in line.values}
    found = find_by(session, Site, Site.code, codes, joinedload(Site.customer))
    return KnownOwners(
        models=frozenset(session.scalars(select(Product.model_code))),
        customers=frozenset(c.number for c in find_by(session, Customer, Customer.number, numbers)),
        site_owners={site.code: site.customer.number for site in found},
    )


def _digits(serial: str) -> str:
    return "".join(sign for sign in serial if sign in "0123456789")
