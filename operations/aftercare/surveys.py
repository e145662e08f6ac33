"""A score from 1 to 5 after a visit, by text or page: kept once, and a low one is a complaint by itself (F2)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import InboundMessage, Message, ServiceRequest, SurveyAnswer, Visit
from operations.aftercare.complaints import open_request_complaint
from operations.clocks.commitments import request_subject
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.messages.survey_questions import ASKING, UNASKED
from outbox.enqueue import enqueue_message
from policies.channels import Channel
from policies.complaints import ComplaintCategory
from policies.message_states import NOT_RECEIVED
from policies.surveys import LOW_SCORE, read_score
from policies.visit_states import VisitState

THANKS_EXPIRE = dt.timedelta(hours=2)


def take_survey_text(session: Session, *, text: InboundMessage, house: House, now: dt.datetime) -> SurveyAnswer | None:
    """Take a text for the score of the last visit its sender was told is done; None when it is no score or of none."""
    score = read_score(text.body)
    visit = _last_told(session, text.from_number, now) if score else None
    if score is None or visit is None:
        return None
    text.request_id, text.visit_id = visit.request_id, visit.id
    return note_score(
        session, visit=visit, score=score, channel=Channel.SMS, contact_phone=text.from_number, house=house, now=now
    )


def find_surveyed_visit(session: Session, *, request: ServiceRequest, now: dt.datetime) -> Visit | None:
    """Return the request's last finished visit while its customer may still say how it was, or None."""
    since = now - dt.timedelta(days=figures_at(session, now).survey_days)
    return session.scalars(
        select(Visit)
        .where(Visit.request_id == request.id, Visit.state == VisitState.COMPLETED, Visit.completed_at > since)
        .order_by(Visit.id.desc())
        .limit(1)
    ).one_or_none()


def find_answer(session: Session, *, visit: Visit) -> SurveyAnswer | None:
    """Return what the customer said of a visit, or None."""
    return session.scalars(select(SurveyAnswer).where(SurveyAnswer.visit_id == visit.id)).one_or_none()


def note_score(
    session: Session,
    *,
    visit: Visit,
    score: int,
    channel: Channel,
    contact_phone: str | None,
    house: House,
    now: dt.datetime,
) -> SurveyAnswer:
    """Keep the first answer to a visit, 1 to 5, whichever way it came; a later one changes nothing.

    A low one opens a complaint about the result, which has its own clock. A text is thanked for; a page says so itself.
    """
    session.execute(select(Visit.id).where(Visit.id == visit.id).with_for_update())
    known = find_answer(session, visit=visit)
    if known is not None:
        return known
    answer = SurveyAnswer(
        visit_id=visit.id, request_id=visit.request_id, technician_id=visit.technician_id, score=score, answered_at=now
    )
    session.add(answer)
    session.flush()
    record_event(
        session,
        subject=request_subject(visit.request_id),
        kind="survey_answered",
        occurred_at=now,
        recorded_at=now,
        source=str(channel),
        actor="customer",
        facts={"visit": visit.id, "score": score},
    )
    if score <= LOW_SCORE:
        open_request_complaint(
            session,
            request=visit.request,
            category=ComplaintCategory.RESULT,
            channel=channel,
            contact_phone=contact_phone,
            house=house,
            now=now,
        )
    elif channel is Channel.SMS and contact_phone is not None:
        _thank(session, contact_phone, visit, house, now)
    return answer


def _last_told(session: Session, number: str, now: dt.datetime) -> Visit | None:
    """Return the visit whose last text this number got last, while an answer counts; an unasked score counts too."""
    since = now - dt.timedelta(days=figures_at(session, now).survey_days)
    asked = session.scalars(
        select(Message.visit_id)
        .where(
            Message.to_number == number,
            Message.template.in_((ASKING, UNASKED)),
            Message.created_at > since,
            Message.state.not_in(NOT_RECEIVED),
        )
        .order_by(Message.id.desc())
        .limit(1)
    ).one_or_none()
    return session.get_one(Visit, asked) if asked is not None else None


def _thank(session: Session, phone: str, visit: Visit, house: House, now: dt.datetime) -> None:
    request = visit.request
    enqueue_message(
        session,
        event=f"survey:{visit.id}",
        recipient=f"customer:{request.customer_id}" if request.customer_id else f"number:{phone}",
        to_number=phone,
        language=request.language,
        template="survey_thanks",
        values={"hotline": house.hotline_number},
        now=now,
        expires_at=now + THANKS_EXPIRE,
        request_id=request.id,
    )
