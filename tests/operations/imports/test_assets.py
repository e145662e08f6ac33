import datetime as dt

import pytest

from models import Asset
from models.database import Database
from operations.imports.assets import COLUMNS, FIRST_COLUMNS, AssetRow, KnownOwners, import_assets, parse_assets
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import read_sheet
from policies.purchases import SaleKind

TODAY = dt.date(2026, 5, 11)
HEADER = ",".join(column.name for column in FIRST_COLUMNS)
KNOWN = KnownOwners(
    models=frozenset({"LV-P210"}),
    customers=frozenset({"100001", "100002"}),
    site_owners={"100001-1": "100001", "100002-1": "100002"},
)
GOOD = "lvp2419k004512,LV-P210,100001,100001-1,2025/3/1,,官方商城"


def parse(*lines: str) -> list[AssetRow]:
    return parse_assets(read_sheet("\n".join([HEADER, *lines]).encode(), COLUMNS), KNOWN, today=TODAY)


def problems_of(*lines: str) -> list[Problem]:
    with pytest.raises(ImportRefused) as caught:
        parse(*lines)
    return list(caught.value.problems)


def test_a_serial_is_kept_in_capitals_and_its_digits_apart() -> None:
    (asset,) = parse(GOOD)

    assert (asset.serial, asset.digits) == ("LVP2419K004512", "2419004512")
    assert (asset.purchased_on, asset.invoiced_on) == (dt.date(2025, 3, 1), None)


def test_every_wrong_reference_is_named() -> None:
    assert problems_of("LVP2419K004513,LV-X1,100009,100009-1,,,", "LVP2419K004514,LV-P210,100001,100002-1,,,") == [
        Problem(2, "customer_number", Trouble.UNKNOWN, "100009"),
        Problem(2, "model_code", Trouble.UNKNOWN, "LV-X1"),
        Problem(2, "site_code", Trouble.UNKNOWN, "100009-1"),
        Problem(3, "site_code", Trouble.BELONGS_TO_OTHER, "100002"),
    ]


def test_a_serial_must_have_six_digits_and_be_there_once() -> None:
    assert problems_of(GOOD, "LVP12,LV-P210,100001,100001-1,,,", GOOD.upper()) == [
        Problem(3, "serial", Trouble.TOO_FEW_DIGITS, "6"),
        Problem(4, "serial", Trouble.REPEATED, "2"),
    ]


def test_nothing_can_be_bought_tomorrow() -> None:
    assert problems_of(GOOD.replace("2025/3/1", "2026-05-12")) == [
        Problem(2, "purchased_on", Trouble.IN_FUTURE, "2026-05-12")
    ]


def test_an_asset_that_was_sold_on_moves_with_its_next_import(city_database: Database) -> None:
    line = "LVP2419K004512,LV-P210,{0},{0}-1,2025-03-01,,\n"
    header = HEADER.encode() + b"\n"

    with city_database.writing() as session:
        first = import_assets(session, data=header + line.format("100001").encode(), today=TODAY)["assets"]
    with city_database.writing() as session:
        second = import_assets(session, data=header + line.format("100002").encode(), today=TODAY)["assets"]

    assert (first.added, second.changed) == (1, 1)
    with city_database.reading() as session:
        asset = session.query(Asset).filter_by(serial="LVP2419K004512").one()
        assert (asset.customer.number, asset.serial_tail) == ("100002", "004512")
        assert asset.site.customer_id == asset.customer_id


WITH_PRICE = HEADER + ",price,sale_kind,contract_months,delivered_on,accepted_on"


def test_a_file_without_the_later_columns_leaves_what_they_hold(city_database: Database) -> None:
    line = "LVP2419K004512,LV-P210,100001,100001-1,2025-03-01,,"
    whole = f"{WITH_PRICE}\n{line},3999.50,项目,36,2025-03-05,\n".encode()

    for data in (whole, f"{HEADER}\n{line}\n".encode()):
        with city_database.writing() as session:
            import_assets(session, data=data, today=TODAY)

    with city_database.reading() as session:
        asset = session.query(Asset).filter_by(serial="LVP2419K004512").one()
        assert (asset.price_cents, asset.sale_kind, asset.contract_months) == (399_950, SaleKind.PROJECT, 36)
        assert (asset.delivered_on, asset.accepted_on) == (dt.date(2025, 3, 5), None)


def test_a_price_of_three_decimals_and_a_warranty_of_ten_years_are_refused() -> None:
    sheet = read_sheet(f"{WITH_PRICE}\n{GOOD},9.999,retail,120,,2026-05-12\n".encode(), COLUMNS)

    with pytest.raises(ImportRefused) as caught:
        parse_assets(sheet, KNOWN, today=TODAY)

    assert {(problem.column, problem.trouble) for problem in caught.value.problems} == {
        ("price", Trouble.NOT_A_NUMBER),
        ("contract_months", Trouble.OUT_OF_RANGE),
        ("accepted_on", Trouble.IN_FUTURE),
    }
