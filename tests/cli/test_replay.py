import json
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from cli.replay import replay_commands
from operations.clients.services import Services
from tests.databases import ON_SQLITE_ALONE
from tests.factories.city import book_visit, make_city
from tests.factories.instants import hours

pytestmark = ON_SQLITE_ALONE


@pytest.fixture
def day(services: Services) -> str:
    """A day on which two customers called before the shifts began."""
    with services.database.writing() as session:
        city = make_city(session, technicians=2, customers=3, days=2)
        begin = min(shift.starts_at for shift in city.shifts)
        for customer in range(2):
            book_visit(session, city, customer=customer, now=begin - hours(1))
    return (begin + hours(8)).date().isoformat()


def test_a_past_day_is_replayed_beside_a_smaller_freeze(runner: FlaskCliRunner, day: str, tmp_path: Path) -> None:
    saved = tmp_path / "day.json"
    arguments = ["day", day, "--policy", "freeze_minutes=0", "--runs", "2", "--workers", "1", "--save", str(saved)]

    result = runner.invoke(replay_commands, arguments)

    assert result.exit_code == 0, result.output
    assert "What really happened: 2 requests, 0 done so far" in result.stdout
    assert "2 runs, seed 1" in result.stdout
    assert len(json.loads(saved.read_text(encoding="utf-8"))["requests"]) == 2


def test_json_is_all_that_is_printed_when_asked_for(runner: FlaskCliRunner, day: str) -> None:
    result = runner.invoke(replay_commands, ["day", day, "--runs", "1", "--workers", "1", "--json"])

    assert result.exit_code == 0, (result.output, result.exception)
    assert json.loads(result.stdout)["scenarios"][0]["figures"]["requests"]["mean"] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--team", "+1 moon"], "nobody works in the territory 'moon'"),
        (["--policy", "freeze=1"], "there is no freeze"),
        (["--until", "joy=1"], "no figure 'joy'"),
        (["--area", "nowhere"], "There is no such area."),
    ],
)
def test_what_cannot_be_replayed_is_said(runner: FlaskCliRunner, day: str, arguments: list[str], words: str) -> None:
    result = runner.invoke(replay_commands, ["day", day, "--runs", "1", "--workers", "1", *arguments])

    assert result.exit_code == 1
    assert words in result.stderr


def test_a_day_without_calls_is_said_to_be_one(runner: FlaskCliRunner, day: str) -> None:
    assert day

    result = runner.invoke(replay_commands, ["day", "2020-01-01"])

    assert result.exit_code == 1
    assert "The area has no shifts in this period." in result.stderr
