"""A house with something in it to back up or export."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import inspect, select, text

from cli.database import database_commands
from models.base import Base
from models.database import Database
from operations.clients.services import Services
from operations.foundation.files import keep_file, key_of, read_picture
from policies.files import FileKind
from tests.factories.city import book_visit, make_city, open_visit
from tests.factories.instants import NIGHT
from tests.factories.pictures import photo

HEAD = max(path.name[:4] for path in Path("migrations/versions").glob("[0-9]*.py"))


def run(services: Services, *words: str) -> Result:
    app = Flask("onecall-backup-tests")
    app.extensions["onecall"] = services
    return app.test_cli_runner().invoke(database_commands, words)


def every_row(database: Database) -> dict[str, list[Any]]:
    with database.reading() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all())) for table in Base.metadata.sorted_tables
        }


def stamp(database: Database, revision: str) -> None:
    """Say which revision the tables have; tests make them without migrations."""
    with database.writing() as session:
        session.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        session.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": revision})


def is_bare(services: Services) -> bool:
    tables = inspect(services.database.engine).get_table_names()
    services.database.close()
    return not tables


def assert_refused(services: Services, said: str, *words: str) -> None:
    """The command is refused with these words, and an empty installation is as empty as before."""
    refused = run(services, *words)
    assert refused.exit_code == 1
    assert said in refused.output
    assert is_bare(services)
    assert list(services.files.list_keys()) == []


@pytest.fixture
def house(services: Services) -> Services:
    """A house at work: visits promised, a photo kept, a message left with the fallback."""
    stamp(services.database, HEAD)
    picture = read_picture(photo())
    with services.database.writing() as session:
        city = make_city(session)
        book_visit(session, city, customer=0)
        request = open_visit(session, city, customer=1).request
        services.files.write(key_of(picture, request_id=request.id), picture.content)
        keep_file(
            session, picture=picture, request=request, visit=None, kind=FileKind.FAULT, made_by="customer",
            made_at=NIGHT, now=NIGHT,
        )  # fmt: skip
    services.spool_file.write_text('{"CallSid": "CA1"}\n', encoding="utf-8")
    return replace(services, now=lambda: NIGHT)
