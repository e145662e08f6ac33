"""`flask import`: take in a CSV file, all of it or nothing. See docs/data-import.md."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import BinaryIO

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from operations.imports.agreements import import_agreements
from operations.imports.assets import import_assets
from operations.imports.certificates import import_certificates
from operations.imports.customers import import_customers
from operations.imports.duty import import_duty
from operations.imports.loaners import import_loaners
from operations.imports.parts import import_parts
from operations.imports.places import import_places
from operations.imports.preventive import import_preventive
from operations.imports.prices import import_prices
from operations.imports.problems import ImportRefused, Problem
from operations.imports.service_points import import_service_points
from operations.imports.shifts import import_shifts
from operations.imports.stored import Count
from operations.imports.technicians import import_technicians
from operations.services import Services
from policies.languages import Language

SENTENCES = Path(__file__).resolve().parents[1] / "content" / "imports" / "problems.csv"
IMPORTER = "import"
"""Who has written down what came from a file: nobody who could approve it."""
Import = Callable[[Session, bytes, dt.datetime], dict[str, Count]]

IMPORTS: dict[str, Import] = {
    "customers": lambda session, data, _now: import_customers(session, data=data),
    # A day is over somewhere before it is over here: a purchase of today must pass in every time zone.
    "assets": lambda session, data, now: import_assets(session, data=data, today=(now + dt.timedelta(hours=14)).date()),
    "agreements": lambda session, data, _now: import_agreements(session, data=data, by=IMPORTER),
    "prices": lambda session, data, _now: import_prices(session, data=data),
    "technicians": lambda session, data, now: import_technicians(session, data=data, now=now),
    "duty": lambda session, data, _now: import_duty(session, data=data),
    "service-points": lambda session, data, _now: import_service_points(session, data=data),
    "shifts": lambda session, data, now: import_shifts(session, data=data, now=now),
    "certificates": lambda session, data, now: import_certificates(session, data=data, now=now),
    "places": lambda session, data, _now: import_places(session, data=data),
    "loaners": lambda session, data, _now: import_loaners(session, data=data),
    "preventive": lambda session, data, _now: import_preventive(session, data=data),
    "parts": lambda session, data, now: import_parts(session, data=data, now=now),
}

import_group = AppGroup("import", help="Take in a CSV file (UTF-8), all of it or nothing. See docs/data-import.md.")


def _add_command(kind: str, run: Import) -> None:
    @import_group.command(kind, help=f"Add and change {kind} from FILE (- for standard input).")
    @click.argument("file", type=click.File("rb"))
    @click.option("--language", type=click.Choice([str(language) for language in Language]), default=str(Language.EN))
    def command(file: BinaryIO, language: str) -> None:
        services: Services = current_app.extensions["onecall"]
        data = file.read()
        try:
            with services.database.writing() as session:
                counts = run(session, data, services.now())
        except ImportRefused as refused:
            for problem in refused.problems:
                click.echo(describe_problem(problem, Language(language)), err=True)
            click.echo(_summary(len(refused.problems), Language(language)), err=True)
            raise click.exceptions.Exit(1) from refused
        for noun, count in counts.items():
            click.echo(f"{noun}: {count.added} added, {count.changed} changed, {count.unchanged} unchanged")


for _kind, _run in IMPORTS.items():
    _add_command(_kind, _run)


def describe_problem(problem: Problem, language: Language) -> str:
    """Return one sentence: which line, which column, what is wrong."""
    sentence = _sentences()[str(problem.trouble)][language].format(detail=problem.detail)
    if language is Language.ZH:
        return f"第 {problem.line} 行" + (f"，{problem.column} 列" if problem.column else "") + f"：{sentence}"
    return f"line {problem.line}" + (f", column {problem.column}" if problem.column else "") + f": {sentence}"


def _summary(count: int, language: Language) -> str:
    if language is Language.ZH:
        return f"共 {count} 处问题，什么都没有导入。"
    return f"{count} problem{'s' if count != 1 else ''}; nothing was imported."


@cache
def _sentences() -> dict[str, dict[Language, str]]:
    with SENTENCES.open(encoding="utf-8", newline="") as file:
        return {row["trouble"]: {Language.ZH: row["zh"], Language.EN: row["en"]} for row in csv.DictReader(file)}
