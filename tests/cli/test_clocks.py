"""`flask clocks`: rules, calendars and certificates from the shell."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from config import load_settings
from models.database import Database
from tests.databases import SqliteFolder
from tests.factories.city import make_city, open_visit
from tests.factories.clocks import CALENDARS, RULES
from verify_proof import check_proof


@pytest.fixture
def app(sqlite_folder: SqliteFolder, tmp_path: Path) -> Iterator[Flask]:
    with sqlite_folder.fresh() as url:
        environ = {"ONECALL_MODE": "development", "DATA_FOLDER": str(tmp_path), "DATABASE_URL": url}
        app = create_app(load_settings(environ))
        yield app
        app.extensions["onecall"].database.close()


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["clocks", *arguments])
    return result.exit_code, result.output


def test_a_rule_and_a_calendar_are_put_in_force_and_what_cannot_be_meant_is_refused(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "document.json"
    answers = []
    for command, document in (
        (("rule",), RULES[2]),
        (("calendar", "office"), CALENDARS[1]),
        (("rule",), {"kind": "x"}),
        (("rule",), RULES[2] | {"calendar": "moon"}),
        (("calendar", "office"), {"zone": "Nowhere"}),
        (("rule",), []),
    ):
        file.write_text(json.dumps(document), encoding="utf-8")
        answers.append(run(app, command[0], *command[1:], str(file), "--by", "manager"))
    file.write_text("{", encoding="utf-8")
    answers.append(run(app, "rule", str(file), "--by", "manager"))

    assert [status for status, _ in answers] == [0, 0, 1, 1, 1, 1, 1]
    assert "on_site: version 1 in force" in answers[0][1]
    for (_, said), words in zip(answers[2:], ("names", "moon", "Nowhere", "braces", "not JSON"), strict=True):
        assert words in said


def test_a_calendar_with_next_years_holidays_is_written_to_look_over(app: Flask) -> None:
    status, written = run(app, "holidays", "CN", "2026")
    document = json.loads(written)

    assert status == 0
    assert document["days"]["2026-10-01"] == []
    assert document["days"]["2026-10-10"] == [["09:00", "12:00"], ["13:00", "18:00"]]
    assert run(app, "holidays", "XX", "2026")[0] == 1
    assert run(app, "holidays", "CN", "2026", "--calendar", "moon")[0] == 1


def test_a_certificate_is_written_for_the_verifier(app: Flask) -> None:
    database: Database = app.extensions["onecall"].database
    with database.writing() as session:
        number = open_visit(session, make_city(session)).request.number

    status, written = run(app, "proof", number)

    assert status == 0
    assert check_proof(json.loads(written)) == []
    assert run(app, "proof", "00000000") == (1, "Error: 00000000: there is no such request\n")
