"""A service agreement written down at a page: by the rules of one from a file, refused by the same problems (C6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from models import Agreement
from operations.day.day import find_area
from operations.imports.agreements import COLUMNS, LINE_COLUMNS, OWN_COLUMNS, SCOPES, import_agreements
from operations.imports.exports import AGREEMENTS
from operations.imports.problems import ImportRefused, Problem, Trouble
from operations.imports.sheets import write_sheet
from operations.money.agreements import find_agreement, find_overlaps, lock_agreement, scope_of
from operations.money.settlements import draw_number
from policies.agreements import AgreementMoveRefused, AgreementState

OWN_NAMES = tuple(column.name for column in OWN_COLUMNS)
LINE_NAMES = tuple(column.name for column in LINE_COLUMNS if column.name != "position")
FIRST_LINE = 2
"""The file's line of the first thing covered; the first line holds the names of the columns."""

Cells = Mapping[str, str]


def new_draft(session: Session, *, customer_number: str, now: dt.datetime) -> dict[str, str]:
    """Return what a new agreement begins with: a year from tomorrow on, no number yet."""
    area = find_area(session, code=None)
    first = now.astimezone(ZoneInfo(area.time_zone if area else "UTC")).date() + dt.timedelta(days=1)
    try:
        end = first.replace(year=first.year + 1)
    except ValueError:
        end = first.replace(year=first.year + 1, month=3, day=1)
    return dict.fromkeys(OWN_NAMES, "") | {
        "customer_number": customer_number,
        "kind": "service",
        "from_on": first.isoformat(),
        "last_on": (end - dt.timedelta(days=1)).isoformat(),
        "currency": "CNY",
        "instalment_count": "1",
        "instalment_months": "12",
        "renewal_notice_days": "30",
    }


def read_draft(session: Session, *, number: str) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return an agreement's own cells and those of each thing it covers, as a file would have them."""
    names = [column.name for column in COLUMNS]
    rows = [
        dict(zip(names, cells, strict=True))
        for cells in AGREEMENTS.write_some(session, values={"agreement_number": number})
    ]
    own = {name: rows[0][name] for name in OWN_NAMES} if rows else {}
    return own, [{name: row[name] for name in LINE_NAMES} for row in rows]


def lock_draft(session: Session, *, number: str) -> Agreement:
    """Return a draft; nobody else changes or approves it until the transaction ends. Raises AgreementMoveRefused."""
    draft = find_agreement(session, number=number)
    if draft is not None:
        lock_agreement(session, agreement=draft)
    if draft is None or draft.state is not AgreementState.DRAFT:
        raise AgreementMoveRefused(str(draft.state if draft else ""))
    return draft


def write_draft(
    session: Session, *, own: Cells, lines: Sequence[Cells], standing: Agreement | None, by: str, now: dt.datetime
) -> Agreement:
    """Write a new draft, or change the one that stands and has been locked; a new one draws a number.

    Raises ImportRefused, whose problems name the line (2 is the first thing covered) and the column: also where an
    approved agreement covers the same thing in the same time.
    """
    number = own.get("agreement_number", "").strip() or draw_number(session, series=f"AG{now:%y}")
    if standing is None and find_agreement(session, number=number) is not None:
        raise ImportRefused([Problem(FIRST_LINE, "agreement_number", Trouble.REPEATED, number)])
    cells = {**own, "agreement_number": number}
    rows = [
        [{**cells, **line, "position": str(position)}.get(column.name, "") for column in COLUMNS]
        for position, line in enumerate(lines, 1)
    ]
    data = "".join(write_sheet(COLUMNS, rows, is_chinese=False)).encode()
    import_agreements(session, data=data, by=by, now=now)
    session.expire_all()
    agreement = find_agreement(session, number=number)
    if agreement is None:
        raise ImportRefused([Problem(FIRST_LINE, "labour_percent", Trouble.MISSING)])
    _refuse_overlaps(session, agreement, lines)
    return agreement


def _refuse_overlaps(session: Session, agreement: Agreement, lines: Sequence[Cells]) -> None:
    overlaps = {mine.scope: other.agreement for mine, other in find_overlaps(session, agreement=agreement)}
    problems = []
    for index, (row, line) in enumerate(zip(agreement.lines, lines, strict=True)):
        other = overlaps.get(scope_of(row))
        if other is not None:
            column = next((name for name in SCOPES if line.get(name)), SCOPES[0])
            problems.append(Problem(index + FIRST_LINE, column, Trouble.COVERED_BY_OTHER, other))
    if problems:
        raise ImportRefused(problems)
