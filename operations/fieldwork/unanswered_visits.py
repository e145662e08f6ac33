"""A technician does not answer, or his text never arrived: telephone him, then ask a dispatcher (D10)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from models import Message, ServiceRequest, Technician, ToldStop, Visit
from models.customer import Asset
from operations.fieldwork.declined_visits import escalate_with_next_best
from operations.fieldwork.visits import accept_visit
from operations.foundation.changes import BOARD, note_change
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.planning.live_plan import lock_live_plan
from outbox.enqueue import enqueue_message
from outbox.words import name_in, say_address, say_count, say_instant
from policies.chasing import ChaseStep, decide_chase
from policies.escalations import EscalationReason
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.message_states import NOT_RECEIVED
from policies.visit_states import VisitState

SCRIPT = "visits_waiting"
ROUTE_TEXTS = ("route_published", "route_changed")


def chase_technicians_of(session: Session, *, area_id: int, house: House, now: dt.datetime) -> int:  # noqa: ARG001
    """Call technicians whose visits wait for an answer, and escalate what a call did not settle; return how many."""
    waiting = _list_waiting(session, area_id)
    if not waiting:
        return 0
    lock_live_plan(session, area_id=area_id, now=now)
    done = 0
    for _, told in groupby(waiting, key=lambda row: row.technician_id):
        done += _chase(session, list(told), now)
    return done


def take_visits_key(session: Session, *, message: Message, is_accepted: bool, house: House, now: dt.datetime) -> str:
    """Take the key of a technician who was called: all his waiting visits are accepted, or go to a dispatcher."""
    technician = session.get_one(Technician, message.values["technician_id"])
    lock_live_plan(session, area_id=technician.area_id, now=now)
    told = [row for row in _list_waiting(session, technician.area_id) if row.technician_id == technician.id]
    if not is_accepted:
        _escalate(session, told, EscalationReason.DECLINED, now)
        return "visits_declined"
    for row in told:
        accept_visit(session, visit=row.visit, house=house, now=now, actor=f"technician:{technician.number}")
    return "visits_accepted"


def note_nobody_took_call(session: Session, *, message: Message, now: dt.datetime) -> None:
    """The call ended without a key: a dispatcher takes over at once."""
    technician = session.get_one(Technician, message.values["technician_id"])
    lock_live_plan(session, area_id=technician.area_id, now=now)
    told = [row for row in _list_waiting(session, technician.area_id) if row.technician_id == technician.id]
    _escalate(session, told, EscalationReason.UNANSWERED, now)


def _list_waiting(session: Session, area_id: int) -> Sequence[ToldStop]:
    """Return what technicians of an area were told and have not answered, by technician and start."""
    return session.scalars(
        select(ToldStop)
        .join(ToldStop.visit)
        .where(Visit.area_id == area_id, Visit.state == VisitState.DISPATCHED)
        .order_by(ToldStop.technician_id, ToldStop.planned_start_at, ToldStop.id)
        .options(
            joinedload(ToldStop.technician),
            joinedload(ToldStop.visit).joinedload(Visit.request).joinedload(ServiceRequest.site),
            joinedload(ToldStop.visit)
            .joinedload(Visit.request)
            .joinedload(ServiceRequest.asset)
            .joinedload(Asset.product),
        )
    ).all()


def _chase(session: Session, told: list[ToldStop], now: dt.datetime) -> int:
    figures = figures_at(session, now)
    lost_at = _undelivered_since(session, told[0].technician_id, min(row.told_at for row in told))
    steps = {
        row.id: decide_chase(
            told_at=row.told_at,
            starts_at=row.planned_start_at,
            is_undelivered=row.told_at in lost_at,
            called_at=row.called_at,
            is_escalated=row.escalated_at is not None,
            figures=figures,
            now=now,
        )
        for row in told
    }
    _escalate(session, [row for row in told if steps[row.id] is ChaseStep.ESCALATE], EscalationReason.UNANSWERED, now)
    if ChaseStep.CALL in steps.values():
        # One call is about everything that waits: whoever is on the line answers for all of it.
        _call(session, [row for row in told if row.called_at is None], now, figures.technician_call_minutes)
    return sum(step is not ChaseStep.WAIT for step in steps.values())


def _undelivered_since(session: Session, technician_id: int, since: dt.datetime) -> set[dt.datetime]:
    """Return the instants at which this technician was told something that never arrived."""
    return set(
        session.scalars(
            select(Message.created_at).where(
                Message.recipient == f"technician:{technician_id}",
                Message.template.in_(ROUTE_TEXTS),
                Message.created_at >= since,
                Message.state.in_(NOT_RECEIVED),
            )
        )
    )


def _call(session: Session, told: list[ToldStop], now: dt.datetime, minutes: int) -> None:
    technician, first = told[0].technician, told[0]
    request = first.visit.request
    language = technician.language
    enqueue_message(
        session,
        event=f"technician:{technician.id}:waiting:{max(row.told_at for row in told):%Y%m%d%H%M%S}",
        recipient=f"technician:{technician.id}",
        to_number=technician.phone,
        language=language,
        template=SCRIPT,
        values={
            "technician_id": technician.id,
            "technician": name_in(technician, language),
            "count": say_count(len(told), language=language),
            "first_time": say_instant(first.planned_start_at, now=now, time_zone=request.time_zone, language=language),
            "address": say_address(_address(first, language), language=language),
            "product": name_in(request.asset.product, language) if request.asset else "",
        },
        now=now,
        expires_at=now + dt.timedelta(minutes=minutes),
        channel=MessageChannel.VOICE,
    )
    for row in told:
        row.called_at = now


def _address(row: ToldStop, language: Language) -> str:
    site = row.visit.request.site
    if site is None:
        return ""
    return (language is Language.EN and site.address_en) or site.address


def _escalate(session: Session, told: Iterable[ToldStop], reason: EscalationReason, now: dt.datetime) -> None:
    for row in told:
        if row.escalated_at is None:
            row.escalated_at = now
            escalate_with_next_best(session, visit=row.visit, reason=reason, now=now)
            note_change(session, topic=BOARD, now=now)
