"""Low answers about visits: why, the complaint each opened, and what is done about it (F2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ScalarSelect, case, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from models import Complaint, ServiceRequest, SurveyAnswer, Technician
from operations.aftercare.complaints import record_step
from operations.foundation.portions import Portion, count_found
from policies.channels import Channel
from policies.complaints import ComplaintCategory, ComplaintState
from policies.surveys import LOW_SCORE

MEMORY = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class LowAnswer:
    """One low answer: about whose visit, for which request, and the complaint that stands for it."""

    answer: SurveyAnswer
    request_number: str
    technician: Technician | None
    complaint: Complaint | None


def list_low_answers(session: Session, *, now: dt.datetime, most: int) -> Portion[LowAnswer]:
    """Return the low answers of the last 90 days, those nobody has closed the matter of first, then the newest."""
    is_closed = case((Complaint.state == ComplaintState.CLOSED, 1), else_=0)
    wanted = (
        select(SurveyAnswer, ServiceRequest.number, Technician, Complaint)
        .join(ServiceRequest, ServiceRequest.id == SurveyAnswer.request_id)
        .outerjoin(Technician, Technician.id == SurveyAnswer.technician_id)
        .outerjoin(Complaint, Complaint.id == _stands_for_it())
        .where(SurveyAnswer.score <= LOW_SCORE, SurveyAnswer.answered_at > now - MEMORY)
        .order_by(is_closed, SurveyAnswer.answered_at.desc(), SurveyAnswer.id.desc())
    )
    answers = [LowAnswer(*row) for row in session.execute(wanted.options(joinedload(Complaint.owner)).limit(most))]
    return Portion(answers, len(answers) if len(answers) < most else count_found(session, wanted))


def find_unexplained(session: Session, *, answer: SurveyAnswer) -> Complaint | None:
    """Return the complaint a low answer opened while nobody has said why and it is not closed, or None."""
    if answer.score > LOW_SCORE:
        return None
    complaint = session.scalars(
        select(Complaint).join(SurveyAnswer, SurveyAnswer.id == answer.id).where(Complaint.id == _stands_for_it())
    ).one_or_none()
    is_told = complaint is None or complaint.words or complaint.state is ComplaintState.CLOSED
    return None if is_told else complaint


def note_reason(session: Session, *, answer: SurveyAnswer, words: str, now: dt.datetime) -> None:
    """Keep beside a low answer why it is so, in the customer's words; what was said first stands."""
    session.refresh(answer, with_for_update={"of": SurveyAnswer})
    complaint = find_unexplained(session, answer=answer)
    if complaint is None:
        return
    complaint.words = words.strip()
    record_step(
        session,
        complaint,
        "complaint_worded",
        at=now,
        now=now,
        source=str(Channel.WEB),
        actor="customer",
        personal={"words": complaint.words},
    )


def _stands_for_it() -> ScalarSelect[int]:
    """The complaint of an answer: opened at its own instant, or open about its request already."""
    opened = aliased(Complaint)
    return (
        select(func.max(opened.id))
        .where(
            opened.request_id == SurveyAnswer.request_id,
            opened.category == ComplaintCategory.RESULT,
            opened.opened_at <= SurveyAnswer.answered_at,
        )
        .correlate(SurveyAnswer)
        .scalar_subquery()
    )
