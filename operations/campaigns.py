"""A recall from the serials to the last machine done: told, visited, settled, nobody forgotten (C8)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import Asset, Campaign, Customer, FaultCategory, Product, Recall, ServiceRequest
from operations.house import House
from operations.requests import open_request
from operations.visits import draft_visit
from outbox.enqueue import enqueue_message
from policies.campaigns import BY_HAND, SETTLED, CampaignState, RecallState, move_recall
from policies.channels import Channel
from policies.request_kinds import RequestKind
from policies.request_states import CloseReason, RequestState

MOST_A_ROUND = 100
TOLD_UNTIL = dt.timedelta(days=3)
SOLVING = frozenset({CloseReason.SOLVED, CloseReason.EXCHANGED, CloseReason.REFUNDED})


class SerialsWrongWayRound(ValueError):
    """The first serial of a range comes after its last."""

    field = "serial_until"


class NobodyConcerned(ValueError):
    """No machine on file has a serial in the range."""

    field = "serial_from"


class MachineRecalledAlready(ValueError):
    """A machine of the range is in an open campaign for the same fault already; its serial is named."""

    field = "serial_from"


def open_campaign(
    session: Session,
    *,
    product: Product,
    fault_category: FaultCategory,
    serial_from: str,
    serial_until: str,
    notice: str,
    by: str,
    now: dt.datetime,
) -> Campaign:
    """Open a recall of every machine on file whose serial lies in the range, both ends included.

    A machine that was exchanged stands with nobody any more.
    """
    if serial_from > serial_until:
        raise SerialsWrongWayRound(f"{serial_from} > {serial_until}")
    assets = session.scalars(
        select(Asset)
        .where(
            Asset.product_id == product.id,
            Asset.serial >= serial_from,
            Asset.serial <= serial_until,
            Asset.replaced_by_id.is_(None),
        )
        .order_by(Asset.id)
    ).all()
    if not assets:
        raise NobodyConcerned(f"{serial_from} – {serial_until}")
    twice = session.scalars(
        select(Asset.serial)
        .join(Recall, Recall.asset_id == Asset.id)
        .join(Campaign, Campaign.id == Recall.campaign_id)
        .where(
            Asset.id.in_(select(Asset.id).where(Asset.product_id == product.id)),
            Asset.serial >= serial_from,
            Asset.serial <= serial_until,
            Campaign.state == CampaignState.OPEN,
            Campaign.fault_category_id == fault_category.id,
        )
    ).first()
    if twice is not None:
        raise MachineRecalledAlready(twice)
    campaign = Campaign(
        product=product,
        fault_category=fault_category,
        serial_from=serial_from,
        serial_until=serial_until,
        notice=notice,
        state=CampaignState.OPEN,
        opened_at=now,
        opened_by=by,
    )
    session.add(campaign)
    session.flush()
    session.add_all(Recall(campaign_id=campaign.id, asset_id=asset.id, state=RecallState.FOUND) for asset in assets)
    session.flush()
    return campaign


def tell_owners(session: Session, *, house: House, now: dt.datetime) -> int:
    """Write to the owners who have not been told, a round at a time; return how many were.

    Who has no number we could write to stands as unreachable, for somebody to find.
    """
    recalls = _round(session, RecallState.FOUND)
    for recall in recalls:
        customer = recall.asset.customer
        if not customer.phones:
            recall.state = move_recall(recall.state, RecallState.UNREACHABLE)
            continue
        enqueue_message(
            session,
            event=f"recall:{recall.id}:told",
            recipient=f"customer:{customer.id}",
            to_number=customer.phones[0].number,
            language=customer.language,
            template="recall_notice",
            values={"serial": recall.asset.serial, "hotline": house.hotline_number},
            now=now,
            expires_at=now + TOLD_UNTIL,
        )
        recall.state, recall.told_at = move_recall(recall.state, RecallState.TOLD), now
    session.flush()
    return len(recalls)


def raise_requests(session: Session, *, now: dt.datetime) -> int:
    """Open a request with a visit to plan for each machine whose owner was told; return how many.

    Its owner hears of it at the hotline and takes a window; the desk sees it waiting.
    """
    recalls = _round(session, RecallState.TOLD)
    for recall in recalls:
        customer = recall.asset.customer
        request = open_request(
            session,
            channel=Channel.PLAN,
            kind=RequestKind.PREVENTIVE,
            language=customer.language,
            opened_at=now,
            now=now,
            answered_by="recall",
            contact_phone=customer.phones[0].number if customer.phones else None,
            asset=recall.asset,
            fault_category=recall.campaign.fault_category,
            note=recall.campaign.notice,
        )
        if request.area_id is not None:
            draft_visit(session, request=request)
        recall.state, recall.request = move_recall(recall.state, RecallState.REQUESTED), request
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
    for campaign in session.scalars(select(Campaign).where(Campaign.state == CampaignState.OPEN)):
        if set(count_recalls(session, campaign=campaign)) <= SETTLED:
            campaign.state, campaign.closed_at = CampaignState.CLOSED, now
    session.flush()
    return len(closed)


def give_up(session: Session, *, recall: Recall, note: str) -> None:
    """Nothing more can be done about a machine (scrapped, gone abroad), with the reason."""
    recall.state, recall.note = move_recall(recall.state, RecallState.GIVEN_UP), note.strip()
    session.flush()


def reach(session: Session, *, recall: Recall, now: dt.datetime) -> None:
    """Somebody has spoken with an owner we could not write to, or who had put it off; a request follows."""
    recall.state, recall.told_at = move_recall(recall.state, RecallState.TOLD), now
    session.flush()


def count_recalls(session: Session, *, campaign: Campaign) -> Mapping[RecallState, int]:
    """Return how many machines of a campaign stand where."""
    rows = session.execute(
        select(Recall.state, func.count()).where(Recall.campaign_id == campaign.id).group_by(Recall.state)
    )
    return Counter(dict(rows.all()))


def percent_done(counts: Mapping[RecallState, int]) -> int:
    """Return how far a campaign is, rounded down: 100 only when every machine is settled."""
    whole = sum(counts.values())
    return 100 * sum(counts.get(state, 0) for state in SETTLED) // whole if whole else 0


def list_campaigns(session: Session) -> Sequence[Campaign]:
    """Return all campaigns, the newest first."""
    return session.scalars(select(Campaign).order_by(Campaign.id.desc()).options(joinedload(Campaign.product))).all()


def list_by_hand(session: Session) -> Sequence[Recall]:
    """Return the machines whose owners somebody must find or speak with, the oldest first."""
    return session.scalars(
        select(Recall)
        .join(Campaign, Campaign.id == Recall.campaign_id)
        .where(Recall.state.in_(BY_HAND), Campaign.state == CampaignState.OPEN)
        .order_by(Recall.id)
        .limit(MOST_A_ROUND)
        .options(joinedload(Recall.asset).joinedload(Asset.customer))
    ).all()


def _round(session: Session, state: RecallState) -> Sequence[Recall]:
    return session.scalars(
        select(Recall)
        .join(Campaign, Campaign.id == Recall.campaign_id)
        .where(Recall.state == state, Campaign.state == CampaignState.OPEN)
        .order_by(Recall.id)
        .limit(MOST_A_ROUND)
        .options(
            joinedload(Recall.campaign).joinedload(Campaign.fault_category),
            joinedload(Recall.asset).joinedload(Asset.customer).options(selectinload(Customer.phones)),
        )
    ).all()
