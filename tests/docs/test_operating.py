"""docs/operating.md knows every command, every make target, every clock job and every address Twilio needs."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

import config
from app import create_app
from config import load_settings
from jobs.table import JOBS
from tests.architecture.rooms import python_files
from tests.docs.pages import read

OPERATING = read("docs/operating.md")
# Flask's own, and its extensions': their documentation is not ours to write.
NOT_OURS = {"run", "shell", "routes", "limiter"}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(load_settings({"ONECALL_MODE": "development", "DATA_FOLDER": str(tmp_path)}))
    yield app
    app.extensions["onecall"].database.close()


def commands_of(group: click.Group, prefix: str = "") -> Iterator[str]:
    """Yield every command of a group as one types it."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"


def test_every_flask_command_is_documented(app: Flask) -> None:
    ours = {name for name in commands_of(app.cli) if name.split(" ")[0] not in NOT_OURS}

    assert {name for name in ours if f"`{name}`" not in OPERATING} == set()
    assert "clock" in ours


def test_every_documented_flask_command_exists(app: Flask) -> None:
    groups = {name.split(" ")[0] for name in commands_of(app.cli) if " " in name}
    named = set(re.findall(rf"^\| .*?`((?:{'|'.join(groups)}) [a-z]+)`", OPERATING, flags=re.MULTILINE))

    assert named <= set(commands_of(app.cli))


def test_every_make_target_is_documented_and_no_other() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", read("Makefile"), flags=re.MULTILINE))
    table = [line for line in OPERATING.splitlines() if line.startswith("| `make ")]

    assert {name for line in table for name in re.findall(r"`make ([a-z-]+)`", line.split(" | ")[0])} == targets


def test_every_clock_job_is_documented_and_no_other() -> None:
    part = OPERATING.partition("## Clock jobs")[2].partition("\n## ")[0]

    assert re.findall(r"^\| `(\w+)` \|", part, flags=re.MULTILINE) == [job.name for job in JOBS]


def test_every_address_to_set_at_twilio_answers(app: Flask) -> None:
    addresses = re.findall(r"\| `(/(?:ivr|sms)/[a-z-]+)` \|$", OPERATING, flags=re.MULTILINE)
    answered = {str(rule) for rule in app.url_map.iter_rules() if "POST" in (rule.methods or set())}

    assert len(addresses) == 4
    assert set(addresses) <= answered


def test_settings_that_nothing_uses_yet_are_named_as_such() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in python_files() if "tests" not in path.parts)
    unused = {name for name in config.EXPLANATIONS if not _is_used(name, code)}
    said = OPERATING.partition("not used by anything built so far")[2].partition("\n\n")[0]

    assert set(re.findall(r"`([A-Z_]+)`", said)) == unused


def _is_used(setting: str, code: str) -> bool:
    field = {"ONECALL_MODE": "is_development"}.get(setting, setting.lower())
    return f"settings.{field}" in code
