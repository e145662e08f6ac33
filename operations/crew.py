"""Which technicians of an area a dispatcher wants to look at: by territory, by skill (D9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Area, Skill, Technician, TechnicianSkill, Territory


@dataclass(frozen=True, slots=True)
class CrewChoices:
    """What a board can be narrowed to."""

    areas: Sequence[Area]
    territories: Sequence[Territory]
    skills: Sequence[Skill]


def list_crew_choices(session: Session, *, area_id: int) -> CrewChoices:
    """Return all areas, and the territories and skills of this one's technicians, by code."""
    held = select(TechnicianSkill.skill_id).join(Technician).where(Technician.area_id == area_id)
    return CrewChoices(
        session.scalars(select(Area).order_by(Area.code)).all(),
        session.scalars(select(Territory).where(Territory.area_id == area_id).order_by(Territory.code)).all(),
        session.scalars(select(Skill).where(Skill.id.in_(held)).order_by(Skill.code)).all(),
    )


def find_crew(session: Session, *, area_id: int, territory_code: str, skill_code: str) -> frozenset[int]:
    """Return the ids of the area's technicians who serve a territory and hold a skill; an empty code asks for any."""
    wanted = select(Technician).where(Technician.area_id == area_id)
    if skill_code:
        held = select(TechnicianSkill.technician_id).join(Skill).where(Skill.code == skill_code)
        wanted = wanted.where(Technician.id.in_(held))
    return frozenset(
        technician.id
        for technician in session.scalars(wanted)
        if not territory_code or not technician.territory_codes or territory_code in technician.territory_codes
    )
