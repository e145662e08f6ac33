"""Change the organisation's registers by hand or by file, with what was before and after on record (S1, T4)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import StatusEvent
from operations.events import record_event
from operations.imports.problems import BadCell, ImportRefused, Problem
from operations.imports.sheets import write_sheet
from operations.imports.stored import Count
from operations.registers import Register

Cells = dict[str, str]
CHANGED = "register_changed"


class RowChangedMeanwhile(ValueError):
    """Somebody else has changed this row since it was shown; `differences` are column, shown, now."""

    def __init__(self, differences: Sequence[tuple[str, str, str]]) -> None:
        super().__init__(", ".join(name for name, _, _ in differences))
        self.differences = tuple(differences)


class RowThereAlready(ValueError):
    """There is a row of this key already: change that one."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """What became of one row: `before` is missing for a new one, `after` for one removed; both hold what differs."""

    row: str
    before: Cells | None
    after: Cells | None


def list_rows(session: Session, *, register: Register) -> list[Cells]:
    """Return every row as its cells by column, in the register's order."""
    return [register.cells(row) for row in register.give_out(session)]


def find_row(session: Session, *, register: Register, key: str) -> Cells | None:
    """Return the row of this key, or None."""
    return next((cells for cells in list_rows(session, register=register) if register.key_of(cells) == key), None)


def take_file(
    session: Session, *, register: Register, data: bytes, by: str, source: str, now: dt.datetime
) -> tuple[dict[str, Count], list[RowChange]]:
    """Take in a file, all of it or, raising ImportRefused, nothing; return what was counted and what changed.

    Registers with pages of their own have histories of their own: of them only the counts go on record.
    """
    before = {} if register.has_own_page else _snapshot(session, register)
    counts = register.take_in(session, data, now, by)
    session.flush()
    changes = [] if register.has_own_page else _differences(before, _snapshot(session, register))
    _put_on_record(session, register, counts, changes, by=by, source=source, now=now)
    return counts, changes


def write_row(
    session: Session, *, register: Register, cells: Cells, shown: Cells | None, by: str, now: dt.datetime
) -> list[RowChange]:
    """Add a row, or change the one that was `shown`; the cells are read as those of a file are.

    Raises ImportRefused, RowThereAlready, or RowChangedMeanwhile when the row is no longer what was shown.
    """
    if shown is not None:
        key = register.key_of(shown)
        _expect_unchanged(shown, find_row(session, register=register, key=key))
        cells = {**cells, **{name: shown[name] for name in register.keys}}
    row = [cells.get(column.name, "") for column in register.columns]
    data = "".join(write_sheet(register.columns, [row], is_chinese=False)).encode()
    _, changes = take_file(session, register=register, data=data, by=by, source="page", now=now)
    if shown is None and all(change.before is not None for change in changes):
        raise RowThereAlready
    return changes


def remove_row(session: Session, *, register: Register, shown: Cells, by: str, now: dt.datetime) -> None:
    """Remove the row that was shown; raises RowGone, RowInUse or RowChangedMeanwhile."""
    if register.remove is None:
        raise LookupError(register.name)
    before = _snapshot(session, register)
    standing = before.get(register.key_of(shown))
    if standing is not None:
        _expect_unchanged(shown, standing)
    register.remove(session, _read_key(register, shown), by, now)
    session.flush()
    changes = _differences(before, _snapshot(session, register))
    _put_on_record(session, register, {}, changes, by=by, source="page", now=now)


def list_register_events(session: Session, *, limit: int) -> Sequence[StatusEvent]:
    """Return who changed what the organisation is set up with, the latest first."""
    kept = select(StatusEvent).where(StatusEvent.kind == CHANGED)
    return session.scalars(kept.order_by(StatusEvent.id.desc()).limit(limit)).all()


def read_changes(event: StatusEvent) -> list[RowChange]:
    """Return the rows an event changed; none where its words have been erased."""
    text = (event.personal or {}).get("changes")
    return [RowChange(**one) for one in json.loads(text)] if text else []


def _snapshot(session: Session, register: Register) -> dict[str, Cells]:
    return {register.key_of(cells): cells for cells in list_rows(session, register=register)}


def _differences(before: Mapping[str, Cells], after: Mapping[str, Cells]) -> list[RowChange]:
    changes = [RowChange(key, cells, None) for key, cells in before.items() if key not in after]
    for key, cells in after.items():
        old = before.get(key)
        if old is None:
            changes.append(RowChange(key, None, cells))
        elif old != cells:
            names = [name for name in cells if old[name] != cells[name]]
            changes.append(RowChange(key, {n: old[n] for n in names}, {n: cells[n] for n in names}))
    return changes


def _put_on_record(
    session: Session,
    register: Register,
    counts: Mapping[str, Count],
    changes: Sequence[RowChange],
    *,
    by: str,
    source: str,
    now: dt.datetime,
) -> None:
    rows = sum(count.added + count.changed for count in counts.values()) if register.has_own_page else len(changes)
    if not rows:
        return
    # Names and telephones of people are among the cells: they enter the chain as a hash, so that they can be erased.
    words = [{"row": one.row, "before": one.before, "after": one.after} for one in changes]
    record_event(
        session,
        subject=f"register:{register.name}",
        kind=CHANGED,
        occurred_at=now,
        recorded_at=now,
        source=source,
        actor=by,
        facts={"rows": rows},
        personal={"changes": json.dumps(words, ensure_ascii=False)} if words else None,
    )


def _expect_unchanged(shown: Cells, standing: Cells | None) -> None:
    names = shown if standing is None else [name for name in shown if shown[name] != standing.get(name, "")]
    if names:
        raise RowChangedMeanwhile([(name, shown[name], (standing or {}).get(name, "")) for name in names])


def _read_key(register: Register, cells: Cells) -> dict[str, Any]:
    problems, values = [], {}
    for column in register.columns:
        if column.name in register.keys:
            try:
                values[column.name] = column.read(cells.get(column.name, ""))
            except BadCell as bad:
                problems.append(Problem(1, column.name, bad.trouble, bad.detail))
    if problems:
        raise ImportRefused(problems)
    return values
