"""Open, find and close service requests (H4, H17)."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Area, Asset, Complaint, FaultCategory, ServiceRequest, Territory
from operations.clocks.commitments import refresh_commitments, request_subject
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.messages.escalations import escalate
from operations.money.agreements import promise_agreed_times
from policies.channels import Channel
from policies.escalations import EscalationReason
from policies.languages import Language
from policies.priorities import Severity, decide_priority
from policies.request_kinds import CARE_PRIORITY, RequestKind
from policies.request_numbers import draw_request_number
from policies.request_states import CloseReason, RequestState, move_request
from policies.segments import Segment

NUMBER_TRIES = 20


class NoFreeRequestNumber(RuntimeError):
    """Twenty drawn request numbers were all taken; eight digits are no longer enough."""


def open_request(
    session: Session,
    *,
    channel: Channel,
    language: Language,
    opened_at: dt.datetime,
    now: dt.datetime,
    answered_by: str,
    contact_phone: str | None,
    asset: Asset | None = None,
    fault_category: FaultCategory | None = None,
    severity: Severity | None = None,
    note: str = "",
    repeat_of: ServiceRequest | None = None,
    kind: RequestKind = RequestKind.REPAIR,
) -> ServiceRequest:
    """Open one customer matter and start its clocks at `opened_at`, the instant of the call (D1).

    What we planned ourselves starts none: its window is agreed, and it leaves repairs their room (D15).
    `repeat_of` is the matter this one continues: it comes first of its kind, and is counted (H17).
    """
    decided = severity or (fault_category.severity if fault_category else Severity.NORMAL)
    request = ServiceRequest(
        number=draw_free_number(session),
        area_id=_find_area_id(session, asset),
        customer_id=asset.customer_id if asset else None,
        site_id=asset.site_id if asset else None,
        asset_id=asset.id if asset else None,
        fault_category_id=fault_category.id if fault_category else None,
        kind=kind,
        channel=channel,
        contact_phone=contact_phone,
        language=language,
        severity=decided,
        priority=CARE_PRIORITY
        if kind is RequestKind.PREVENTIVE
        else _priority(asset, fault_category, decided, is_repeat=repeat_of is not None),
        repeat_of_id=repeat_of.id if repeat_of else None,
        state=RequestState.OPEN,
        note=note,
        answered_by=answered_by,
        opened_at=opened_at,
    )
    session.add(request)
    session.flush()
    record_event(
        session,
        subject=request_subject(request.id),
        kind="request_opened" if kind is RequestKind.REPAIR else "request_planned",
        occurred_at=opened_at,
        recorded_at=now,
        source=channel,
        actor=answered_by,
        facts=_opening_facts(request, repeat_of),
        personal={"contact_phone": contact_phone} if contact_phone else None,
    )
    refresh_commitments(session, subject=request_subject(request.id), request_id=request.id, now=now)
    if kind is RequestKind.REPAIR:
        promise_agreed_times(session, request=request, by=answered_by, now=now)
    if repeat_of is not None:
        escalate(session, request=request, reason=EscalationReason.REPEAT, now=now)
    note_change(session, topic=BOARD, now=now)
    return request


def open_planned_request(
    session: Session, *, asset: Asset, fault_category: FaultCategory | None, note: str, by: str, now: dt.datetime
) -> ServiceRequest:
    """Open the request of a visit that we propose to a machine's owner, as care or a recall does; `by` says which."""
    customer = asset.customer
    return open_request(
        session,
        channel=Channel.PLAN,
        kind=RequestKind.PREVENTIVE,
        language=customer.language,
        opened_at=now,
        now=now,
        answered_by=by,
        contact_phone=customer.phones[0].number if customer.phones else None,
        asset=asset,
        fault_category=fault_category,
        note=note,
    )


def reclassify_request(
    session: Session, *, request: ServiceRequest, asset: Asset, fault_category: FaultCategory, now: dt.datetime
) -> None:
    """Take another machine or fault for a request nobody has promised a visit for; its clocks run on."""
    if (request.asset_id, request.fault_category_id) == (asset.id, fault_category.id):
        return
    request.asset, request.site_id, request.customer_id = asset, asset.site_id, asset.customer_id
    request.area_id = _find_area_id(session, asset)
    request.fault_category, request.severity = fault_category, fault_category.severity
    request.priority = _priority(asset, fault_category, request.severity, is_repeat=request.repeat_of_id is not None)
    session.flush()
    record_event(
        session,
        subject=request_subject(request.id),
        kind="request_reclassified",
        occurred_at=now,
        recorded_at=now,
        source=request.channel,
        actor=request.answered_by,
        facts={"fault": fault_category.code, "severity": str(request.severity), "priority": request.priority},
    )
    note_change(session, topic=BOARD, now=now)


def close_request(
    session: Session,
    *,
    request: ServiceRequest,
    reason: CloseReason,
    now: dt.datetime,
    source: str,
    actor: str,
    words: str = "",
) -> None:
    """Close a request with its reason (H17), and why in somebody's words; a closed one raises RequestMoveRefused."""
    request.state = move_request(request.state, RequestState.CLOSED)
    request.close_reason = reason
    request.closed_at = now
    record_event(
        session,
        subject=request_subject(request.id),
        kind="request_closed",
        occurred_at=now,
        recorded_at=now,
        source=source,
        actor=actor,
        facts={"reason": str(reason)},
        personal={"reason": words} if words else None,
    )
    refresh_commitments(session, subject=request_subject(request.id), request_id=request.id, now=now)
    note_change(session, topic=BOARD, now=now)


def _priority(asset: Asset | None, fault_category: FaultCategory | None, severity: Severity, *, is_repeat: bool) -> int:
    return decide_priority(
        fault_priority=fault_category.priority if fault_category else 50,
        severity=severity,
        is_vip=asset is not None and asset.customer.segment is Segment.VIP,
        is_repeat=is_repeat,
    )


def _opening_facts(request: ServiceRequest, repeat_of: ServiceRequest | None) -> dict[str, Any]:
    facts = {"number": request.number, "severity": str(request.severity), "priority": request.priority}
    return facts | ({"repeat_of": repeat_of.number} if repeat_of else {})


def draw_free_number(session: Session) -> str:
    """Return a number nobody has, neither a request nor a complaint: people do not tell them apart."""
    draws = secrets.SystemRandom()
    for _ in range(NUMBER_TRIES):
        number = draw_request_number(draws)
        taken = [
            session.scalar(select(table.id).where(table.number == number)) for table in (ServiceRequest, Complaint)
        ]
        if taken == [None, None]:
            return number
    raise NoFreeRequestNumber


def _find_area_id(session: Session, asset: Asset | None) -> int | None:
    if asset is not None:
        if asset.site.territory_id is None:
            return None
        return session.get_one(Territory, asset.site.territory_id).area_id
    areas = session.scalars(select(Area.id).limit(2)).all()
    return areas[0] if len(areas) == 1 else None
