"""Skills and products: one line each (D2, C1)."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import FaultCategory, Product, Skill
from operations.imports.cells import read_code, read_text, read_yes_no
from operations.imports.listing import Listing
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, read_sheet
from operations.imports.stored import Count, check_once, find_by, put_values

SKILL_COLUMNS = (
    Column("skill_code", "技能编号", read_code(Skill.code)),
    Column("name", "名称", read_text(Skill.name)),
    Column("name_en", "英文名称", read_text(Skill.name_en)),
)
PRODUCT_COLUMNS = (
    Column("model_code", "型号", read_code(Product.model_code)),
    Column("name", "名称", read_text(Product.name)),
    Column("name_en", "英文名称", read_text(Product.name_en)),
    Column("family", "产品系列", read_code(Product.family)),
    Column("is_active", "启用", read_yes_no, may_be_absent=True),
)


def import_skills(session: Session, *, data: bytes) -> dict[str, Count]:
    """Add and change skills by code; all of the file or, refused, nothing. Nothing is ever removed."""
    lines = _read(data, SKILL_COLUMNS, "skill_code")
    return {"skills": _put(session, Skill, Skill.code, "skill_code", lines)}


def import_products(session: Session, *, data: bytes) -> dict[str, Count]:
    """Add and change products by model; all of the file or, refused, nothing. Nothing is ever removed.

    A family is one that there is: faults, guides and terms of warranty hang on it.
    """
    lines = _read(data, PRODUCT_COLUMNS, "model_code")
    families = set(session.scalars(select(Product.family))) | set(session.scalars(select(FaultCategory.family)))
    strange = [
        Problem(line.number, "family", Trouble.NOT_A_WORD, ", ".join(sorted(families)))
        for line in lines
        if families and line.values["family"] not in families
    ]
    if strange:
        raise ImportRefused(strange)
    return {"products": _put(session, Product, Product.model_code, "model_code", lines)}


SKILLS = Listing(
    select(Skill),
    lambda one: (one.code, one.name, one.name_en),
    {"skill_code": Skill.code, "name": Skill.name, "name_en": Skill.name_en},
    (Skill.code,),
)
PRODUCTS = Listing(
    select(Product),
    lambda one: (one.model_code, one.name, one.name_en, one.family, "1" if one.is_active else "0"),
    {
        "model_code": Product.model_code,
        "name": Product.name,
        "name_en": Product.name_en,
        "family": Product.family,
    },
    (Product.model_code,),
)


def _read(data: bytes, columns: tuple[Column, ...], key: str) -> list[Line]:
    sheet = read_sheet(data, columns)
    problems = [*sheet.problems, *check_once(sheet.lines, key)]
    if problems:
        raise ImportRefused(problems)
    return sheet.lines


def _put(
    session: Session,
    table: type[Skill | Product],
    key: InstrumentedAttribute[str],
    column: str,
    lines: list[Line],
) -> Count:
    codes = {line.values[column] for line in lines}
    stored = {getattr(row, key.key): row for row in find_by(session, table, key, codes)}
    count = Count()
    for line in lines:
        values = {name: value for name, value in line.values.items() if name != column}
        known = stored.get(line.values[column])
        if known is None:
            session.add(table(**{key.key: line.values[column]}, **values))
            count.add_row()
        else:
            count.note(is_changed=put_values(known, values))
    session.flush()
    return count
