"""Setting an organisation up from the shell: where it serves, who may sign in, what it sells."""

from __future__ import annotations

import click
import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select

from cli.organisation import area_commands, catalogue_commands, territory_commands, user_commands
from models import Area, FaultCategory, Territory, User
from operations.clients.services import Services

AREA = ("add", "suzhou", "--name", "苏州", "--name-en", "Suzhou")
TERRITORY = (
    "add", "suzhou", "north", "--name", "北片", "--name-en", "North", "--district", "相城", "--district", "姑苏",
)  # fmt: skip
USER = ("add", "Mei", "--role", "dispatcher", "--password", "a-long-enough-one")


def test_an_organisation_is_set_up_from_the_shell(runner: FlaskCliRunner, services: Services) -> None:
    for group, words in (
        (area_commands, AREA),
        (territory_commands, TERRITORY),
        (user_commands, USER),
        (catalogue_commands, ("load",)),
        (catalogue_commands, ("load",)),
    ):
        result = runner.invoke(group, words)
        assert result.exit_code == 0, result.output

    with services.database.reading() as session:
        area = session.scalars(select(Area)).one()
        assert (area.code, area.time_zone) == ("suzhou", "Asia/Shanghai")
        territory = session.scalars(select(Territory)).one()
        assert (territory.area_id, territory.districts) == (area.id, ["相城", "姑苏"])
        user = session.scalars(select(User)).one()
        assert user.password_hash.startswith("$argon2")
        assert session.scalar(select(func.count()).select_from(FaultCategory)) == 35


@pytest.mark.parametrize(
    ("group", "words", "said"),
    [
        (area_commands, (*AREA, "--time-zone", "Mars/Base"), "No time zone of this IANA name is known"),
        (territory_commands, TERRITORY, "There is no area of this code"),
        (user_commands, (*USER[:-1], "short"), "at least twelve characters"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_stores_nothing(
    runner: FlaskCliRunner, services: Services, group: click.Group, words: tuple[str, ...], said: str
) -> None:
    result = runner.invoke(group, words)

    assert result.exit_code == 1
    assert said in result.output
    with services.database.reading() as session:
        assert not session.scalars(select(Area)).all()
        assert not session.scalars(select(User)).all()


def test_the_same_code_and_the_same_name_are_taken_once(runner: FlaskCliRunner) -> None:
    for group, words in ((area_commands, AREA), (territory_commands, TERRITORY), (user_commands, USER)):
        runner.invoke(group, words)

        again = runner.invoke(group, words)

        assert again.exit_code == 1
        assert "already" in again.output
