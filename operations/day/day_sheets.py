"""A day on paper or in a table: one line per visit, in the order each technician drives (D9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models import Shift, Stop, Technician, Visit
from operations.day.day import Day
from policies.visit_states import VisitState


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One visit of a sheet: when it starts and ends, as planned or as it was."""

    visit: Visit
    starts_at: dt.datetime
    ends_at: dt.datetime
    travel_minutes: int


@dataclass(frozen=True, slots=True)
class DaySheet:
    """One technician's day."""

    technician: Technician
    shifts: Sequence[Shift]
    lines: Sequence[SheetLine]


def list_sheets(day: Day) -> list[DaySheet]:
    """Return a sheet for each technician who works or has a visit that day, by number."""
    sheets = []
    for technician in day.technicians:
        shifts = [shift for shift in day.shifts if shift.technician_id == technician.id]
        lines = sorted(_lines(day, technician), key=lambda line: line.starts_at)
        if shifts or lines:
            sheets.append(DaySheet(technician, shifts, lines))
    return sheets


def _lines(day: Day, technician: Technician) -> Iterator[SheetLine]:
    for stop in day.stops:
        if stop.shift.technician_id == technician.id and stop.visit is not None:
            yield _planned(stop, stop.visit)
    for visit in day.ended_visits:
        if visit.technician_id != technician.id or visit.state is VisitState.CANCELLED:
            continue
        began_at, ended_at = visit.arrived_at or visit.completed_at, visit.completed_at or visit.arrived_at
        if began_at is not None and ended_at is not None:
            yield SheetLine(visit, began_at, ended_at, 0)


def _planned(stop: Stop, visit: Visit) -> SheetLine:
    return SheetLine(visit, stop.planned_start_at, stop.planned_end_at, round(stop.travel_seconds / 60))
