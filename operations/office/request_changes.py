"""What the office does to a request by hand: a note, its end with a reason, its second repair (C1, H17)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ServiceRequest, Visit
from operations.aftercare.own_requests import end_request, open_repeat
from operations.clocks.commitments import request_subject
from operations.foundation.events import record_event, take_turn
from operations.foundation.house import House
from operations.planning.live_plan import lock_live_plan
from policies.channels import Channel
from policies.request_states import CLOSED_BY_HAND, SOLVED_REASONS, CloseReason, RequestState
from policies.visit_states import PROMISED, STARTED, VisitState

LONGEST_NOTE = 500


class NoteEmpty(ValueError):
    """A note has no words."""


class RequestMovedOn(RuntimeError):
    """The request no longer stands as it was shown to whoever decides about it."""


class TechnicianOnSite(ValueError):
    """The technician is with the customer: the visit ends there, and the request with it."""


class NotClosableByHand(ValueError):
    """The reason is given by what happened elsewhere: a return that was settled, a handover."""


class NothingToRepeat(ValueError):
    """Only what was closed as solved can turn out not to be; anything else is a request of its own."""


def mark_of(session: Session, *, request: ServiceRequest) -> str:
    """Return a mark of how the request stands, for whoever decides by what they see: it comes back with the decision.

    It changes with what a decision turns on: the request's state, the promised visit and its window, and whether the
    technician has left; not with messages, notes or clocks.
    """
    visit = session.scalars(
        select(Visit).where(Visit.request_id == request.id, Visit.state.in_(PROMISED)).order_by(Visit.id.desc())
    ).first()
    stands = [request.state.value, request.close_reason.value if request.close_reason else ""]
    if visit is not None:
        window = f"{visit.window_from_at:%Y%m%d%H%M}" if visit.window_from_at else ""
        stands += [visit.code, window, visit.state.value if visit.state in STARTED else ""]
    return "-".join(part for part in stands if part)


def add_note(
    session: Session, *, request: ServiceRequest, words: str, is_for_technician: bool, by: str, now: dt.datetime
) -> None:
    """Write a note into the request's record; `is_for_technician` also puts it where whoever goes there reads it.

    Words are cut to LONGEST_NOTE. Raises NoteEmpty.
    """
    note = words.strip()[:LONGEST_NOTE]
    if not note:
        raise NoteEmpty
    record_event(
        session,
        subject=request_subject(request.id),
        kind="note_added",
        occurred_at=now,
        recorded_at=now,
        source="desk",
        actor=by,
        personal={"note": note},
    )
    if is_for_technician:
        session.refresh(request)
        request.note = "\n".join(filter(None, (request.note, note)))


def close_by_hand(
    session: Session,
    *,
    request: ServiceRequest,
    reason: CloseReason,
    words: str,
    seen: str,
    house: House,
    by: str,
    now: dt.datetime,
) -> None:
    """Close a request with its reason, and why in words; visits still planned are called off and people told.

    Raises NotClosableByHand, RequestMovedOn when it stands otherwise than `seen` (see `mark_of`), or TechnicianOnSite.
    """
    if reason not in CLOSED_BY_HAND:
        raise NotClosableByHand(reason)
    _take_turn(session, request, seen=seen, now=now)
    on_site = select(Visit.id).where(Visit.request_id == request.id, Visit.state == VisitState.ON_SITE).limit(1)
    if session.scalar(on_site) is not None:
        raise TechnicianOnSite(request.number)
    end_request(
        session,
        request=request,
        reason=reason,
        house=house,
        now=now,
        source="desk",
        actor=by,
        words=words.strip()[:LONGEST_NOTE],
    )


def repeat_by_hand(session: Session, *, request: ServiceRequest, by: str, now: dt.datetime) -> ServiceRequest:
    """A request closed as solved was not: return its second repair, which is opened once and counted (H17).

    Raises NothingToRepeat.
    """
    _take_turn(session, request, seen="", now=now)
    if request.state is not RequestState.CLOSED or request.close_reason not in SOLVED_REASONS:
        raise NothingToRepeat(request.number)
    known = session.scalars(
        select(ServiceRequest).where(ServiceRequest.repeat_of_id == request.id).order_by(ServiceRequest.id.desc())
    ).first()
    return known or open_repeat(
        session,
        request=request,
        channel=Channel.DESK,
        language=request.language,
        opened_at=now,
        now=now,
        contact_phone=request.contact_phone,
        answered_by=by,
    )


def _take_turn(session: Session, request: ServiceRequest, *, seen: str, now: dt.datetime) -> None:
    """Wait until nobody else changes the request or its place in the plan, in the order all do, and read it anew."""
    if request.area_id is not None:
        lock_live_plan(session, area_id=request.area_id, now=now)
    take_turn(session, request_subject(request.id))
    session.flush()
    session.refresh(request)
    if seen and mark_of(session, request=request) != seen:
        raise RequestMovedOn(request.number)
