"""Plans of active service: one line per plan with its settings (F3)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Agreement, FaultCategory, PreventivePlan, Product
from operations.aftercare.care_dates import write_again
from operations.imports.cells import read_code, read_date, read_text, read_whole, read_word, read_yes_no
from operations.imports.listing import Cells, Listing
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import Column, Line, Sheet, read_sheet
from operations.imports.stored import Count, find_by, put_values
from policies.care import VISITS, CareKind, CareRhythm, Rhythm, RhythmIncomplete

LONGEST_TOLERANCE_DAYS = 60

COLUMNS = (
    Column("code", "计划编号", read_code(PreventivePlan.code)),
    Column("kind", "服务类别", read_word(CareKind, {})),
    Column("name", "计划名称", read_text(PreventivePlan.name)),
    Column("name_en", "英文名称", read_text(PreventivePlan.name_en)),
    Column("rhythm", "周期", read_word(Rhythm, {})),
    Column("month", "月", read_whole(1, 12), is_required=False),
    Column("day", "日", read_whole(1, 31), is_required=False),
    Column("after_days", "购买后天数", read_whole(0, 3650), is_required=False),
    Column("days_before", "可提前天数", read_whole(0, LONGEST_TOLERANCE_DAYS)),
    Column("days_after", "可推后天数", read_whole(0, LONGEST_TOLERANCE_DAYS)),
    Column("family", "产品系列", read_code(Product.family), is_required=False),
    Column("starts_on", "开始日期", read_date),
    Column("fault", "保养项目", read_code(FaultCategory.code), is_required=False),
    Column("agreement", "协议编号", read_code(Agreement.number), is_required=False, may_be_absent=True),
    Column("is_active", "启用", read_yes_no),
)


def parse_preventive(sheet: Sheet, categories: Mapping[str, int], agreements: Mapping[str, int]) -> list[Line]:
    """Return the file's lines; raises ImportRefused naming everything that is wrong. Pure."""
    problems = list(sheet.problems)
    firsts: dict[str, Line] = {}
    for line in sheet.lines:
        code, fault = line.values.get("code"), line.values.get("fault")
        if code is not None and (first := firsts.setdefault(code, line)) is not line:
            problems.append(Problem(line.number, "code", Trouble.REPEATED, str(first.number)))
        if fault is not None and fault not in categories:
            problems.append(Problem(line.number, "fault", Trouble.UNKNOWN, fault))
        agreement = line.values.get("agreement")
        if agreement is not None and agreement not in agreements:
            problems.append(Problem(line.number, "agreement", Trouble.UNKNOWN, agreement))
        if line.values.get("kind") in VISITS and "fault" in line.values and fault is None:
            problems.append(Problem(line.number, "fault", Trouble.MISSING))
        problems += _check_rhythm(line)
    if problems:
        raise ImportRefused(problems)
    return sheet.lines


def import_preventive(session: Session, *, data: bytes) -> dict[str, Count]:
    """Add and change plans by their code; all of the file or, refused, nothing. Nothing is ever removed."""
    categories = {one.code: one.id for one in session.scalars(select(FaultCategory))}
    sheet = read_sheet(data, COLUMNS)
    numbers = {number for line in sheet.lines if (number := line.values.get("agreement")) is not None}
    agreements = {one.number: one.id for one in find_by(session, Agreement, Agreement.number, numbers)}
    lines = parse_preventive(sheet, categories, agreements)
    codes = {line.values["code"] for line in lines}
    stored = {plan.code: plan for plan in find_by(session, PreventivePlan, PreventivePlan.code, codes)}
    count = Count()
    for line in lines:
        values = dict(line.values)
        code, fault, agreement = (values.pop(name, None) for name in ("code", "fault", "agreement"))
        values["fault_category_id"] = categories[fault] if fault else None
        if "agreement" in line.values:
            values["agreement_id"] = agreements[agreement] if agreement else None
        if (plan := stored.get(code)) is None:
            session.add(PreventivePlan(code=code, **values))
            count.add_row()
            is_changed = True
        else:
            is_changed = put_values(plan, values)
            if is_changed:
                write_again(plan)
            count.note(is_changed=is_changed)
        if is_changed and agreement:
            for other in session.scalars(select(PreventivePlan).where(PreventivePlan.kind == values["kind"])):
                write_again(other)
    session.flush()
    return {"preventive": count}


def _cells(plan: PreventivePlan) -> Cells:
    numbers = (plan.month, plan.day, plan.after_days)
    return (
        plan.code,
        str(plan.kind),
        plan.name,
        plan.name_en,
        str(plan.rhythm),
        *("" if number is None else str(number) for number in numbers),
        str(plan.days_before),
        str(plan.days_after),
        plan.family or "",
        plan.starts_on.isoformat(),
        plan.fault_category.code if plan.fault_category else "",
        plan.agreement.number if plan.agreement else "",
        "1" if plan.is_active else "0",
    )


LISTING = Listing(
    select(PreventivePlan).options(joinedload(PreventivePlan.fault_category), joinedload(PreventivePlan.agreement)),
    _cells,
    {
        "code": PreventivePlan.code,
        "name": PreventivePlan.name,
        "name_en": PreventivePlan.name_en,
        "family": PreventivePlan.family,
    },
    (PreventivePlan.code,),
)


def _check_rhythm(line: Line) -> list[Problem]:
    values = line.values
    if values.get("rhythm") is None or not {"month", "day", "after_days"} <= values.keys():
        return []
    try:
        CareRhythm(values["rhythm"], values["month"], values["day"], values["after_days"]).check()
    except RhythmIncomplete as incomplete:
        return [Problem(line.number, str(incomplete).split(",", maxsplit=1)[0], Trouble.MISSING)]
    return []
