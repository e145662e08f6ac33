"""Take back what was planned and has not been used: a shift, an absence, a turn on duty, a certificate (D3, T1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Absence, Base, Certificate, DutyTurn, Shift, Skill, Technician
from operations.plan_events import record_changed_absence
from operations.planning.live_plan import lock_live_plan, take_step

Remove = Callable[[Session, Mapping[str, Any], str, dt.datetime], None]
"""Takes the values of a row's key, who removes it and when."""


class RowGone(LookupError):
    """There is no such row any more."""


class RowInUse(ValueError):
    """Something hangs on this row: visits on a shift, a major fault on a turn of duty."""


def remove_shift(session: Session, values: Mapping[str, Any], _by: str, now: dt.datetime) -> None:
    """Remove a shift that no visit or route needs; raises RowGone or RowInUse. The live plan takes a step."""
    technician = _technician(session, values)
    # The plan first: nobody may be given the shift between the look and the removal.
    plan = lock_live_plan(session, area_id=technician.area_id, now=now)
    own = select(Shift).where(Shift.technician_id == technician.id, Shift.starts_at == values["starts_at"])
    _delete(session, own)
    take_step(session, plan=plan, now=now)


def remove_certificate(session: Session, values: Mapping[str, Any], _by: str, now: dt.datetime) -> None:
    """Remove a certificate; raises RowGone. The live plan takes a step: nobody is sent for the skill without it."""
    technician = _technician(session, values)
    plan = lock_live_plan(session, area_id=technician.area_id, now=now)
    own = select(Certificate).join(Certificate.skill)
    _delete(
        session,
        own.where(
            Certificate.technician_id == technician.id,
            Skill.code == values["skill"],
            Certificate.valid_until_on == values["valid_until_on"],
        ),
    )
    take_step(session, plan=plan, now=now)


def remove_absence(session: Session, values: Mapping[str, Any], by: str, now: dt.datetime) -> None:
    """Take an absence back; raises RowGone. The planner is asked anew when it is not over yet."""
    technician = _technician(session, values)
    plan = lock_live_plan(session, area_id=technician.area_id, now=now)
    own = select(Absence).where(
        Absence.technician_id == technician.id, Absence.absent_from_at == values["absent_from_at"]
    )
    absence = session.scalars(own).first()
    is_open = absence is not None and absence.absent_until_at > now
    _delete(session, own)
    if is_open:
        record_changed_absence(session, technician=technician, until_at=now, by=by, now=now)
    take_step(session, plan=plan, now=now)


def remove_duty_turn(session: Session, values: Mapping[str, Any], _by: str, _now: dt.datetime) -> None:
    """Remove a turn on duty in which nobody has taken a major fault; raises RowGone or RowInUse."""
    _delete(session, select(DutyTurn).where(DutyTurn.phone == values["phone"], DutyTurn.from_at == values["from_at"]))


def _technician(session: Session, values: Mapping[str, Any]) -> Technician:
    number = values["technician_number"]
    found = session.scalars(select(Technician).where(Technician.number == number)).one_or_none()
    if found is None:
        raise RowGone(number)
    return found


def _delete(session: Session, which: Select[Any]) -> None:
    row: Base | None = session.scalars(which).first()
    if row is None:
        raise RowGone
    try:
        with session.begin_nested():
            session.delete(row)
            session.flush()
    except IntegrityError as error:
        raise RowInUse from error
