"""Low answers about visits, each with the complaint it opened, for whoever has to see what is done about them (F2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from models import Complaint, ServiceRequest, SurveyAnswer, Technician
from policies.complaints import ComplaintCategory, ComplaintState
from policies.surveys import LOW_SCORE

MOST_LISTED = 100
MEMORY = dt.timedelta(days=90)


@dataclass(frozen=True, slots=True)
class LowAnswer:
    """One low answer: about whose visit, for which request, and the complaint that stands for it."""

    answer: SurveyAnswer
    request_number: str
    technician: Technician | None
    complaint: Complaint | None


def list_low_answers(session: Session, *, now: dt.datetime) -> Sequence[LowAnswer]:
    """Return the low answers of the last 90 days, those nobody has closed the matter of first, then the newest."""
    opened = aliased(Complaint)
    # An answer opens a complaint at its own instant, or belongs to one that was open about the request already.
    stands_for_it = (
        select(func.max(opened.id))
        .where(
            opened.request_id == SurveyAnswer.request_id,
            opened.category == ComplaintCategory.RESULT,
            opened.opened_at <= SurveyAnswer.answered_at,
        )
        .scalar_subquery()
    )
    is_closed = case((Complaint.state == ComplaintState.CLOSED, 1), else_=0)
    rows = session.execute(
        select(SurveyAnswer, ServiceRequest.number, Technician, Complaint)
        .join(ServiceRequest, ServiceRequest.id == SurveyAnswer.request_id)
        .outerjoin(Technician, Technician.id == SurveyAnswer.technician_id)
        .outerjoin(Complaint, Complaint.id == stands_for_it)
        .where(SurveyAnswer.score <= LOW_SCORE, SurveyAnswer.answered_at > now - MEMORY)
        .order_by(is_closed, SurveyAnswer.answered_at.desc(), SurveyAnswer.id.desc())
        .limit(MOST_LISTED)
        .options(joinedload(Complaint.owner))
    )
    return [LowAnswer(*row) for row in rows]
