import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskCliRunner

from cli.catalogue import load_catalogue
from cli.demo_city.city import build_city
from cli.demo_city.load import load_people_and_places
from cli.demo_city.money import load_money
from cli.demo_city.parts import load_parts
from cli.exports import export_group
from cli.imports import import_group
from models import Customer
from operations.clients.services import Services
from operations.imports.problems import Problem, Trouble
from operations.imports.sentences import describe_problem
from operations.office.registers import REGISTERS
from policies.languages import Language
from tests.cli.conftest import NOW

PLACES = "site_code,address,address_en,district,latitude,longitude,time_zone,territory"
HEADER = f"customer_number,name,name_en,language,segment,phones,{PLACES}"
BAD_FILE = f"{HEADER}\n1,王晨,,klingon,new,,,,,,,,,\n2,,,en,new,12,,,,,,,,\n3,=SUM(A1),,en,vip,,,,,,,,,\n"


@pytest.fixture
def city(services: Services) -> None:
    whole = build_city(seed=1, start_at=NOW)
    with services.database.writing() as session:
        load_catalogue(session, now=NOW)
        few = replace(whole, customers=whole.customers[:10])
        load_people_and_places(session, few)
        load_money(session, few, now=NOW)
        load_parts(session, now=NOW)


@pytest.mark.usefixtures("city")
def test_a_bad_file_is_refused_with_every_line_and_column_and_status_one(
    runner: FlaskCliRunner, services: Services, tmp_path: Path
) -> None:
    file = tmp_path / "customers.csv"
    file.write_text(BAD_FILE, encoding="utf-8")

    result = runner.invoke(import_group, ["customers", str(file)])

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        "line 2, column language: must be one of: zh-CN (中文), en (英文)",
        "line 3, column name: must not be empty",
        "line 3, column phones: is not a telephone number: 12",
        "3 problems; nothing was imported.",
    ]
    with services.database.reading() as session:
        assert session.query(Customer).count() == 10


def test_problems_are_told_in_chinese_too(runner: FlaskCliRunner) -> None:
    result = runner.invoke(import_group, ["customers", "-", "--language", "zh-CN"], input=BAD_FILE)

    assert "第 3 行，name 列：不能为空" in result.stderr
    assert result.stderr.endswith("共 3 处问题，什么都没有导入。\n")


@pytest.mark.usefixtures("city")
def test_every_kind_of_file_goes_out_and_comes_in_unchanged(runner: FlaskCliRunner, tmp_path: Path) -> None:
    for kind, headers in itertools.product(REGISTERS, ("en", "zh")):
        file = tmp_path / f"{kind}.csv"

        sent = runner.invoke(export_group, [kind, str(file), "--headers", headers])
        taken = runner.invoke(import_group, [kind, str(file)])

        assert (sent.exit_code, taken.exit_code) == (0, 0), (kind, headers, taken.output)
        assert file.read_bytes().count(b"\r\n") > 1, "a header and rows"
        assert f"{kind}: 0 added, 0 changed" in taken.stdout


@pytest.mark.usefixtures("city")
def test_a_formula_in_a_name_goes_out_as_text(runner: FlaskCliRunner) -> None:
    runner.invoke(import_group, ["customers", "-"], input=f"{HEADER}\n3,=SUM(A1),,en,vip,,,,,,,,,\n")

    result = runner.invoke(export_group, ["customers"])

    assert "3,'=SUM(A1)," in result.stdout


def test_every_kind_that_comes_in_can_go_out() -> None:
    assert set(REGISTERS) == set(import_group.commands) == set(export_group.commands)


@pytest.mark.parametrize("trouble", Trouble)
@pytest.mark.parametrize("language", Language)
def test_every_trouble_has_a_sentence_in_both_languages(trouble: Trouble, language: Language) -> None:
    sentence = describe_problem(Problem(7, "name", trouble, "x"), language)

    assert "7" in sentence
    assert "{" not in sentence


def test_a_file_that_does_not_exist_is_a_usage_error(runner: FlaskCliRunner) -> None:
    result = runner.invoke(import_group, ["shifts", "no-such-file.csv"])

    assert result.exit_code == 2
    assert "no-such-file.csv" in result.stderr
