"""Which customers are called, and about what: visits over, texts that reached nobody, recalls (H15, F2, F3, C8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, cast, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from models import (
    Asset,
    CareDate,
    ContactChoice,
    Customer,
    CustomerCall,
    CustomerPhone,
    Message,
    PreventivePlan,
    Recall,
    ServiceRequest,
    SurveyAnswer,
    Visit,
)
from operations.aftercare.recalls import WITHOUT_TIME
from operations.foundation.figures import figures_at
from operations.hotline.customer_calls import plan_customer_call
from operations.messages.promises import technician_name
from operations.messages.survey_questions import UNASKED
from operations.versions.texts import prompts_at
from outbox.words import name_in, say_instant, say_window
from policies.campaigns import RecallState
from policies.care import CareKind, CareState
from policies.customer_calls import CustomerCallKind, first_waking_call
from policies.message_channels import MessageChannel
from policies.message_purposes import MessagePurpose
from policies.message_states import MessageState
from policies.request_states import RequestState
from policies.visit_states import ENDED, VisitState

MOST_A_ROUND = 50
REMINDER_TEXT = "visit_reminder"
TOLD_BY_CALL = (
    "technician_on_the_way",
    "visit_delayed",
    "visit_late",
    "technician_changed",
    "window_moved",
    "nobody_home",
)
"""Texts of which the customer hears by telephone when they could not be delivered."""
LOST = (MessageState.UNDELIVERED, MessageState.FAILED)
"""A text that was withheld is not told by telephone either: somebody wanted none."""
NEWS_MATTERS = dt.timedelta(hours=2)
TEXT_MATTERS = dt.timedelta(hours=12)
CONTACTS = (CareKind.MONTHLY_CONTACT, CareKind.NEW_CUSTOMER_CALL)
CARE_MATTERS = dt.timedelta(days=2)
RECALL_TEXT = "recall_notice"
RECALL_MATTERS = dt.timedelta(days=7)


def plan_customer_calls(session: Session, *, now: dt.datetime) -> int:
    """Plan every call that is called for and not planned yet; return how many are new."""
    return sum(
        (
            _plan_follow_ups(session, now),
            _plan_texts(session, now),
            _plan_care(session, now),
            _plan_recalls(session, now),
        )
    )


def _plan_follow_ups(session: Session, now: dt.datetime) -> int:
    """Call whoever was asked how a visit was and has not said so, a day after it."""
    figures = figures_at(session, now)
    until_at = now - dt.timedelta(hours=figures.follow_up_call_hours)
    visits = session.scalars(
        select(Visit)
        .join(Visit.request)
        .where(
            Visit.state == VisitState.COMPLETED,
            Visit.completed_at <= until_at,
            Visit.completed_at > now - dt.timedelta(days=figures.follow_up_call_days),
            ServiceRequest.contact_phone.is_not(None),
            ~exists().where(SurveyAnswer.visit_id == Visit.id),
            ~exists().where(Message.visit_id == Visit.id, Message.template == UNASKED),
            ~exists().where(CustomerCall.visit_id == Visit.id, CustomerCall.kind == CustomerCallKind.FOLLOW_UP),
        )
        .order_by(Visit.completed_at, Visit.id)
        .limit(MOST_A_ROUND)
        .options(joinedload(Visit.technician), joinedload(Visit.request).joinedload(ServiceRequest.site))
    ).all()
    return sum(
        plan_customer_call(
            session,
            kind=CustomerCallKind.FOLLOW_UP,
            about=f"visit:{visit.id}",
            request=visit.request,
            values={
                "technician": technician_name(visit, visit.request.language),
                "product": _product(visit.request),
            },
            to_number=visit.request.contact_phone or "",
            wanted_at=now,
            expires_at=(visit.completed_at or now) + dt.timedelta(days=figures.follow_up_call_days),
            now=now,
            visit_id=visit.id,
        )
        is not None
        for visit in visits
    )


def _plan_texts(session: Session, now: dt.datetime) -> int:
    """Tell by telephone what a text could not: landlines take none, and somebody waits at home for it."""
    planned = 0
    for text in _list_lost(session, now):
        visit = session.get(Visit, text.visit_id)
        if visit is None or visit.state in ENDED - {VisitState.NO_ACCESS}:
            continue
        is_reminder = text.template == REMINDER_TEXT
        # Bad news is told at once; what is not for today waits for the morning.
        is_at_once = text.purpose is MessagePurpose.URGENT
        kind = CustomerCallKind.REMINDER if is_reminder else CustomerCallKind.NOTICE
        zones = (visit.request.time_zone,)
        wanted_at = now if is_at_once else first_waking_call(now, time_zones=zones, figures=figures_at(session, now))
        call = plan_customer_call(
            session,
            kind=kind,
            about=f"message:{text.id}",
            request=visit.request,
            values=_spoken_values(text, visit, prompts_at(session, now)(visit.request.language), now),
            to_number=text.to_number,
            wanted_at=wanted_at,
            expires_at=text.created_at + NEWS_MATTERS if is_at_once else visit.window_from_at or now,
            now=now,
            visit_id=visit.id,
        )
        planned += call is not None
    return planned


def _spoken_values(text: Message, visit: Visit, prompts: Mapping[str, str], now: dt.datetime) -> dict[str, Any]:
    """Return what the call says, in words that are spoken: no link, no brackets, times as people say them."""
    request = visit.request
    language, zone = request.language, request.time_zone
    from_at, until_at = visit.window_from_at, visit.window_until_at
    window = say_window(from_at, until_at, now=now, time_zone=zone, language=language) if from_at and until_at else ""
    eta_at = visit.expected_at or from_at or now
    filled = {
        "technician": technician_name(visit, language),
        "window": window,
        "eta": say_instant(max(eta_at, now), now=now, time_zone=zone, language=language),
    }
    spoken = prompts[f"text_{text.template}"].format_map(filled)
    return {"text": spoken, "text_id": text.id, "from_at": from_at.isoformat() if from_at else ""}


def _plan_recalls(session: Session, now: dt.datetime) -> int:
    """Ring the owners of recalled machines who were told and have taken no time, at once where the text was lost."""
    told_until_at = now - dt.timedelta(hours=figures_at(session, now).recall_call_hours)
    is_lost = exists().where(
        Message.request_id == Recall.request_id, Message.template == RECALL_TEXT, Message.state.in_(LOST)
    )
    about = "recall:" + cast(Recall.request_id, String)
    recalls = session.scalars(
        select(Recall)
        .join(ServiceRequest, ServiceRequest.id == Recall.request_id)
        .where(
            Recall.state == RecallState.REQUESTED,
            or_(Recall.told_at <= told_until_at, is_lost),
            WITHOUT_TIME,
            ServiceRequest.area_id.is_not(None),
            ServiceRequest.state != RequestState.CLOSED,
            ServiceRequest.contact_phone.is_not(None),
            ~exists().where(CustomerCall.kind == CustomerCallKind.RECALL, CustomerCall.about == about),
        )
        .order_by(Recall.told_at, Recall.id)
        .limit(MOST_A_ROUND)
        .options(joinedload(Recall.request).joinedload(ServiceRequest.site), joinedload(Recall.asset))
    ).all()
    return sum(
        plan_customer_call(
            session,
            kind=CustomerCallKind.RECALL,
            about=f"recall:{recall.request_id}",
            request=recall.request,
            values={"product": name_in(recall.asset.product, recall.asset.customer.language)},
            to_number=recall.request.contact_phone or "",
            wanted_at=now,
            expires_at=now + RECALL_MATTERS,
            now=now,
        )
        is not None
        for recall in recalls
        if recall.request is not None
    )


def _plan_care(session: Session, now: dt.datetime) -> int:
    """Ring those whose day of a plan of contacts has come, and who have said that such calls are welcome."""
    dates = session.scalars(
        select(CareDate)
        .join(PreventivePlan, PreventivePlan.id == CareDate.plan_id)
        .join(Asset, Asset.id == CareDate.asset_id)
        .join(CustomerPhone, CustomerPhone.customer_id == Asset.customer_id)
        .join(ContactChoice, ContactChoice.address == CustomerPhone.number)
        .where(
            PreventivePlan.is_active,
            PreventivePlan.kind.in_(CONTACTS),
            CareDate.state == CareState.PLANNED,
            CareDate.wanted_on <= now.date(),
            CareDate.wanted_on > (now - CARE_MATTERS).date(),
            ContactChoice.care_agreed_at.is_not(None),
            ContactChoice.channel.in_((MessageChannel.SMS, MessageChannel.VOICE)),
            ~exists().where(CustomerCall.care_date_id == CareDate.id),
        )
        .order_by(CareDate.wanted_on, CareDate.id)
        .limit(MOST_A_ROUND)
        .options(joinedload(CareDate.asset).options(joinedload(Asset.product), joinedload(Asset.site)))
    ).all()
    return sum(_plan_one_care(session, care, now) for care in dict.fromkeys(dates))


def _plan_one_care(session: Session, care: CareDate, now: dt.datetime) -> bool:
    customer: Customer = care.asset.customer
    number = session.scalars(
        select(ContactChoice.address)
        .join(CustomerPhone, CustomerPhone.number == ContactChoice.address)
        .where(CustomerPhone.customer_id == customer.id, ContactChoice.care_agreed_at.is_not(None))
        .order_by(CustomerPhone.id)
        .limit(1)
    ).one()
    zone = ZoneInfo(care.asset.site.time_zone)
    until_at = dt.datetime.combine(care.wanted_on, dt.time(), zone) + CARE_MATTERS
    call = plan_customer_call(
        session,
        kind=CustomerCallKind.CARE,
        about=f"care:{care.id}",
        request=None,
        values={
            "customer": name_in(customer, customer.language),
            "product": name_in(care.asset.product, customer.language),
        },
        to_number=number,
        wanted_at=now,
        expires_at=until_at,
        now=now,
        customer_id=customer.id,
        care_date_id=care.id,
        language=customer.language,
        time_zone=care.asset.site.time_zone,
    )
    return call is not None


def _list_lost(session: Session, now: dt.datetime) -> Sequence[Message]:
    """Return texts about visits that nobody received and no call stands for yet, the oldest first."""
    return session.scalars(
        select(Message)
        .where(
            Message.template.in_((REMINDER_TEXT, *TOLD_BY_CALL)),
            Message.channel == MessageChannel.SMS,
            Message.state.in_(LOST),
            Message.settled_at.is_(None),
            Message.visit_id.is_not(None),
            Message.created_at > now - TEXT_MATTERS,
            ~exists().where(CustomerCall.about == "message:" + cast(Message.id, String)),
        )
        .order_by(Message.id)
        .limit(MOST_A_ROUND)
    ).all()


def _product(request: ServiceRequest) -> str:
    return name_in(request.asset.product, request.language) if request.asset else ""
