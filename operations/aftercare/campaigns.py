"""Recall campaigns: which machines are concerned, how far each campaign is, and when it is done (C8)."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from models import Asset, Campaign, FaultCategory, Product, Recall
from policies.campaigns import SETTLED, CampaignState, RecallState

SERIALS_NAMED = 5
"""So many of the serials that are not on file are named in the refusal."""


class SerialsWrongWayRound(ValueError):
    """The first serial of a range comes after its last."""

    field = "serial_until"


class SerialsUnknown(ValueError):
    """Serials of a batch that no machine of the model on file has; the first of them are named."""

    field = "serials"


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
    campaign = Campaign(
        product=product,
        fault_category=fault_category,
        serial_from=serial_from,
        serial_until=serial_until,
        is_batch=False,
        notice=notice,
    )
    return _open(session, campaign, Asset.serial.between(serial_from, serial_until), by=by, now=now)


def open_batch_campaign(
    session: Session,
    *,
    product: Product,
    fault_category: FaultCategory,
    serials: Sequence[str],
    notice: str,
    by: str,
    now: dt.datetime,
) -> Campaign:
    """Open a recall of the machines with these serials; SerialsUnknown where one of them is not on file."""
    known = set(session.scalars(select(Asset.serial).where(Asset.product_id == product.id, Asset.serial.in_(serials))))
    unknown = sorted(set(serials) - known)
    if unknown:
        more = f" + {len(unknown) - SERIALS_NAMED}" if len(unknown) > SERIALS_NAMED else ""
        raise SerialsUnknown(", ".join(unknown[:SERIALS_NAMED]) + more)
    campaign = Campaign(
        product=product,
        fault_category=fault_category,
        serial_from=min(serials, default=""),
        serial_until=max(serials, default=""),
        is_batch=True,
        notice=notice,
    )
    return _open(session, campaign, Asset.serial.in_(serials), by=by, now=now)


def close_finished(session: Session, *, now: dt.datetime) -> int:
    """Close the campaigns of which every machine is settled; return how many."""
    closed = 0
    for campaign in session.scalars(select(Campaign).where(Campaign.state == CampaignState.OPEN)):
        if set(count_recalls(session, campaign=campaign)) <= SETTLED:
            campaign.state, campaign.closed_at = CampaignState.CLOSED, now
            closed += 1
    session.flush()
    return closed


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


def list_open_campaigns(session: Session) -> Sequence[Campaign]:
    """Return the campaigns the public is told of, the newest first."""
    query = select(Campaign).where(Campaign.state == CampaignState.OPEN).order_by(Campaign.id.desc())
    return session.scalars(query.options(joinedload(Campaign.product))).all()


def _open(
    session: Session, campaign: Campaign, is_meant: ColumnElement[bool], *, by: str, now: dt.datetime
) -> Campaign:
    assets = session.scalars(
        select(Asset)
        .where(Asset.product_id == campaign.product.id, is_meant, Asset.replaced_by_id.is_(None))
        .order_by(Asset.id)
    ).all()
    if not assets:
        raise NobodyConcerned(f"{campaign.serial_from} – {campaign.serial_until}")
    twice = session.scalars(
        select(Asset.serial)
        .join(Recall, Recall.asset_id == Asset.id)
        .join(Campaign, Campaign.id == Recall.campaign_id)
        .where(
            Asset.product_id == campaign.product.id,
            is_meant,
            Campaign.state == CampaignState.OPEN,
            Campaign.fault_category_id == campaign.fault_category.id,
        )
    ).first()
    if twice is not None:
        raise MachineRecalledAlready(twice)
    campaign.state, campaign.opened_at, campaign.opened_by = CampaignState.OPEN, now, by
    session.add(campaign)
    session.flush()
    session.add_all(Recall(campaign_id=campaign.id, asset_id=asset.id, state=RecallState.FOUND) for asset in assets)
    session.flush()
    return campaign
