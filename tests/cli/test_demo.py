from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from cli.demo import demo_commands
from models import Area, Customer
from operations.clients.services import Services
from policies.languages import Language
from policies.segments import Segment
from tests.databases import ON_SQLITE_ALONE


@pytest.fixture
def app(services: Services, tmp_path: Path) -> Flask:
    app = Flask("onecall-demo-tests")
    app.extensions["onecall"] = services
    app.config["DATA_FOLDER"] = tmp_path
    return app


@pytest.fixture
def demo(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def test_the_demo_is_refused_in_production(app: Flask, services: Services) -> None:
    app.extensions["onecall"] = replace(services, is_development=False)

    result = app.test_cli_runner().invoke(demo_commands, ["load"])

    assert result.exit_code == 1
    assert "ONECALL_MODE=development" in result.stderr
    with services.database.reading() as session:
        assert session.query(Area).count() == 0


def test_a_database_in_use_is_said_so_and_left_alone(demo: FlaskCliRunner, services: Services) -> None:
    with services.database.writing() as session:
        session.add(Customer(number="1", name="真客户", language=Language.ZH, segment=Segment.EXISTING))

    result = demo.invoke(demo_commands, ["load"])

    assert result.exit_code == 1
    assert "Nothing was loaded" in result.stderr


def test_a_start_that_is_no_instant_is_a_usage_error(demo: FlaskCliRunner) -> None:
    result = demo.invoke(demo_commands, ["load", "--start", "yesterday"])

    assert result.exit_code == 2
    assert "2026-05-11T22:40" in result.stderr


@ON_SQLITE_ALONE  # test_loading.py loads the city on both
def test_loading_says_what_was_loaded_and_a_second_run_that_it_is_there(
    demo: FlaskCliRunner, services: Services, tmp_path: Path
) -> None:
    first = demo.invoke(demo_commands, ["load", "--seed", "3", "--start", "2026-05-11T22:40"])
    second = demo.invoke(demo_commands, ["load"])

    assert first.exit_code == 0, first.output
    assert "300 customers" in first.stdout
    assert "60 open ones (0 without a window)" in first.stdout
    assert str(tmp_path / "demo_sign_ins.json") in first.stdout
    assert second.stdout == "The demo city is there already.\n"
    with services.database.reading() as session:
        assert session.query(Customer).count() == 300
