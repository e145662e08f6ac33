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
from operations.foundation.events import record_event
from operations.imports.problems import BadCell, ImportRefused, Problem
from operations.imports.sheets import write_sheet
from operations.imports.stored import Count
from operations.office.registers import Register

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
    return [register.cells(row) for row in register.listing.write_all(session)]


def find_row(session: Session, *, register: Register, key: str) -> Cells | None:
    """Return the row of this key, or None."""
    values = register.read_key(key)
    found = [] if values is None else list(register.listing.write_some(session, values=values))
    return register.cells(found[0]) if found else None


def take_file(
    session: Session, *, register: Register, data: bytes, by: str, source: str, now: dt.datetime
) -> tuple[dict[str, Count], list[RowChange]]:
    """Take in a file, all of it or, raising ImportRefused, nothing; return what was counted and what changed.

    Registers with pages of their own have histories of their own: of them only the counts go on record.
    """
    return _take(session, register, data, None, by=by, source=source, now=now)


def write_row(
    session: Session, *, register: Register, cells: Cells, shown: Cells | None, by: str, now: dt.datetime
) -> list[RowChange]:
    """Add a row, or change the one that was `shown`; the cells are read as those of a file are.

    Raises ImportRefused, RowThereAlready, or RowChangedMeanwhile when the row is no longer what was shown.
    """
    if shown is not None:
        expect_unchanged(session, register=register, shown=shown)
        cells = {**cells, **{name: shown[name] for name in register.keys}}
    row = [cells.get(column.name, "") for column in register.columns]
    data = "".join(write_sheet(register.columns, [row], is_chinese=False)).encode()
    kin = _read_first_key(register, cells)
    _, changes = _take(session, register, data, kin, by=by, source="page", now=now)
    if shown is None and all(change.before is not None for change in changes):
        raise RowThereAlready
    return changes


def expect_unchanged(session: Session, *, register: Register, shown: Cells) -> None:
    """Do nothing when a row is what was shown; else raise RowChangedMeanwhile."""
    _compare(shown, find_row(session, register=register, key=register.key_of(shown)))


def remove_row(session: Session, *, register: Register, shown: Cells, by: str, now: dt.datetime) -> None:
    """Remove the row that was shown; raises RowGone, RowInUse or RowChangedMeanwhile."""
    if register.remove is None:
        raise LookupError(register.name)
    values = _read_key(register, shown)
    kin = {register.keys[0]: values[register.keys[0]]}
    before = _snapshot(session, register, kin)
    standing = before.get(register.key_of(shown))
    if standing is not None:
        _compare(shown, standing)
    register.remove(session, values, by, now)
    session.flush()
    changes = _differences(before, _snapshot(session, register, kin))
    record_changes(session, register=register, changes=changes, by=by, source="page", now=now)


def record_changes(
    session: Session,
    *,
    register: Register,
    changes: Sequence[RowChange],
    by: str,
    source: str,
    now: dt.datetime,
    rows: int | None = None,
) -> None:
    """Put on record what became of rows; `rows` is how many where only that is known. Nothing changed is no record."""
    rows = len(changes) if rows is None else rows
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


def list_register_events(session: Session, *, limit: int) -> Sequence[StatusEvent]:
    """Return who changed what the organisation is set up with, the latest first."""
    kept = select(StatusEvent).where(StatusEvent.kind == CHANGED)
    return session.scalars(kept.order_by(StatusEvent.id.desc()).limit(limit)).all()


def read_changes(event: StatusEvent) -> list[RowChange]:
    """Return the rows an event changed; none where its words have been erased."""
    text = (event.personal or {}).get("changes")
    return [RowChange(**one) for one in json.loads(text)] if text else []


def _take(
    session: Session,
    register: Register,
    data: bytes,
    kin: Mapping[str, Any] | None,
    *,
    by: str,
    source: str,
    now: dt.datetime,
) -> tuple[dict[str, Count], list[RowChange]]:
    before = {} if register.has_own_page else _snapshot(session, register, kin)
    counts = register.take_in(session, data, now, by)
    session.flush()
    changes = [] if register.has_own_page else _differences(before, _snapshot(session, register, kin))
    rows = sum(count.added + count.changed for count in counts.values()) if register.has_own_page else len(changes)
    record_changes(session, register=register, changes=changes, rows=rows, by=by, source=source, now=now)
    return counts, changes


def _snapshot(session: Session, register: Register, kin: Mapping[str, Any] | None) -> dict[str, Cells]:
    """Return the rows by key: all of them, or those of one first key, which is all that a single row can change."""
    listing = register.listing
    rows = listing.write_all(session) if kin is None else listing.write_some(session, values=kin)
    return {register.key_of(cells): cells for cells in map(register.cells, rows)}


def _read_first_key(register: Register, cells: Cells) -> dict[str, Any]:
    """Return the first key's value as a file's reader has it; none where it cannot be read, which refuses the row."""
    name = register.keys[0]
    column = next(one for one in register.columns if one.name == name)
    try:
        return {name: column.read(cells.get(name, ""))}
    except BadCell:
        return {name: None}


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


def _compare(shown: Cells, standing: Cells | None) -> None:
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
