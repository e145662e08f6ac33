"""Machines to lend: one line per serial (P4)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from models import Loaner, Product
from operations.imports.cells import read_code, read_yes_no
from operations.imports.listing import Cells, Listing
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, read_sheet
from operations.imports.stored import Count, find_by, put_values

COLUMNS = (
    Column("serial", "序列号", read_code(Loaner.serial, is_upper=True)),
    Column("model_code", "型号", read_code(Product.model_code)),
    Column("is_active", "可借出", read_yes_no),
)


def import_loaners(session: Session, *, data: bytes) -> dict[str, Count]:
    """Add and change loaners by their serial; all of the file or, refused, nothing. Nothing is ever removed."""
    sheet = read_sheet(data, COLUMNS)
    models = {product.model_code: product.id for product in session.scalars(select(Product))}
    problems, firsts = list(sheet.problems), dict[str, Line]()
    for line in sheet.lines:
        serial, model = line.values.get("serial"), line.values.get("model_code")
        if serial is not None and (first := firsts.setdefault(serial, line)) is not line:
            problems.append(Problem(line.number, "serial", Trouble.REPEATED, str(first.number)))
        if model is not None and model not in models:
            problems.append(Problem(line.number, "model_code", Trouble.UNKNOWN, model))
    if problems:
        raise ImportRefused(problems)
    stored = {loaner.serial: loaner for loaner in find_by(session, Loaner, Loaner.serial, set(firsts))}
    count = Count()
    for line in sheet.lines:
        values = {"product_id": models[line.values["model_code"]], "is_active": line.values["is_active"]}
        if (loaner := stored.get(line.values["serial"])) is None:
            session.add(Loaner(serial=line.values["serial"], **values))
            count.add_row()
        else:
            count.note(is_changed=put_values(loaner, values))
    session.flush()
    return {"loaners": count}


def _cells(loaner: Loaner) -> Cells:
    return loaner.serial, loaner.product.model_code, "1" if loaner.is_active else "0"


LISTING = Listing(
    select(Loaner).join(Loaner.product).options(contains_eager(Loaner.product)),
    _cells,
    {"serial": Loaner.serial, "model_code": Product.model_code},
    (Loaner.serial,),
)
