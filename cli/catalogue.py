"""Put the catalogue of content/catalogue into the tables: skills, products, faults, what to try, common questions."""

from __future__ import annotations

import datetime as dt
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from cli.demo_city.content import list_faults, read_rows
from models import Base, FaultCategory, Product, Skill
from operations.versions.guides import Subject, plant_guide
from policies.guides import GuideKind, Wording
from policies.priorities import Severity
from policies.request_kinds import CARE_PRIORITY, RequestKind

PLANNED_WORK = {RequestKind.PREVENTIVE: "catalogue/care", RequestKind.INSTALLATION: "catalogue/installations"}
BEHIND_THE_MENU = {RequestKind.PREVENTIVE: 90, RequestKind.INSTALLATION: 91}
Row = TypeVar("Row", bound=Base)


def load_catalogue(session: Session, *, now: dt.datetime) -> None:
    """Add what is missing and bring what is there to the words of the files; nothing is removed.

    What callers are told comes into force at `now`, unless the office has written its own meanwhile.
    """
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
    for kind in PLANNED_WORK:
        _load_planned_work(session, kind)
    _load_guides(session, now)


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


def _load_planned_work(session: Session, kind: RequestKind) -> None:
    """What visits of active service and installations need: no faults, and no menu reads them out."""
    skills = {skill.code: skill.id for skill in session.scalars(select(Skill))}
    wanted: dict[str, dict[str, object]] = {
        row["code"]: {
            "family": row["family"],
            "kind": kind,
            "position": BEHIND_THE_MENU[kind],
            "name": row["name"],
            "name_en": row["name_en"],
            "severity": Severity.MINOR,
            "priority": CARE_PRIORITY,
            "duration_minutes": int(row["duration_minutes"]),
            "skill_id": skills[row["skill"]],
            "skill_level": int(row["skill_level"]),
        }
        for row in read_rows(PLANNED_WORK[kind])
    }
    _put(session, FaultCategory, FaultCategory.code, wanted)


def _load_guides(session: Session, now: dt.datetime) -> None:
    written: dict[Subject, dict[int, Wording]] = {}
    for row in read_rows("catalogue/troubleshooting"):
        subject = Subject(GuideKind.STEPS, row["fault"])
        written.setdefault(subject, {})[int(row["position"])] = Wording("", "", row["text"], row["text_en"])
    for row in read_rows("catalogue/questions"):
        subject = Subject(GuideKind.QUESTIONS, row["family"])
        wording = Wording(row["question"], row["question_en"], row["answer"], row["answer_en"])
        written.setdefault(subject, {})[int(row["position"])] = wording
    for subject, wordings in written.items():
        plant_guide(session, subject=subject, wordings=[wordings[one] for one in sorted(wordings)], now=now)


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
