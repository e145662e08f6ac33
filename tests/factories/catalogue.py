"""Skills, products and what can be wrong with them."""

from sqlalchemy.orm import Session

from models import FaultCategory, Product, Skill
from policies.priorities import Severity
from tests.factories.numbers import next_number


def make_skill(session: Session, *, code: str = "") -> Skill:
    skill = Skill(code=code or f"skill{next_number()}", name="投影机", name_en="Projectors")
    session.add(skill)
    session.flush()
    return skill


def make_product(session: Session, *, family: str = "projector") -> Product:
    code = f"LX-{next_number()}"
    product = Product(model_code=code, name="光影投影机", name_en="Lumen projector", family=family)
    session.add(product)
    session.flush()
    return product


def make_fault(
    session: Session,
    skill: Skill,
    *,
    family: str = "projector",
    position: int = 1,
    skill_level: int = 1,
    duration_minutes: int = 60,
    severity: Severity = Severity.NORMAL,
) -> FaultCategory:
    fault = FaultCategory(
        code=f"fault{next_number()}",
        family=family,
        position=position,
        name="没有图像",
        name_en="no picture",
        severity=severity,
        priority=50,
        duration_minutes=duration_minutes,
        skill_id=skill.id,
        skill_level=skill_level,
    )
    session.add(fault)
    session.flush()
    return fault
