"""Change the organisation's registers by hand or by file, with what was before and after on record (S1, T4)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import StatusEvent
from operations.foundation.events import record_event, take_turn
from operations.imports.problems import BadCell, ImportRefused, Problem
from operations.imports.sheets import write_sheet
from operations.imports.stored import Count
from operations.office.registers import Register

Cells = dict[str, str]
CHANGED = "register_changed"
LATEST_CHANGES = 50
"""So many changes of a register are looked through for who has changed a row."""


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


def lock_row(session: Session, *, register: Register, key: str) -> Cells | None:
    """Return the row of this key, or None; nobody else changes the register until the transaction ends."""
    take_turn(session, _subject(register))
    return find_row(session, register=register, key=key)


def write_row(
    session: Session, *, register: Register, cells: Cells, standing: Cells | None, by: str, now: dt.datetime
) -> list[RowChange]:
    """Add a row, or change the one that stands and has been locked; the cells are read as those of a file are.

    Raises ImportRefused or RowThereAlready.
    """
    if standing is not None:
        cells = {**cells, **{name: standing[name] for name in register.keys}}
    row = [cells.get(column.name, "") for column in register.columns]
    data = "".join(write_sheet(register.columns, [row], is_chinese=False)).encode()
    kin = _read_first_key(register, cells)
    _, changes = _take(session, register, data, kin, by=by, source="page", now=now)
    if standing is None and all(change.before is not None for change in changes):
        raise RowThereAlready
    return changes


def remove_row(session: Session, *, register: Register, standing: Cells, by: str, now: dt.datetime) -> None:
    """Remove the row that stands and has been locked; raises RowGone or RowInUse."""
    if register.remove is None:
        raise LookupError(register.name)
    values = _read_key(register, standing)
    kin = {register.keys[0]: values[register.keys[0]]}
    before = _snapshot(session, register, kin)
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
        subject=_subject(register),
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


def find_last_change(session: Session, *, register: Register, key: str, names: Collection[str]) -> StatusEvent | None:
    """Return the event that last changed one of these columns of a row, added or removed it; None for long ago."""
    latest = select(StatusEvent).where(StatusEvent.subject == _subject(register), StatusEvent.kind == CHANGED)
    for event in session.scalars(latest.order_by(StatusEvent.position.desc()).limit(LATEST_CHANGES)):
        for change in read_changes(event):
            if change.row == key and any(name in (change.after or change.before or {}) for name in names):
                return event
    return None


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
    take_turn(session, _subject(register))
    before = {} if register.has_own_page else _snapshot(session, register, kin)
    counts = register.take_in(session, data, now, by)
    session.flush()
    changes = [] if register.has_own_page else _differences(before, _snapshot(session, register, kin))
    rows = sum(count.added + count.changed for count in counts.values()) if register.has_own_page else len(changes)
    record_changes(session, register=register, changes=changes, rows=rows, by=by, source=source, now=now)
    return counts, changes


def _subject(register: Register) -> str:
    return f"register:{register.name}"


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
