"""Whose certificate lapses when: after that the planner sends nobody for the skill (T1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Area, Certificate, Skill

Lapses = Mapping[tuple[int, str], dt.datetime]
"""By technician and skill: the instant from which the latest certificate no longer holds. Others need none."""


def read_lapses(session: Session, *, area_id: int, technician_ids: set[int]) -> Lapses:
    """Read when each technician's certificates lapse, by the calendar of their area."""
    rows = session.execute(
        select(Certificate.technician_id, Skill.code, func.max(Certificate.valid_until_on))
        .join(Skill, Skill.id == Certificate.skill_id)
        .where(Certificate.technician_id.in_(technician_ids))
        .group_by(Certificate.technician_id, Skill.code)
    ).all()
    if not rows:
        return {}
    zone = ZoneInfo(session.scalars(select(Area.time_zone).where(Area.id == area_id)).one())
    return {(technician_id, code): _end_of(last_on, zone) for technician_id, code, last_on in rows}


def held_until(skills: Mapping[str, int], lapses: Lapses, *, technician_id: int, at: dt.datetime) -> dict[str, int]:
    """Return the skills that still hold at an instant, the end of a shift."""
    return {code: level for code, level in skills.items() if lapses.get((technician_id, code), at) >= at}


def _end_of(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone).astimezone(dt.UTC)
