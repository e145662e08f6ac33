"""Agreements by file: drafts, all or nothing, and what is approved stays as it is (C6, M2)."""

import datetime as dt
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import text

from models import Agreement, CoverageLine
from models.database import Database
from operations.imports.agreements import COLUMNS, import_agreements
from operations.imports.exports import AGREEMENTS
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import write_sheet
from operations.money.agreements import AgreementOwnApproval, approve_agreement, list_writers
from policies.agreements import AgreementState
from tests.factories.instants import NIGHT

HEADER = ",".join(column.name for column in COLUMNS)
OWN = "SC-1,100001,service,2026-01-01,2026-12-31,12000.00,CNY,4,3,30,4,24,1,1,1"
WHOLE = "1,,100001-1,,100,100,100,0,4,0"
MODEL = "2,,,LV-P210,50,0,20.,0,,1"


def take(database: Database, *lines: str) -> dict[str, tuple[int, int, int]]:
    with database.writing() as session:
        counts = import_agreements(session, data="\n".join([HEADER, *lines]).encode(), by="import", now=NIGHT)
    return {noun: (count.added, count.changed, count.unchanged) for noun, count in counts.items()}


def problems_of(database: Database, *lines: str) -> list[Problem]:
    with pytest.raises(ImportRefused) as caught:
        take(database, *lines)
    return list(caught.value.problems)


def test_a_file_brings_a_draft_with_its_lines_in_cents_and_basis_points(city_database: Database) -> None:
    counts = take(city_database, f"{OWN},{WHOLE}", f"{OWN},{MODEL.replace('20.', '20')}")

    assert counts == {"agreements": (1, 0, 0), "coverage lines": (2, 0, 0)}
    with city_database.reading() as session:
        agreement = session.query(Agreement).one()
        assert (agreement.state, agreement.price_cents, agreement.until_on) == (
            AgreementState.DRAFT,
            1_200_000,
            dt.date(2027, 1, 1),
        )
        assert agreement.late_response_basis_points == 100
        assert [(line.labour_percent, line.allowance_visits) for line in agreement.lines] == [(100, 4), (50, None)]


def test_everything_wrong_is_named_and_nothing_is_written(city_database: Database) -> None:
    wrong = [
        f"{OWN.replace('2026-12-31', '2025-12-31')},{WHOLE}",
        f"{OWN.replace('SC-1', 'SC-2')},1,,100002-1,LV-P210,101,100,100,0,4,0",
        f"{OWN.replace('SC-1,100001', 'SC-3,900009')},1,LVX1,,,100,100,100,0,4,0",
    ]

    assert problems_of(city_database, *wrong) == [
        Problem(2, "last_on", Trouble.LAST_BEFORE_FIRST, "2026-01-01"),
        Problem(3, "labour_percent", Trouble.OUT_OF_RANGE, "0–100"),
        Problem(3, "model_code", Trouble.ONE_OF_SEVERAL, "serial, site_code, model_code"),
        Problem(3, "site_code", Trouble.BELONGS_TO_OTHER, "100002"),
        Problem(4, "customer_number", Trouble.UNKNOWN, "900009"),
        Problem(4, "serial", Trouble.UNKNOWN, "LVX1"),
    ]
    with city_database.reading() as session:
        assert session.query(Agreement).count() == 0


def test_two_lines_of_one_agreement_agree_about_it_and_name_nothing_twice(city_database: Database) -> None:
    twice = [f"{OWN},{WHOLE}", f"{OWN.replace('12000.00', '9000.00')},{WHOLE}"]

    assert problems_of(city_database, *twice) == [
        Problem(3, "position", Trouble.REPEATED, "2"),
        Problem(3, "price", Trouble.DIFFERS, "2"),
        Problem(3, "serial", Trouble.REPEATED, "2"),
    ]


def test_a_draft_changes_with_its_file_and_an_approved_one_does_not(city_database: Database) -> None:
    take(city_database, f"{OWN},{WHOLE}", f"{OWN},2,,,LV-P210,50,0,20,0,,1")
    assert take(city_database, f"{OWN},{WHOLE}")["coverage lines"] == (0, 0, 1)
    with city_database.writing() as session:
        assert session.query(CoverageLine).count() == 1
        session.query(Agreement).one().state = AgreementState.APPROVED

    assert take(city_database, f"{OWN},{WHOLE}")["agreements"] == (0, 0, 1)
    dearer = f"{OWN.replace('12000.00', '12000.01')},{WHOLE}"
    assert problems_of(city_database, dearer) == [Problem(2, "agreement_number", Trouble.APPROVED_ALREADY, "SC-1")]


def test_whoever_brings_a_file_cannot_approve_what_it_changed(city_database: Database) -> None:
    take(city_database, f"{OWN},{WHOLE}")
    with city_database.writing() as session:
        agreement = session.query(Agreement).one()
        import_agreements(session, data=f"{HEADER}\n{OWN},{WHOLE}".encode(), by="reader", now=NIGHT)
        cheaper = f"{HEADER}\n{OWN},{WHOLE.replace('100,100,100', '100,100,50')}"
        import_agreements(session, data=cheaper.encode(), by="manager", now=NIGHT)

        assert list_writers(session, agreement=agreement) == ["import", "manager"]
        with pytest.raises(AgreementOwnApproval):
            approve_agreement(session, agreement=agreement, by="manager", now=NIGHT)
        approve_agreement(session, agreement=agreement, by="reader", now=NIGHT)


@pytest.mark.parametrize("engine", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)
def test_a_file_that_comes_while_its_draft_is_being_approved_waits_and_is_refused(city_database: Database) -> None:
    take(city_database, f"{OWN},{WHOLE}")
    cheaper = f"{OWN},{WHOLE.replace('100,100,100', '100,100,50')}"

    with ThreadPoolExecutor(1) as other:
        with city_database.writing() as session:
            agreement = session.query(Agreement).one()
            approve_agreement(session, agreement=agreement, by="manager", now=NIGHT)
            refused = other.submit(problems_of, city_database, cheaper)
            wait_until_blocked(city_database, refused)
        assert refused.result(10) == [Problem(2, "agreement_number", Trouble.APPROVED_ALREADY, "SC-1")]

    with city_database.reading() as session:
        assert session.query(CoverageLine).one().main_part_percent == 100


def wait_until_blocked(database: Database, work: Future[list[Problem]]) -> None:
    """Until somebody waits for another's row, or has done their work without."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        blocked = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        while not work.done() and not connection.scalar(blocked):
            time.sleep(0.01)


def test_exported_agreements_can_come_in_again(city_database: Database) -> None:
    take(city_database, f"{OWN},{WHOLE}", f"{OWN},2,,,LV-P210,50,0,20,0,,1")
    with city_database.reading() as session:
        written = "".join(write_sheet(COLUMNS, AGREEMENTS.write_all(session), is_chinese=True)).encode()

    with city_database.writing() as session:
        counts = import_agreements(session, data=written, by="import", now=NIGHT)

    assert {noun: count.unchanged for noun, count in counts.items()} == {"agreements": 1, "coverage lines": 2}
    assert {count.added + count.changed for count in counts.values()} == {0}
