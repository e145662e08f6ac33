"""Price lists: one line per price, the list's own columns repeated on each; no two lists are in force together (M1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from models import Price, PriceList, Settlement
from operations.imports.cells import read_code, read_date, read_decimal, read_text, read_word
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, Sheet, read_sheet
from operations.imports.stored import Count, put_values
from policies.entitlement import CoverItem
from policies.settlement import PriceUnit

ITEMS = {
    "人工": CoverItem.LABOUR,
    "上门": CoverItem.TRAVEL,
    "主要零件": CoverItem.MAIN_PART,
    "辅件": CoverItem.WEAR_PART,
}
UNITS = {"小时": PriceUnit.HOUR, "次": PriceUnit.VISIT, "件": PriceUnit.PIECE}
MOST_CENTS = 10**10

LIST_COLUMNS = (
    Column("price_list", "价目表编号", read_code(PriceList.code)),
    Column("currency", "币种", read_code(PriceList.currency, is_upper=True)),
    Column("from_on", "生效日期", read_date),
    Column("last_on", "最后一天", read_date),
)
PRICE_COLUMNS = (
    Column("code", "项目编号", read_code(Price.code)),
    Column("item", "费用类别", read_word(CoverItem, ITEMS)),
    Column("unit", "计价单位", read_word(PriceUnit, UNITS)),
    Column("name", "项目名称", read_text(Price.name)),
    Column("name_en", "英文名称", read_text(Price.name_en)),
    Column("price", "单价", read_decimal(2, MOST_CENTS)),
)
COLUMNS = LIST_COLUMNS + PRICE_COLUMNS


def import_prices(session: Session, *, data: bytes) -> dict[str, Count]:
    """Add and change price lists by their codes; all of the file or, refused, nothing. Nothing is ever removed.

    A list by which something was priced already can only be there unchanged.
    """
    sheet = read_sheet(data, COLUMNS)
    stored = {one.code: one for one in session.scalars(select(PriceList).options(selectinload(PriceList.prices)))}
    used = set(session.scalars(select(Settlement.price_list_id).distinct()))
    grouped = _group(sheet, stored, used)
    counts = {"price lists": Count(), "prices": Count()}
    for code, lines in grouped.items():
        price_list = stored.get(code)
        values = _list_values(lines[0])
        if price_list is None:
            price_list = PriceList(code=code, **values)
            session.add(price_list)
            counts["price lists"].add_row()
        else:
            counts["price lists"].note(is_changed=put_values(price_list, values))
        prices = {price.code: price for price in price_list.prices}
        for line in lines:
            price_values = _price_values(line)
            if (price := prices.get(price_values["code"])) is None:
                price_list.prices.append(Price(**price_values))
                counts["prices"].add_row()
            else:
                counts["prices"].note(is_changed=put_values(price, price_values))
    session.flush()
    return counts


def _group(sheet: Sheet, stored: Mapping[str, PriceList], used: set[int]) -> dict[str, list[Line]]:
    problems = list(sheet.problems)
    grouped: dict[str, list[Line]] = {}
    for line in sheet.lines:
        if line.values.get("price_list") is not None:
            grouped.setdefault(line.values["price_list"], []).append(line)
        start, end = line.values.get("from_on"), line.values.get("last_on")
        if start is not None and end is not None and end < start:
            problems.append(Problem(line.number, "last_on", Trouble.LAST_BEFORE_FIRST, start.isoformat()))
    for lines in grouped.values():
        problems += _check_group(lines)
    if not problems:
        problems = _check_overlaps(grouped, stored) + _check_used(grouped, stored, used)
    if problems:
        raise ImportRefused(problems)
    return grouped


def _check_group(lines: Sequence[Line]) -> list[Problem]:
    first = lines[0]
    problems = [
        Problem(line.number, column.name, Trouble.DIFFERS, str(first.number))
        for line in lines[1:]
        for column in LIST_COLUMNS
        if line.values.get(column.name) != first.values.get(column.name)
    ]
    firsts: dict[str, Line] = {}
    for line in lines:
        code = line.values.get("code")
        if code is not None and (known := firsts.setdefault(code, line)) is not line:
            problems.append(Problem(line.number, "code", Trouble.REPEATED, str(known.number)))
    return problems


def _check_overlaps(grouped: Mapping[str, list[Line]], stored: Mapping[str, PriceList]) -> list[Problem]:
    """The lists as they will be after the import, each against the ones before it."""
    periods = {code: (one.from_on, one.until_on) for code, one in stored.items() if code not in grouped}
    problems = []
    for code, lines in grouped.items():
        values = _list_values(lines[0])
        start, end = values["from_on"], values["until_on"]
        clash = next((other for other, (a, b) in periods.items() if start < b and a < end), None)
        if clash is not None:
            problems.append(Problem(lines[0].number, "from_on", Trouble.LIST_OVERLAPS, clash))
        periods[code] = (start, end)
    return problems


def _check_used(grouped: Mapping[str, list[Line]], stored: Mapping[str, PriceList], used: set[int]) -> list[Problem]:
    problems = []
    for code, lines in grouped.items():
        price_list = stored.get(code)
        if price_list is None or price_list.id not in used:
            continue
        prices = {price.code: price for price in price_list.prices}
        own = _list_values(lines[0])
        if any(getattr(price_list, name) != value for name, value in own.items() if name != "until_on"):
            problems.append(Problem(lines[0].number, "price_list", Trouble.IN_USE, code))
        problems += [
            Problem(line.number, "code", Trouble.IN_USE, code)
            for line in lines
            for price in [prices.get(line.values["code"])]
            if price is not None and any(getattr(price, name) != value for name, value in _price_values(line).items())
        ]
    return problems


def _list_values(line: Line) -> dict[str, Any]:
    return {
        "currency": line.values["currency"],
        "from_on": line.values["from_on"],
        "until_on": line.values["last_on"] + dt.timedelta(days=1),
    }


def _price_values(line: Line) -> dict[str, Any]:
    names = ("code", "item", "unit", "name", "name_en")
    return {name: line.values[name] for name in names} | {"unit_cents": line.values["price"]}
