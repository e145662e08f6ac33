"""Service agreements: one line per thing that is covered, the agreement's own columns repeated on each (C6).

A file brings drafts, which somebody then approves (M2). What is approved already can only be there unchanged.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session, joinedload, selectinload

from models import Agreement, Asset, CoverageLine, Customer, Product, Site
from operations.imports.cells import read_code, read_date, read_decimal, read_whole, read_word, read_yes_no
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, Sheet, read_sheet
from operations.imports.stored import Count, find_by, put_values
from operations.money.agreements import note_written
from policies.agreements import AgreementKind, AgreementState

KINDS = {"服务合同": AgreementKind.SERVICE, "服务套餐": AgreementKind.PACKAGE, "项目合同": AgreementKind.PROJECT}
MOST_CENTS, MOST_BASIS_POINTS, MOST_HOURS = 10**12, 10_000, 24 * 30
PERCENT = read_whole(0, 100)

OWN_COLUMNS = (
    Column("agreement_number", "协议编号", read_code(Agreement.number), aliases=("number", "合同编号")),
    Column("customer_number", "客户编号", read_code(Customer.number)),
    Column("kind", "协议类别", read_word(AgreementKind, KINDS)),
    Column("from_on", "协议开始", read_date),
    Column("last_on", "协议最后一天", read_date),
    Column("price", "协议价格", read_decimal(2, MOST_CENTS)),
    Column("currency", "币种", read_code(Agreement.currency, is_upper=True)),
    Column("instalment_count", "分期次数", read_whole(1, 60)),
    Column("instalment_months", "分期间隔月数", read_whole(1, 12)),
    Column("renewal_notice_days", "续约提醒天数", read_whole(0, 365)),
    Column("response_hours", "响应小时", read_whole(1, MOST_HOURS), is_required=False),
    Column("restoration_hours", "恢复小时", read_whole(1, MOST_HOURS), is_required=False),
    Column("late_response_percent", "响应超时违约金百分比", read_decimal(2, MOST_BASIS_POINTS), is_required=False),
    Column(
        "late_restoration_percent_per_day",
        "恢复超时每日违约金百分比",
        read_decimal(2, MOST_BASIS_POINTS),
        is_required=False,
    ),
    Column("failed_inspection_percent", "巡检失效违约金百分比", read_decimal(2, MOST_BASIS_POINTS), is_required=False),
)
LINE_COLUMNS = (
    Column("position", "条目序号", read_whole(1, 9999)),
    Column("serial", "序列号", read_code(Asset.serial, is_upper=True), is_required=False),
    Column("site_code", "地点编号", read_code(Site.code), is_required=False),
    Column("model_code", "型号", read_code(Product.model_code), is_required=False),
    Column("labour_percent", "人工减免百分比", PERCENT),
    Column("travel_percent", "上门减免百分比", PERCENT),
    Column("main_part_percent", "主要零件减免百分比", PERCENT),
    Column("wear_part_percent", "辅件减免百分比", PERCENT),
    Column("allowance_visits", "上门次数", read_whole(1, 9999), is_required=False),
    Column("covers_misuse", "承担人为损坏", read_yes_no),
)
COLUMNS = OWN_COLUMNS + LINE_COLUMNS
SCOPES = ("serial", "site_code", "model_code")
PENALTIES = {
    "late_response_percent": "late_response_basis_points",
    "late_restoration_percent_per_day": "late_restoration_basis_points_per_day",
    "failed_inspection_percent": "failed_inspection_basis_points",
}


@dataclass(frozen=True, slots=True)
class Known:
    """What the file may refer to: ids of customers and models; id and owner of assets and sites; stored agreements."""

    customers: Mapping[str, int]
    models: Mapping[str, int]
    assets: Mapping[str, tuple[int, str]]
    sites: Mapping[str, tuple[int, str]]
    agreements: Mapping[str, Agreement]


def import_agreements(session: Session, *, data: bytes, by: str, now: dt.datetime) -> dict[str, Count]:
    """Add agreements as drafts and change drafts, by their numbers; all of the file or, refused, nothing.

    Whoever brings a draft, or another one, has written it and cannot approve it (`by`).
    """
    sheet = read_sheet(data, COLUMNS)
    known = _find_known(session, sheet)
    grouped = _group(sheet, known)
    counts = {"agreements": Count(), "coverage lines": Count()}
    written = []
    for number, lines in grouped.items():
        agreement = known.agreements.get(number)
        values = _own_values(lines[0], known)
        if agreement is None:
            agreement = Agreement(number=number, state=AgreementState.DRAFT, made_by=by, **values)
            session.add(agreement)
            counts["agreements"].add_row()
            is_written = True
        else:
            is_written = put_values(agreement, values)
            counts["agreements"].note(is_changed=is_written)
        if _write_lines(session, agreement, lines, known, counts["coverage lines"]) or is_written:
            written.append(agreement)
    session.flush()
    for agreement in written:
        note_written(session, agreement=agreement, by=by, now=now)
    return counts


def _group(sheet: Sheet, known: Known) -> dict[str, list[Line]]:
    """Return the file's lines by agreement; raises ImportRefused naming everything that is wrong."""
    problems = list(sheet.problems)
    grouped: dict[str, list[Line]] = {}
    for line in sheet.lines:
        number = line.values.get("agreement_number")
        if number is not None:
            grouped.setdefault(number, []).append(line)
        problems += _check_period(line)
        problems += _check_scope(line, known)
    for lines in grouped.values():
        problems += _check_group(lines)
    if not problems:
        problems = [
            Problem(lines[0].number, "agreement_number", Trouble.APPROVED_ALREADY, number)
            for number, lines in grouped.items()
            if _is_fixed(known.agreements.get(number)) and not _is_unchanged(known.agreements[number], lines, known)
        ]
    if problems:
        raise ImportRefused(problems)
    return grouped


