"""Whose certificate lapses when, and who failed a training: the planner sends nobody for the skill after that (T1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Area, Certificate, Skill, TeamRecord
from policies.certificates import lapses_at, may_be_sent

Lapses = Mapping[tuple[int, str], dt.datetime]
"""By technician and skill: the instant from which the latest certificate or training holds no more, if any."""


def read_lapses(session: Session, *, area_id: int, technician_ids: set[int]) -> Lapses:
    """Read when technicians' certificates lapse, and since when a failed training stands, by the area's calendar."""
    rows = session.execute(
        select(Certificate.technician_id, Skill.code, func.max(Certificate.valid_until_on))
        .join(Skill, Skill.id == Certificate.skill_id)
        .where(Certificate.technician_id.in_(technician_ids))
        .group_by(Certificate.technician_id, Skill.code)
    ).all()
    failed = _read_failed(session, technician_ids)
    if not rows and not failed:
        return {}
    time_zone = session.scalars(select(Area.time_zone).where(Area.id == area_id)).one()
    last_days = {(technician_id, code): last_on for technician_id, code, last_on in rows}
    found: dict[tuple[int, str], dt.datetime | None] = {}
    for key in last_days.keys() | failed.keys():
        held = [last_days[key]] if key in last_days else []
        found[key] = lapses_at(held, failed_on=failed.get(key), time_zone=time_zone)
    return {key: at for key, at in found.items() if at is not None}


def _read_failed(session: Session, technician_ids: set[int]) -> dict[tuple[int, str], dt.date]:
    """Return the day of the latest training of each technician for a skill, where it was failed."""
    trainings = session.execute(
        select(TeamRecord.technician_id, Skill.code, TeamRecord.is_passed, TeamRecord.happened_on)
        .join(Skill, Skill.id == TeamRecord.skill_id)
        .where(TeamRecord.technician_id.in_(technician_ids), TeamRecord.withdrawn_at.is_(None))
        .order_by(TeamRecord.happened_on, TeamRecord.id)
    )
    latest = {(technician_id, code): (is_passed, on) for technician_id, code, is_passed, on in trainings}
    return {key: on for key, (is_passed, on) in latest.items() if is_passed is False}


def held_until(skills: Mapping[str, int], lapses: Lapses, *, technician_id: int, at: dt.datetime) -> dict[str, int]:
    """Return the skills that still hold at an instant, the end of a shift."""
    return {
        code: level for code, level in skills.items() if may_be_sent(lapses.get((technician_id, code)), until_at=at)
    }
