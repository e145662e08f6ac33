"""One machine of a recall: a request for it, its owner told how to choose a time, called, settled (C8)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, String, and_, cast, exists, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import Asset, Campaign, Customer, CustomerCall, Recall, ServiceRequest, Visit
from operations.aftercare.campaigns import close_finished
from operations.aftercare.own_requests import end_request
from operations.fieldwork.visits import draft_visit
from operations.foundation.house import House
from operations.foundation.links import make_request_link
from operations.matters.handovers import hand_over
from operations.matters.requests import open_planned_request
from operations.messages.escalations import escalate
from operations.messages.request_messages import tell_about_request
from policies.campaigns import ASKED_AGAIN_AFTER, BY_HAND, CampaignState, RecallState, move_recall
from policies.customer_calls import OPEN, CustomerCallKind
from policies.escalations import EscalationReason
from policies.request_states import CloseReason, RequestState
from policies.visit_states import PROMISED, VisitState

MOST_A_ROUND = 100
MOST_LISTED = 200
ACTOR = "recall"
SOLVING = frozenset({CloseReason.SOLVED, CloseReason.EXCHANGED, CloseReason.REFUNDED, CloseReason.HANDED_OVER})
"""A request handed over closes when the service point has done the work."""
WITHOUT_TIME = ~exists().where(Visit.request_id == Recall.request_id, Visit.state.in_(PROMISED))
"""Whether no window is promised for the request of a recall."""


def raise_requests(session: Session, *, house: House, now: dt.datetime) -> int:
    """Open a request for each machine whose turn it is, and tell its owner how to choose a time; how many moved.

    A round at a time. An owner we have no number of stands as unreachable, for somebody to find. Outside every
    territory a service point is asked; with none, a dispatcher.
    """
    recalls = _round(session)
    for recall in recalls:
        if recall.state is RecallState.FOUND and not recall.asset.customer.phones:
            recall.state = move_recall(recall.state, RecallState.UNREACHABLE)
            continue
        request = _open(session, recall, now=now)
        recall.state, recall.request = move_recall(recall.state, RecallState.REQUESTED), request
        recall.told_at = now
        _tell(session, recall, request, house=house, now=now)
        if request.area_id is not None:
            draft_visit(session, request=request)
        elif hand_over(session, request=request, house=house, now=now) is None:
            escalate(session, request=request, reason=EscalationReason.OUT_OF_AREA, now=now)
    session.flush()
    return len(recalls)


def settle_recalls(session: Session, *, now: dt.datetime) -> int:
    """Bring machines in line with what became of their requests, and close campaigns that are done.

    A request closed without the machine being put right leaves it put off: somebody speaks with its owner, and the
    campaign stays open until then.
    """
    closed = session.scalars(
        select(Recall)
        .join(ServiceRequest, ServiceRequest.id == Recall.request_id)
        .where(Recall.state == RecallState.REQUESTED, ServiceRequest.state == RequestState.CLOSED)
        .options(joinedload(Recall.request))
    ).all()
    for recall in closed:
        is_done = recall.request is not None and recall.request.close_reason in SOLVING
        recall.state = move_recall(recall.state, RecallState.DONE if is_done else RecallState.PUT_OFF)
        recall.request = recall.request if is_done else None
    session.flush()
    close_finished(session, now=now)
    return len(closed)


def give_up(session: Session, *, recall: Recall, note: str, house: House, by: str, now: dt.datetime) -> None:
    """Nothing more can be done about a machine (scrapped, gone abroad), with the reason; nobody drives there any more.

    RecallMoveRefused once it is settled.
    """
    recall.state, recall.note = move_recall(recall.state, RecallState.GIVEN_UP), note.strip()
    session.flush()
    request = recall.request
    if request is not None and request.state is not RequestState.CLOSED:
        end_request(
            session, request=request, reason=CloseReason.WITHDRAWN, house=house, now=now, source="desk", actor=by
        )


def reach(session: Session, *, recall: Recall, now: dt.datetime) -> None:
    """Somebody has spoken with an owner we could not reach, who put it off, or who has taken no time.

    Where there is no request a new one follows; where there is, its owner has some days more to choose.
    """
    if recall.state is not RecallState.REQUESTED:
        recall.state = move_recall(recall.state, RecallState.TOLD)
    recall.told_at = now
    session.flush()


def list_by_hand(session: Session, *, now: dt.datetime) -> Sequence[Recall]:
    """Return the machines whose owners somebody must find or speak with, the oldest first.

    Among them those who were told and called, and have taken no time since.
    """
    return session.scalars(
        select(Recall)
        .join(Campaign, Campaign.id == Recall.campaign_id)
        .where(Campaign.state == CampaignState.OPEN, or_(Recall.state.in_(BY_HAND), _is_silent(now)))
        .order_by(Recall.id)
        .limit(MOST_A_ROUND)
        .options(joinedload(Recall.asset).joinedload(Asset.customer), joinedload(Recall.request))
    ).all()


def list_recalls(
    session: Session, *, campaign: Campaign, state: RecallState | None, limit: int | None = MOST_LISTED
) -> Sequence[Recall]:
    """Return a campaign's machines, those of one state or all, by serial."""
    query = select(Recall).join(Asset, Asset.id == Recall.asset_id).where(Recall.campaign_id == campaign.id)
    if state is not None:
        query = query.where(Recall.state == state)
    parts = joinedload(Recall.asset).joinedload(Asset.customer), joinedload(Recall.request)
    return session.scalars(query.order_by(Asset.serial).limit(limit).options(*parts)).all()