def _check_period(line: Line) -> list[Problem]:
    start, end = line.values.get("from_on"), line.values.get("last_on")
    if start is None or end is None or start <= end:
        return []
    return [Problem(line.number, "last_on", Trouble.LAST_BEFORE_FIRST, start.isoformat())]


def _check_scope(line: Line, known: Known) -> list[Problem]:
    values = line.values
    number = values.get("customer_number")
    problems = []
    if number is not None and number not in known.customers:
        problems.append(Problem(line.number, "customer_number", Trouble.UNKNOWN, number))
    named = [name for name in SCOPES if values.get(name) is not None]
    problems += [Problem(line.number, name, Trouble.ONE_OF_SEVERAL, ", ".join(SCOPES)) for name in named[1:]]
    owned: tuple[tuple[str, Mapping[str, tuple[int, str]]], ...] = (
        ("serial", known.assets),
        ("site_code", known.sites),
    )
    for name, rows in owned:
        code = values.get(name)
        if code is None:
            continue
        if code not in rows:
            problems.append(Problem(line.number, name, Trouble.UNKNOWN, code))
        elif number is not None and rows[code][1] != number:
            problems.append(Problem(line.number, name, Trouble.BELONGS_TO_OTHER, rows[code][1]))
    model = values.get("model_code")
    if model is not None and model not in known.models:
        problems.append(Problem(line.number, "model_code", Trouble.UNKNOWN, model))
    return problems


def _check_group(lines: Sequence[Line]) -> list[Problem]:
    """One agreement's own columns are the same on all its lines; no position and nothing covered comes twice."""
    first = lines[0]
    problems = [
        Problem(line.number, column.name, Trouble.DIFFERS, str(first.number))
        for line in lines[1:]
        for column in OWN_COLUMNS
        if line.values.get(column.name) != first.values.get(column.name)
    ]
    for what in (("position",), SCOPES):
        firsts: dict[tuple[Any, ...], Line] = {}
        for line in lines:
            key = tuple(line.values.get(name) for name in what)
            if (known := firsts.setdefault(key, line)) is not line:
                problems.append(Problem(line.number, what[0], Trouble.REPEATED, str(known.number)))
    return problems


