"""`flask import`: take in a CSV or XLSX file, all of it or nothing. See docs/data-import.md."""

from __future__ import annotations

from typing import BinaryIO

import click
from flask import current_app
from flask.cli import AppGroup

from operations.clients.services import Services
from operations.imports.problems import ImportRefused
from operations.imports.sentences import describe_problem
from operations.office.register_changes import take_file
from operations.office.registers import REGISTERS, Register
from policies.languages import Language

ACTOR = "command line"

import_group = AppGroup("import", help="Take in a CSV or XLSX file, all of it or nothing. See docs/data-import.md.")


def _add_command(register: Register) -> None:
    @import_group.command(register.name, help=f"Add and change {register.name} from FILE (- for standard input).")
    @click.argument("file", type=click.File("rb"))
    @click.option("--language", type=click.Choice([str(language) for language in Language]), default=str(Language.EN))
    def command(file: BinaryIO, language: str) -> None:
        services: Services = current_app.extensions["onecall"]
        data = file.read()
        try:
            with services.database.writing() as session:
                counts, _ = take_file(
                    session, register=register, data=data, by=ACTOR, source="file", now=services.now()
                )
        except ImportRefused as refused:
            for problem in refused.problems:
                click.echo(describe_problem(problem, Language(language)), err=True)
            click.echo(_summary(len(refused.problems), Language(language)), err=True)
            raise click.exceptions.Exit(1) from refused
        for noun, count in counts.items():
            click.echo(f"{noun}: {count.added} added, {count.changed} changed, {count.unchanged} unchanged")


for _register in REGISTERS.values():
    _add_command(_register)


def _summary(count: int, language: Language) -> str:
    if language is Language.ZH:
        return f"共 {count} 处问题，什么都没有导入。"
    return f"{count} problem{'s' if count != 1 else ''}; nothing was imported."
