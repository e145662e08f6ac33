import datetime as dt
from pathlib import Path
from typing import Never

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from integrations.backups.folders import open_backups, open_exports
from integrations.files.folder import FolderFiles
from migrations.run import build
from models.database import Database
from operations.clients.services import Services
from operations.clients.signer import Signer
from operations.foundation.house import House
from operations.foundation.seal import Seal
from policies.message_channels import MessageChannel
from tests.databases import find_postgresql_programs
from tests.factories.carriers import NoLines, NoRecordings

NOW = dt.datetime(2026, 5, 11, 14, 40, tzinfo=dt.UTC)


class NoSms:
    """A carrier that must not be used: commands store messages, the clock sends them."""

    def __getattr__(self, name: str) -> Never:
        raise AssertionError(f"a command reached for the carrier: {name}")


def refuse_to_solve(*_: object) -> Never:
    raise AssertionError("a command asked for a solve")


@pytest.fixture
def services(database: Database, database_url: str, tmp_path: Path) -> Services:
    return Services(
        database=database,
        now=lambda: NOW,
        house=House("+862155500000", "http://127.0.0.1:8000"),
        providers={channel: NoSms() for channel in MessageChannel},
        solve=refuse_to_solve,
        replan=refuse_to_solve,
        play=refuse_to_solve,
        twilio_auth_token="0" * 32,
        signer=Signer(bytes(32)),
        seal=Seal("x" * 32),
        spool_file=tmp_path / "spool.jsonl",
        files=(files := FolderFiles(tmp_path / "files")),
        backups=open_backups(
            database_url, files=files, spool_file=tmp_path / "spool.jsonl", programs=find_postgresql_programs()
        ),
        exports=open_exports(database.engine, build=build, files=files, spool_file=tmp_path / "spool.jsonl"),
        is_development=True,
        lines=NoLines(),
        recordings=NoRecordings(),
    )


@pytest.fixture
def runner(services: Services) -> FlaskCliRunner:
    app = Flask("onecall-cli-tests")
    app.extensions["onecall"] = services
    return app.test_cli_runner()
