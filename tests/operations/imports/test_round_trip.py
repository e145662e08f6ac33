"""What is exported can be imported again, on the same database without a change and on an empty one in full."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy.orm import Session

from cli.catalogue import load_catalogue
from models import Area, Territory
from models.database import Database
from operations.imports import (
    assets,
    certificates,
    customers,
    duty,
    exports,
    loaners,
    parts,
    places,
    preventive,
    service_points,
    shifts,
    technicians,
)
from operations.imports.sheets import Column, write_sheet
from operations.imports.stored import Count
from tests.operations.imports.conftest import NOW

Export = Callable[[Session], Iterator[tuple[str, ...]]]
Import = Callable[[Session, bytes], dict[str, Count]]

KINDS: list[tuple[tuple[Column, ...], Export, Import]] = [
    (
        technicians.COLUMNS,
        exports.TECHNICIANS.write_all,
        lambda session, data: technicians.import_technicians(session, data=data, now=NOW),
    ),
    (
        shifts.COLUMNS,
        exports.SHIFTS.write_all,
        lambda session, data: shifts.import_shifts(session, data=data, now=NOW),
    ),
    (
        duty.COLUMNS,
        exports.DUTY.write_all,
        lambda session, data: duty.import_duty(session, data=data),
    ),
    (
        service_points.COLUMNS,
        exports.SERVICE_POINTS.write_all,
        lambda session, data: service_points.import_service_points(session, data=data),
    ),
    (
        customers.COLUMNS,
        exports.CUSTOMERS.write_all,
        lambda session, data: customers.import_customers(session, data=data),
    ),
    (
        assets.COLUMNS,
        exports.ASSETS.write_all,
        lambda session, data: assets.import_assets(session, data=data, today=NOW.date()),
    ),
    (
        places.COLUMNS,
        places.LISTING.write_all,
        lambda session, data: places.import_places(session, data=data),
    ),
    (
        preventive.COLUMNS,
        preventive.LISTING.write_all,
        lambda session, data: preventive.import_preventive(session, data=data),
    ),
    (
        certificates.COLUMNS,
        certificates.LISTING.write_all,
        lambda session, data: certificates.import_certificates(session, data=data, now=NOW),
    ),
    (
        loaners.COLUMNS,
        loaners.LISTING.write_all,
        lambda session, data: loaners.import_loaners(session, data=data),
    ),
    (
        parts.COLUMNS,
        parts.LISTING.write_all,
        lambda session, data: parts.import_parts(session, data=data, now=NOW),
    ),
]


def export_all(database: Database, *, is_chinese: bool) -> list[bytes]:
    with database.reading() as session:
        return [
            "".join(write_sheet(columns, export(session), is_chinese=is_chinese)).encode()
            for columns, export, _ in KINDS
        ]


def import_all(database: Database, files: list[bytes]) -> dict[str, Count]:
    counts: dict[str, Count] = {}
    with database.writing() as session:
        for (_, _, run), data in zip(KINDS, files, strict=True):
            counts |= run(session, data)
    return counts


@pytest.mark.parametrize("is_chinese", [False, True], ids=["english headers", "chinese headers"])
def test_importing_an_export_again_changes_nothing(whole_city_database: Database, is_chinese: bool) -> None:  # noqa: FBT001
    files = export_all(whole_city_database, is_chinese=is_chinese)

    counts = import_all(whole_city_database, files)

    assert {noun: (count.added, count.changed) for noun, count in counts.items()} == dict.fromkeys(counts, (0, 0))
    assert counts["customers"].unchanged == 300
    assert counts["technicians"].unchanged == 14
    assert export_all(whole_city_database, is_chinese=is_chinese) == files


def test_an_export_fills_an_empty_database_with_the_same_rows(
    whole_city_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> None:
    files = export_all(whole_city_database, is_chinese=False)
    other = Database(f"sqlite:///{tmp_path_factory.mktemp('other')}/other.sqlite3")
    other.create_all()
    with whole_city_database.reading() as source, other.writing() as target:
        load_catalogue(target, now=NOW)
        area = source.query(Area).one()
        copy = Area(code=area.code, name=area.name, name_en=area.name_en, time_zone=area.time_zone)
        for territory in source.query(Territory):
            names = {name: getattr(territory, name) for name in ("code", "name", "name_en", "districts")}
            target.add(Territory(area=copy, **names))

    counts = import_all(other, files)

    assert {noun: (count.changed, count.unchanged) for noun, count in counts.items()} == dict.fromkeys(counts, (0, 0))
    assert export_all(other, is_chinese=False) == files
    other.close()


def test_an_export_has_a_byte_order_mark_so_that_spreadsheets_show_chinese(whole_city_database: Database) -> None:
    for data in export_all(whole_city_database, is_chinese=True):
        assert data.startswith("\ufeff".encode())


def test_exported_shifts_are_in_local_time_with_the_offset(whole_city_database: Database) -> None:
    with whole_city_database.reading() as session:
        _, starts, *_ = next(exports.SHIFTS.write_all(session))

    assert dt.datetime.fromisoformat(starts).utcoffset() == dt.timedelta(hours=8)
