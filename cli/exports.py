"""`flask export`: write a CSV file that `flask import` reads and every spreadsheet opens. See docs/data-import.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import BinaryIO

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from operations.imports import (
    agreements,
    assets,
    certificates,
    customers,
    duty,
    exports,
    loaners,
    parts,
    places,
    preventive,
    prices,
    service_points,
    shifts,
    technicians,
)
from operations.imports.sheets import Column, write_sheet
from operations.services import Services

Export = Callable[[Session], Iterator[tuple[str, ...]]]

EXPORTS: dict[str, tuple[Sequence[Column], Export]] = {
    "customers": (customers.COLUMNS, exports.export_customers),
    "assets": (assets.COLUMNS, exports.export_assets),
    "agreements": (agreements.COLUMNS, exports.export_agreements),
    "prices": (prices.COLUMNS, exports.export_prices),
    "technicians": (technicians.COLUMNS, exports.export_technicians),
    "duty": (duty.COLUMNS, exports.export_duty),
    "service-points": (service_points.COLUMNS, exports.export_service_points),
    "shifts": (shifts.COLUMNS, exports.export_shifts),
    "certificates": (certificates.COLUMNS, certificates.export_certificates),
    "places": (places.COLUMNS, places.export_places),
    "loaners": (loaners.COLUMNS, loaners.export_loaners),
    "preventive": (preventive.COLUMNS, preventive.export_preventive),
    "parts": (parts.COLUMNS, parts.export_parts),
}

export_group = AppGroup("export", help="Write a CSV file that `flask import` reads again. See docs/data-import.md.")


def _add_command(kind: str, columns: Sequence[Column], run: Export) -> None:
    @export_group.command(kind, help=f"Write all {kind} to FILE (standard output if left out).")
    # Bytes keep CSV's own line ends; atomic leaves an old file alone until the new one is whole.
    @click.argument("file", type=click.File("wb", lazy=True, atomic=True), default="-")
    @click.option("--headers", type=click.Choice(["en", "zh"]), default="en", help="The language of the header line.")
    def command(file: BinaryIO, headers: str) -> None:
        services: Services = current_app.extensions["onecall"]
        with services.database.reading() as session:
            lines = write_sheet(columns, run(session), is_chinese=headers == "zh")
            file.writelines(line.encode() for line in lines)


for _kind, (_columns, _run) in EXPORTS.items():
    _add_command(_kind, _columns, _run)
