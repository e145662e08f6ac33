"""Remove what nothing hangs on: a shift, an absence, a turn on duty, a certificate, an entry of a list (D3, T1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import (
    Absence,
    Area,
    Base,
    Certificate,
    DutyTurn,
    FaultCategory,
    Guide,
    Product,
    Shift,
    Skill,
    Technician,
    Territory,
)
from operations.planning.live_plan import lock_live_plan, take_step
from operations.planning.plan_events import record_changed_absence
from policies.guides import GuideKind

Remove = Callable[[Session, Mapping[str, Any], str, dt.datetime], None]
"""Takes the values of a row's key, who removes it and when."""


class RowGone(LookupError):
    """There is no such row any more."""


class RowInUse(ValueError):
    """Something hangs on this row: visits on a shift, a major fault on a turn of duty, machines on a model."""


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


def remove_skill(session: Session, values: Mapping[str, Any], _by: str, _now: dt.datetime) -> None:
    """Remove a skill that nobody has and no fault needs; raises RowGone or RowInUse."""
    _delete(session, select(Skill).where(Skill.code == values["skill_code"]))


def remove_fault(session: Session, values: Mapping[str, Any], _by: str, _now: dt.datetime) -> None:
    """Remove a fault that was never reported and has no guide; raises RowGone or RowInUse."""
    code = values["fault_code"]
    if session.scalar(select(Guide.id).where(Guide.kind == GuideKind.STEPS, Guide.about == code).limit(1)) is not None:
        raise RowInUse(code)
    _delete(session, select(FaultCategory).where(FaultCategory.code == code))


def remove_product(session: Session, values: Mapping[str, Any], _by: str, _now: dt.datetime) -> None:
    """Remove a model of which there is no machine and no guide; raises RowGone or RowInUse."""
    code = values["model_code"]
    if session.scalar(select(Guide.id).where(Guide.model_code == code).limit(1)) is not None:
        raise RowInUse(code)
    _delete(session, select(Product).where(Product.model_code == code))


def remove_area(session: Session, values: Mapping[str, Any], _by: str, _now: dt.datetime) -> None:
    """Remove an area without territories, technicians and plans; raises RowGone or RowInUse."""
    _delete(session, select(Area).where(Area.code == values["area"]))


def remove_territory(session: Session, values: Mapping[str, Any], _by: str, now: dt.datetime) -> None:
    """Remove a territory without sites and technicians; raises RowGone or RowInUse. The live plan takes a step."""
    territory = session.scalars(select(Territory).where(Territory.code == values["territory_code"])).one_or_none()
    if territory is None:
        raise RowGone(values["territory_code"])
    plan = lock_live_plan(session, area_id=territory.area_id, now=now)
    # Technicians name their territories in a list, which no foreign key guards.
    for codes in session.scalars(select(Technician.territory_codes).where(Technician.area_id == territory.area_id)):
        if territory.code in codes:
            raise RowInUse(territory.code)
    _delete(session, select(Territory).where(Territory.id == territory.id))
    take_step(session, plan=plan, now=now)


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
