"""The register of service risks: opened, looked at again, closed with what came of it, every step on record (F5, R)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import case, select
from sqlalchemy.orm import Session, joinedload

from models import ServiceRisk, User
from operations.foundation.events import record_event
from operations.foundation.portions import Portion, read_portion
from policies.service_risks import RiskClosedAlready, RiskKind, RiskLevel, check_day, decide_level

GRAVEST_FIRST = case({level: rank for rank, level in enumerate(reversed(RiskLevel))}, value=ServiceRisk.level)


class OutcomeMissing(ValueError):
    """Whoever closes an entry says what came of its measure."""

    field = "outcome"


@dataclass(frozen=True, slots=True)
class Assessment:
    """How likely and how harmful something is, from 1 to 5, what is done about it, by whom and by which day."""

    likelihood: int
    harm: int
    measure: str
    owner: User
    due_on: dt.date


def risk_subject(risk: ServiceRisk) -> str:
    """Return the name of an entry's chain of events."""
    return f"service_risk:{risk.id}"


def open_risk(
    session: Session,
    *,
    kind: RiskKind,
    title: str,
    assessment: Assessment,
    zone: ZoneInfo,
    by: str,
    now: dt.datetime,
) -> ServiceRisk:
    """Write down what may go wrong or went wrong, with its measure. Raises RatingOutOfScale or MeasureDayWrong."""
    risk = ServiceRisk(kind=kind, title=title, opened_at=now, opened_by=by, outcome="")
    _assess(risk, assessment, today=now.astimezone(zone).date())
    session.add(risk)
    session.flush()
    _record(session, risk, "risk_opened", by=by, now=now)
    return risk


def review_risk(
    session: Session,
    *,
    risk: ServiceRisk,
    assessment: Assessment,
    zone: ZoneInfo,
    by: str,
    now: dt.datetime,
) -> None:
    """Rate an entry anew, or change its measure, whose it is, and until when. Raises also RiskClosedAlready."""
    _lock_open(session, risk)
    _assess(risk, assessment, today=now.astimezone(zone).date())
    session.flush()
    _record(session, risk, "risk_reviewed", by=by, now=now)


def close_risk(session: Session, *, risk: ServiceRisk, outcome: str, by: str, now: dt.datetime) -> None:
    """The measure is carried out, with what came of it. Raises OutcomeMissing or RiskClosedAlready."""
    if not outcome.strip():
        raise OutcomeMissing
    _lock_open(session, risk)
    risk.outcome, risk.closed_at, risk.closed_by = outcome.strip(), now, by
    session.flush()
    _record(session, risk, "risk_closed", by=by, now=now)


def list_open_risks(session: Session) -> Sequence[ServiceRisk]:
    """Return what is open, the gravest first, of those what is due first."""
    return session.scalars(
        select(ServiceRisk)
        .where(ServiceRisk.closed_at.is_(None))
        .order_by(GRAVEST_FIRST, ServiceRisk.due_on, ServiceRisk.id)
        .options(joinedload(ServiceRisk.owner))
    ).all()


def list_closed_risks(session: Session, *, most: int) -> Portion[ServiceRisk]:
    """Return what is closed, the latest first."""
    closed = (
        select(ServiceRisk)
        .where(ServiceRisk.closed_at.is_not(None))
        .order_by(ServiceRisk.closed_at.desc(), ServiceRisk.id.desc())
        .options(joinedload(ServiceRisk.owner))
    )
    return read_portion(session, closed, most=most)


def _assess(risk: ServiceRisk, assessment: Assessment, *, today: dt.date) -> None:
    """Rate an entry; a day that stays as it was may have passed meanwhile."""
    level = decide_level(risk.kind, likelihood=assessment.likelihood, harm=assessment.harm)
    if assessment.due_on != risk.due_on:
        risk.due_on = check_day(assessment.due_on, today=today)
    risk.level, risk.likelihood, risk.harm = level, assessment.likelihood, assessment.harm
    risk.measure, risk.owner = assessment.measure, assessment.owner


def _lock_open(session: Session, risk: ServiceRisk) -> None:
    """Of two who close it at once the second finds it closed."""
    session.refresh(risk, ["closed_at", "due_on"], with_for_update={"of": ServiceRisk})
    if risk.closed_at is not None:
        raise RiskClosedAlready(risk.number)


def _record(session: Session, risk: ServiceRisk, kind: str, *, by: str, now: dt.datetime) -> None:
    record_event(
        session,
        subject=risk_subject(risk),
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="office",
        actor=by,
        facts={"risk": risk.number, "level": str(risk.level), "due": risk.due_on.isoformat()},
    )
