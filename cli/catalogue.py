"""Put the catalogue of content/catalogue into the tables: skills, products, faults, what to try, common questions."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from cli.demo_city.content import list_faults, read_rows
from models import Base, CommonQuestion, FaultCategory, Product, Skill, TroubleshootingStep

Row = TypeVar("Row", bound=Base)


def load_catalogue(session: Session) -> None:
    """Add what is missing and bring what is there to the words of the files; nothing is removed."""
    _put(
        session,
        Skill,
        Skill.code,
        {row["code"]: {"name": row["name"], "name_en": row["name_en"]} for row in read_rows("catalogue/skills")},
    )
    products = read_rows("catalogue/products")
    words = {row["model_code"]: {name: row[name] for name in ("name", "name_en", "family")} for row in products}
    _put(session, Product, Product.model_code, words)
    _load_faults(session)
    _load_steps(session)
    _load_questions(session)


def _load_faults(session: Session) -> None:
    skills = {skill.code: skill.id for skill in session.scalars(select(Skill))}
    wanted: dict[str, dict[str, object]] = {
        fault.code: {
            "family": fault.family,
            "position": fault.position,
            "name": fault.name,
            "name_en": fault.name_en,
            "severity": fault.severity,
            "priority": fault.priority,
            "duration_minutes": fault.duration_minutes,
            "skill_id": skills[fault.skill],
            "skill_level": fault.skill_level,
        }
        for fault in list_faults()
    }
    _put(session, FaultCategory, FaultCategory.code, wanted)


def _load_steps(session: Session) -> None:
    faults = {fault.code: fault.id for fault in session.scalars(select(FaultCategory))}
    stored = {(step.fault_category_id, step.position): step for step in session.scalars(select(TroubleshootingStep))}
    for row in read_rows("catalogue/troubleshooting"):
        key = (faults[row["fault"]], int(row["position"]))
        step = stored.get(key)
        if step is None:
            step = TroubleshootingStep(fault_category_id=key[0], position=key[1])
            session.add(step)
        step.text, step.text_en = row["text"], row["text_en"]
    session.flush()


def _load_questions(session: Session) -> None:
    stored = {(one.family, one.position): one for one in session.scalars(select(CommonQuestion))}
    for row in read_rows("catalogue/questions"):
        key = (row["family"], int(row["position"]))
        question = stored.get(key)
        if question is None:
            question = CommonQuestion(family=key[0], position=key[1])
            session.add(question)
        question.question, question.question_en = row["question"], row["question_en"]
        question.answer, question.answer_en = row["answer"], row["answer_en"]
    session.flush()


def _put(
    session: Session,
    table: type[Row],
    key: InstrumentedAttribute[str],
    wanted: dict[str, dict[str, str]] | dict[str, dict[str, object]],
) -> None:
    stored = {getattr(row, key.key): row for row in session.scalars(select(table))}
    for code, values in wanted.items():
        row = stored.get(code)
        if row is None:
            row = table(**{key.key: code})
            session.add(row)
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
