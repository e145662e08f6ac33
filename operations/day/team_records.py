"""What is on record about a technician, and what customers said of their visits (T1, T2, F2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Certificate, ServiceRequest, Skill, SurveyAnswer, TeamRecord, Technician
from operations.foundation.portions import Portion, count_found
from operations.planning.live_plan import lock_live_plan, take_step
from policies.team_records import RecordWithdrawnAlready, TeamRecordKind, check_record


def note_record(
    session: Session,
    *,
    technician: Technician,
    kind: TeamRecordKind,
    happened_on: dt.date,
    words: str,
    by: str,
    now: dt.datetime,
    skill: Skill | None = None,
    is_passed: bool = True,
) -> TeamRecord:
    """Put something on record about a technician.

    A training for a skill takes a step on the live plan: who failed is not sent for it, who passes it is again.
    Raises RecordWordless, RecordAhead or SkillOutOfPlace.
    """
    today = now.astimezone(ZoneInfo(technician.area.time_zone)).date()
    check_record(kind, words=words, happened_on=happened_on, today=today, is_about_skill=skill is not None)
    record = TeamRecord(
        technician=technician,
        kind=kind,
        happened_on=happened_on,
        words=words.strip(),
        skill=skill,
        is_passed=is_passed if skill is not None else None,
        recorded_at=now,
        recorded_by=by,
        withdrawn_why="",
    )
    session.add(record)
    session.flush()
    _plan_again(session, record, now=now)
    return record


def withdraw_record(session: Session, *, record: TeamRecord, why: str, by: str, now: dt.datetime) -> None:
    """Take an entry back, with the reason; it stays readable. RecordWithdrawnAlready the second time."""
    if record.withdrawn_at is not None:
        raise RecordWithdrawnAlready(record.id)
    record.withdrawn_at, record.withdrawn_by, record.withdrawn_why = now, by, why.strip()
    session.flush()
    _plan_again(session, record, now=now)


def list_records(session: Session, *, technician: Technician) -> Sequence[TeamRecord]:
    """Return all there is on record about a technician, the latest first, what was withdrawn too."""
    return session.scalars(
        select(TeamRecord)
        .where(TeamRecord.technician_id == technician.id)
        .order_by(TeamRecord.happened_on.desc(), TeamRecord.id.desc())
        .options(joinedload(TeamRecord.skill))
    ).all()


def list_certificates(session: Session, *, technician: Technician) -> Sequence[Certificate]:
    """Return the technician's certificates, the one that ends first coming first."""
    return session.scalars(
        select(Certificate)
        .where(Certificate.technician_id == technician.id)
        .order_by(Certificate.valid_until_on, Certificate.id)
        .options(joinedload(Certificate.skill))
    ).all()


def list_answers(
    session: Session, *, technician: Technician, since_at: dt.datetime, most: int
) -> Portion[tuple[SurveyAnswer, str]]:
    """Return what customers answered since an instant about the technician's visits, each with its request's number."""
    wanted = (
        select(SurveyAnswer, ServiceRequest.number)
        .join(ServiceRequest, ServiceRequest.id == SurveyAnswer.request_id)
        .where(SurveyAnswer.technician_id == technician.id, SurveyAnswer.answered_at >= since_at)
        .order_by(SurveyAnswer.answered_at.desc(), SurveyAnswer.id.desc())
    )
    found = [(answer, number) for answer, number in session.execute(wanted.limit(most))]
    return Portion(found, len(found) if len(found) < most else count_found(session, wanted))


def _plan_again(session: Session, record: TeamRecord, *, now: dt.datetime) -> None:
    if record.skill_id is not None:
        take_step(session, plan=lock_live_plan(session, area_id=record.technician.area_id, now=now), now=now)