def list_windows(session: Session, *, recalls: Sequence[Recall]) -> dict[int, Visit]:
    """Return by request the visit that is promised for it, or that has put its machine right."""
    ids = [recall.request_id for recall in recalls if recall.request_id is not None]
    visits = session.scalars(
        select(Visit)
        .where(Visit.request_id.in_(ids), Visit.state.in_(PROMISED | {VisitState.COMPLETED}))
        .order_by(Visit.id)
    )
    return {visit.request_id: visit for visit in visits}


def _is_silent(now: dt.datetime) -> ColumnElement[bool]:
    """Whether an owner was told and called, has had some days, and has taken no time."""
    call = exists().where(
        CustomerCall.kind == CustomerCallKind.RECALL,
        CustomerCall.about == "recall:" + cast(Recall.request_id, String),
        CustomerCall.state.not_in(OPEN),
    )
    return and_(Recall.state == RecallState.REQUESTED, Recall.told_at <= now - ASKED_AGAIN_AFTER, WITHOUT_TIME, call)


def _open(session: Session, recall: Recall, *, now: dt.datetime) -> ServiceRequest:
    campaign = recall.campaign
    return open_planned_request(
        session, asset=recall.asset, fault_category=campaign.fault_category, note=campaign.notice, by=ACTOR, now=now
    )


def _tell(session: Session, recall: Recall, request: ServiceRequest, *, house: House, now: dt.datetime) -> None:
    """Tell the owner once for each request: whoever was spoken with gets the new link too."""
    is_ours = request.area_id is not None
    values = {"serial": recall.asset.serial}
    if is_ours and request.contact_phone is not None:
        values["link"] = make_request_link(session, request=request, house=house, now=now)
    tell_about_request(
        session,
        request=request,
        event=f"recall:{recall.id}:{request.id}",
        template="recall_notice" if is_ours else "recall_notice_partner",
        values=values,
        house=house,
        now=now,
    )


def _round(session: Session) -> Sequence[Recall]:
    return session.scalars(
        select(Recall)
        .join(Campaign, Campaign.id == Recall.campaign_id)
        .where(Recall.state.in_((RecallState.FOUND, RecallState.TOLD)), Campaign.state == CampaignState.OPEN)
        .order_by(Recall.state == RecallState.FOUND, Recall.id)
        .limit(MOST_A_ROUND)
        .options(
            joinedload(Recall.campaign).joinedload(Campaign.fault_category),
            joinedload(Recall.asset).joinedload(Asset.customer).options(selectinload(Customer.phones)),
        )
    ).all()
