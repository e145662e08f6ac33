"""Who works in an area now or next, who does not, and how many visits hang on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Absence, PlanEvent, Shift, Stop, Technician
from policies.plan_events import PlanEventKind

AHEAD = dt.timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class CrewMember:
    """A technician, the shift that runs or comes next within a day, and what stands against it.

    `absence` runs now or begins within the shift. `free_at` is when somebody late can go on. `visits` are the visits
    and held windows the plan gives the shift.
    """

    technician: Technician
    shift: Shift | None
    absence: Absence | None
    free_at: dt.datetime | None
    visits: int


def list_crew(session: Session, *, area_id: int, now: dt.datetime) -> Sequence[CrewMember]:
    """Return everybody of the area by number."""
    technicians = session.scalars(
        select(Technician).where(Technician.area_id == area_id).order_by(Technician.number)
    ).all()
    ids = [technician.id for technician in technicians]
    shifts: dict[int, Shift] = {}
    for shift in session.scalars(
        select(Shift)
        .where(Shift.technician_id.in_(ids), Shift.ends_at > now, Shift.starts_at < now + AHEAD)
        .order_by(Shift.starts_at.desc())
    ):
        shifts[shift.technician_id] = shift
    rows = session.execute(
        select(Stop.shift_id, func.count().label("visits"))
        .where(Stop.shift_id.in_([shift.id for shift in shifts.values()]))
        .group_by(Stop.shift_id)
    )
    visits = {row.shift_id: row.visits for row in rows}
    absences = _read_absences(session, shifts, now)
    late = _read_late(session, ids, now)
    return [
        CrewMember(one, shift, absences.get(one.id), late.get(one.id), visits.get(shift.id, 0) if shift else 0)
        for one in technicians
        for shift in [shifts.get(one.id)]
    ]


def _read_absences(session: Session, shifts: dict[int, Shift], now: dt.datetime) -> dict[int, Absence]:
    """Return for each technician the first absence that runs now or touches the shift."""
    found: dict[int, Absence] = {}
    for absence in session.scalars(
        select(Absence)
        .where(Absence.absent_until_at > now, Absence.absent_from_at < now + 2 * AHEAD)
        .order_by(Absence.absent_from_at)
    ):
        shift = shifts.get(absence.technician_id)
        is_running = absence.absent_from_at <= now
        if is_running or (shift and absence.absent_from_at < shift.ends_at):
            found.setdefault(absence.technician_id, absence)
    return found


def _read_late(session: Session, technician_ids: Sequence[int], now: dt.datetime) -> dict[int, dt.datetime]:
    rows = session.execute(
        select(PlanEvent.technician_id, PlanEvent.free_at)
        .where(
            PlanEvent.technician_id.in_(technician_ids),
            PlanEvent.kind == PlanEventKind.TECHNICIAN_LATE,
            PlanEvent.free_at > now,
        )
        .order_by(PlanEvent.id)
    )
    return {technician_id: free_at for technician_id, free_at in rows if technician_id is not None and free_at}