def _is_fixed(agreement: Agreement | None) -> bool:
    return agreement is not None and agreement.state is not AgreementState.DRAFT


def _is_unchanged(agreement: Agreement, lines: Sequence[Line], known: Known) -> bool:
    own = _own_values(lines[0], known)
    stored = {line.position: line for line in agreement.lines}
    return (
        all(getattr(agreement, name) == value for name, value in own.items())
        and set(stored) == {line.values["position"] for line in lines}
        and all(
            getattr(stored[line.values["position"]], name) == value
            for line in lines
            for name, value in _line_values(line, known).items()
        )
    )


def _own_values(line: Line, known: Known) -> dict[str, Any]:
    names = {column.name for column in OWN_COLUMNS} - {"agreement_number", "customer_number", "last_on", "price"}
    values = {name: line.values[name] for name in names - PENALTIES.keys()}
    values |= {field: line.values[name] or 0 for name, field in PENALTIES.items()}
    return values | {
        "customer_id": known.customers[line.values["customer_number"]],
        "until_on": line.values["last_on"] + dt.timedelta(days=1),
        "price_cents": line.values["price"],
    }


def _line_values(line: Line, known: Known) -> dict[str, Any]:
    serial, site, model = (line.values[name] for name in SCOPES)
    values = {column.name: line.values[column.name] for column in LINE_COLUMNS if column.name not in SCOPES}
    return values | {
        "asset_id": known.assets[serial][0] if serial else None,
        "site_id": known.sites[site][0] if site else None,
        "product_id": known.models[model] if model else None,
    }


def _write_lines(session: Session, agreement: Agreement, lines: Sequence[Line], known: Known, count: Count) -> bool:
    """A draft's lines become those of the file; tell whether any of them was not so already."""
    stored = {line.position: line for line in agreement.lines}
    is_written = False
    for line in lines:
        values = _line_values(line, known)
        if (row := stored.pop(values["position"], None)) is None:
            agreement.lines.append(CoverageLine(**values))
            count.add_row()
            is_written = True
        else:
            is_changed = put_values(row, values)
            count.note(is_changed=is_changed)
            is_written |= is_changed
    for gone in stored.values():
        agreement.lines.remove(gone)
        session.delete(gone)
    return is_written or bool(stored)


def _find_known(session: Session, sheet: Sheet) -> Known:
    def named(name: str) -> set[str]:
        return {line.values[name] for line in sheet.lines if line.values.get(name) is not None}

    customers = find_by(session, Customer, Customer.number, named("customer_number"))
    models = find_by(session, Product, Product.model_code, named("model_code"))
    assets = find_by(session, Asset, Asset.serial, named("serial"), joinedload(Asset.customer))
    sites = find_by(session, Site, Site.code, named("site_code"), joinedload(Site.customer))
    stored = _lock_stored(session, named("agreement_number"))
    return Known(
        customers={one.number: one.id for one in customers},
        models={one.model_code: one.id for one in models},
        assets={one.serial: (one.id, one.customer.number) for one in assets},
        sites={one.code: (one.id, one.customer.number) for one in sites},
        agreements={one.number: one for one in stored},
    )


def _lock_stored(session: Session, numbers: Collection[str]) -> list[Agreement]:
    """Return the stored agreements; nobody approves or changes them until the file is in (see `lock_agreement`)."""
    session.flush()
    found = list(find_by(session, Agreement, Agreement.number, numbers))
    # Their customers first, as whoever approves does: two who lock in one order never wait for each other in a circle.
    list(find_by(session, Customer, Customer.id, {one.customer_id for one in found}, is_locked=True))
    ids = {one.id for one in found}
    return list(find_by(session, Agreement, Agreement.id, ids, selectinload(Agreement.lines), is_locked=True))
