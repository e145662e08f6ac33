"""The files in deploy/ are held to the code: commands exist, settings are read, every figure is measured."""

import configparser
import importlib.util
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose
from flask.testing import FlaskClient

from config import EXPLANATIONS
from policies.degraded import Trouble
from tests.town import Town
from tests.web.conftest import browser

PROJECT = Path(__file__).resolve().parents[2]
DEPLOY = PROJECT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
GUNICORN_SETTINGS = {"WEB_CONCURRENCY", "GUNICORN_CMD_ARGS"}
FIGURE = re.compile(r"\b(?:onecall|process)_[a-z_]+")
FROM_HISTOGRAM = re.compile(r"_(bucket|count|sum)$")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return loaded


@pytest.fixture
def measured(town: Town) -> set[str]:
    """The names of all figures /metrics has once something was asked for."""
    client: FlaskClient = browser(town)
    client.get("/healthz")
    text = client.get("/metrics").text
    return set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))


def alert_expressions() -> Iterator[str]:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text("utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]


def dashboard_expressions() -> Iterator[str]:
    board = json.loads((DEPLOY / "grafana" / "onecall.json").read_text("utf-8"))
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


@pytest.mark.parametrize("expressions", [alert_expressions, dashboard_expressions])
def test_every_figure_an_alert_or_a_panel_asks_for_is_measured(expressions: Any, measured: set[str]) -> None:  # noqa: ANN401
    asked = {FROM_HISTOGRAM.sub("", name) for text in expressions() for name in FIGURE.findall(text)}

    assert asked
    assert asked - measured == set()


def test_every_part_an_alert_names_is_one_that_can_be_down() -> None:
    """A misspelt part would be an alert that never rings."""
    named = {part for text in alert_expressions() for part in re.findall(r'part="(\w*)"', text)}

    assert named
    assert named <= set(Trouble)


def test_every_alert_says_what_it_means_and_has_its_place_in_the_runbook() -> None:
    runbook = (PROJECT / "docs" / "operating.md").read_text("utf-8")
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yaml").read_text("utf-8"))["groups"][0]["rules"]

    for rule in rules:
        assert rule["annotations"]["summary"]
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert f"`{rule['alert']}`" in runbook, rule["alert"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_starts_a_program_there_is_and_keeps_it_running(unit: Path) -> None:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    parser.read(unit, encoding="utf-8")

    service = parser["Service"]
    assert service["Restart"] == "always"
    assert service["User"] == "onecall"
    assert_runs(shlex.split(service["ExecStart"]))


def test_the_containers_start_programs_there_are(compose: dict[str, Any]) -> None:
    ours = {name: service for name, service in compose["services"].items() if name != "database"}

    assert set(ours) == {"tables", "web", "clock", "fallback"}
    for service in ours.values():
        assert_runs(service["command"])


def test_the_containers_are_given_settings_that_are_read(compose: dict[str, Any]) -> None:
    given = {
        name
        for service in compose["services"].values()
        if service["image"] == "onecall"
        for name in service.get("environment", {})
    }

    assert given <= set(EXPLANATIONS) | GUNICORN_SETTINGS
    assert "DATABASE_URL" not in compose["services"]["fallback"].get("environment", {})


def test_only_a_proxy_on_the_same_machine_reaches_the_containers(compose: dict[str, Any]) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_the_image_is_built_as_a_user_without_rights_and_with_the_search_compiled() -> None:
    lines = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()

    user = lines.index("USER 10001")
    assert any("--uid 10001 onecall" in line for line in lines[:user])
    assert any("dispatch warm" in line for line in lines[user:])
    assert [line for line in lines if line.startswith("USER")] == ["USER 10001"]


def lint(containerfile: Path) -> str:
    """Return what hadolint has against a container file; empty when nothing."""
    program = Path(sys.executable).with_name("hadolint")
    done = subprocess.run((program, "--no-color", containerfile), capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (done.stdout == ""), done.stderr
    return done.stdout


def test_the_container_file_is_one_its_linter_has_nothing_against(tmp_path: Path) -> None:
    worse = tmp_path / "Containerfile"
    worse.write_text((DEPLOY / "Containerfile").read_text("utf-8").replace("USER 10001", "USER root"), "utf-8")

    assert lint(DEPLOY / "Containerfile") == ""
    assert "DL3002" in lint(worse)


def test_the_compose_file_has_no_word_and_no_value_that_compose_does_not_know(compose: dict[str, Any]) -> None:
    read = PyCompose.from_json(json.dumps(compose))

    assert set(read.service_names()) == set(compose["services"])
    for service in compose["services"].values():
        assert set(service.get("depends_on", ())) <= set(compose["services"])
        named = {volume.partition(":")[0] for volume in service.get("volumes", ())}
        assert named <= set(compose["volumes"])
    for change in ({"comand": ["python"]}, {"restart": "sometimes"}):
        wrong = {**compose, "services": {"web": {**compose["services"]["web"], **change}}}
        with pytest.raises(ValueError, match=r"comand|sometimes"):
            PyCompose.from_json(json.dumps(wrong))


def assert_runs(command: list[str]) -> None:
    """The command is a Python module that is installed, on a WSGI or configuration file of the project."""
    program, dash_m, module, *arguments = command
    assert Path(program).name == "python"
    assert dash_m == "-m"
    assert importlib.util.find_spec(module), module
    files = [word for word in arguments if word.endswith(".py")]
    entries = [word.partition(":")[0] for word in arguments if word.partition(":")[0] in {"wsgi", "wsgi_fallback"}]
    assert files or entries
    for name in (*files, *(f"{entry}.py" for entry in entries)):
        assert (PROJECT / name).is_file(), name
