"""`flask export`: write a CSV file that `flask import` reads and every spreadsheet opens. See docs/data-import.md."""

from __future__ import annotations

from typing import BinaryIO

import click
from flask import current_app
from flask.cli import AppGroup

from operations.clients.services import Services
from operations.imports.sheets import write_sheet
from operations.office.registers import REGISTERS, Register

export_group = AppGroup("export", help="Write a CSV file that `flask import` reads again. See docs/data-import.md.")


def _add_command(register: Register) -> None:
    @export_group.command(register.name, help=f"Write all {register.name} to FILE (standard output if left out).")
    # Bytes keep CSV's own line ends; atomic leaves an old file alone until the new one is whole.
    @click.argument("file", type=click.File("wb", lazy=True, atomic=True), default="-")
    @click.option("--headers", type=click.Choice(["en", "zh"]), default="en", help="The language of the header line.")
    def command(file: BinaryIO, headers: str) -> None:
        services: Services = current_app.extensions["onecall"]
        with services.database.reading() as session:
            lines = write_sheet(register.columns, register.listing.write_all(session), is_chinese=headers == "zh")
            file.writelines(line.encode() for line in lines)


for _register in REGISTERS.values():
    _add_command(_register)
