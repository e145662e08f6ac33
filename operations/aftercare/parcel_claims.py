"""Claims against couriers: raised for what was lost or damaged, answered in time, owed once granted (P3, M2).

What the customer's own machine was worth is owed to the customer meanwhile, whatever the courier says.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from models import ParcelClaim, Receivable, ServiceRequest, Shipment
from operations.aftercare.shipments import find_next_step, is_owed_by_courier, lock_shipment
from operations.clocks.clock_events import agree_target
from operations.clocks.commitments import refresh_commitments, request_subject
from operations.foundation.changes import BOARD, note_change
from operations.foundation.events import record_event
from operations.foundation.figures import figures_at
from operations.foundation.house import House
from operations.messages.request_messages import tell_about_request
from operations.money.receivables import owe
from policies.authority import check_authority
from policies.commitments import CommitmentKind
from policies.money import write_amount
from policies.parcel_claims import (
    STANDING,
    ClaimState,
    Loss,
    check_grant,
    claimable_cents,
    move_claim,
)
from policies.receivables import ReceivableKind
from policies.roles import Role
from policies.shipments import COMPENSABLE, ShipmentState

CURRENCY = "CNY"


class ParcelNotLost(ValueError):
    """Nothing can be claimed for a parcel that may still come, or has come whole."""


class ParcelClaimedAlready(ValueError):
    """A claim for this parcel is with the courier, or granted."""


class NothingToClaim(ValueError):
    """Neither insured nor with a carriage: the courier owes nothing for it."""

    field = "carriage"


class CompensationNotDue(ValueError):
    """The parcel is no customer's own machine that is lost or damaged, or it is compensated."""


class CustomerUnknown(ValueError):
    """The request is nobody's on file: there is nobody to owe it to."""


def claim_subject(claim: ParcelClaim) -> str:
    """Return the name of a claim's own chain of events."""
    return f"parcel_claim:{claim.id}"


def raise_claim(
    session: Session,
    *,
    shipment: Shipment,
    value_cents: int,
    loss_cents: int,
    insured_cents: int,
    carriage_cents: int,
    reference: str,
    by: str,
    now: dt.datetime,
) -> ParcelClaim:
    """Claim what the courier owes for a parcel; the courier's time to answer begins.

    Raises ParcelNotLost, ParcelClaimedAlready, LossImpossible or NothingToClaim.
    """
    lock_shipment(session, shipment)
    figures = figures_at(session, now)
    if not is_owed_by_courier(session, shipment=shipment, now=now):
        raise ParcelNotLost(str(shipment.id))
    standing = select(ParcelClaim).where(ParcelClaim.shipment_id == shipment.id, ParcelClaim.state.in_(STANDING))
    if (other := session.scalars(standing).first()) is not None:
        raise ParcelClaimedAlready(other.number)
    is_gone = shipment.state is not ShipmentState.DAMAGED
    claimed_cents = claimable_cents(
        Loss(value_cents, loss_cents, insured_cents, carriage_cents, is_gone),
        carriage_times=figures.claim_carriage_times,
    )
    if claimed_cents == 0:
        raise NothingToClaim(str(shipment.id))
    claim = ParcelClaim(
        shipment=shipment,
        state=ClaimState.RAISED,
        currency=CURRENCY,
        value_cents=value_cents,
        loss_cents=loss_cents,
        insured_cents=insured_cents,
        carriage_cents=carriage_cents,
        claimed_cents=claimed_cents,
        reference=reference,
        raised_at=now,
        raised_by=by,
        due_at=now + dt.timedelta(days=figures.claim_answer_days),
    )
    session.add(claim)
    session.flush()
    _step(session, claim, "claim_raised", cents=claimed_cents, by=by, now=now)
    agree_target(
        session,
        subject=claim_subject(claim),
        request_id=shipment.request_id,
        kind=CommitmentKind.COURIER_CLAIM,
        until=claim.due_at,
        by=by,
        now=now,
    )
    _refresh(session, claim, now=now)
    return claim


def grant_claim(
    session: Session, *, claim: ParcelClaim, granted_cents: int, answer: str, by: str, now: dt.datetime
) -> Receivable:
    """The courier pays, all or a part: the courier owes it from now on. Raises ClaimMoveRefused or GrantImpossible."""
    granted_cents = check_grant(claimed_cents=claim.claimed_cents, granted_cents=granted_cents)
    _move(session, claim, ClaimState.GRANTED)
    claim.granted_cents = granted_cents
    _answer(session, claim, "claim_granted", answer, cents=granted_cents, by=by, now=now)
    return _owe_by_courier(session, claim, granted_cents, now=now)


def refuse_claim(session: Session, *, claim: ParcelClaim, answer: str, by: str, now: dt.datetime) -> None:
    """The courier pays nothing and says why; it can be claimed once more. Raises ClaimMoveRefused."""
    _move(session, claim, ClaimState.REFUSED)
    _answer(session, claim, "claim_refused", answer, cents=0, by=by, now=now)


def withdraw_claim(session: Session, *, claim: ParcelClaim, reason: str, by: str, now: dt.datetime) -> None:
    """The parcel was found: what was granted is owed back to the courier, as a row of its own. ClaimMoveRefused."""
    _move(session, claim, ClaimState.WITHDRAWN)
    claim.answer = reason
    _step(session, claim, "claim_withdrawn", cents=claim.granted_cents or 0, by=by, now=now)
    _refresh(session, claim, now=now)
    if claim.granted_cents:
        _owe_by_courier(session, claim, -claim.granted_cents, now=now)


def compensate_for_parcel(
    session: Session, *, shipment: Shipment, amount_cents: int, by: str, role: Role, house: House, now: dt.datetime
) -> Receivable:
    """Owe a customer the worth of their own machine that was lost or damaged on the way, once; they are told.

    Raises CompensationNotDue, CustomerUnknown, or AuthorityExceeded above the role's limit.
    """
    lock_shipment(session, shipment)
    is_due = find_next_step(session, shipment=shipment, now=now) in COMPENSABLE
    if not is_due or not is_owed_by_courier(session, shipment=shipment, now=now) or amount_cents <= 0:
        raise CompensationNotDue(str(shipment.id))
    if shipment.request.customer_id is None:
        raise CustomerUnknown(shipment.request.number)
    check_authority(role, amount_cents, figures_at(session, now))
    owed = owe(
        session,
        customer_id=shipment.request.customer_id,
        kind=ReceivableKind.COMPENSATION,
        amount_cents=-amount_cents,
        currency=CURRENCY,
        request=shipment.request,
        shipment=shipment,
        now=now,
        note=shipment.tracking_number or "",
    )
    _record(session, shipment, "parcel_compensated", cents=amount_cents, by=by, now=now)
    tell_about_request(
        session,
        request=shipment.request,
        event=f"parcel:{shipment.id}:compensated",
        template="parcel_compensated",
        values={"amount": write_amount(amount_cents, CURRENCY)},
        house=house,
        now=now,
    )
    return owed


def list_claims(session: Session, *, shipment_ids: Collection[int]) -> Mapping[int, ParcelClaim]:
    """Return the latest claim of each of these parcels that has one, by parcel."""
    rows = select(ParcelClaim).where(ParcelClaim.shipment_id.in_(shipment_ids)).order_by(ParcelClaim.id)
    return {one.shipment_id: one for one in session.scalars(rows)}


def list_open_claims(session: Session) -> Sequence[ParcelClaim]:
    """Return the claims no courier has answered, what is due first coming first; and granted ones of parcels found."""
    is_found = (ParcelClaim.state == ClaimState.GRANTED) & (Shipment.state == ShipmentState.DELIVERED)
    return session.scalars(
        select(ParcelClaim)
        .join(ParcelClaim.shipment)
        .where((ParcelClaim.state == ClaimState.RAISED) | is_found)
        .order_by(ParcelClaim.due_at, ParcelClaim.id)
        .options(contains_eager(ParcelClaim.shipment).joinedload(Shipment.request).joinedload(ServiceRequest.customer))
    ).all()


def _move(session: Session, claim: ParcelClaim, to: ClaimState) -> None:
    """Of two who answer a claim at once the second finds it answered."""
    session.refresh(claim, ["state", "granted_cents"], with_for_update={"of": ParcelClaim})
    claim.state = move_claim(claim.state, to)


def _answer(
    session: Session, claim: ParcelClaim, kind: str, answer: str, *, cents: int, by: str, now: dt.datetime
) -> None:
    claim.answer, claim.answered_at, claim.answered_by = answer, now, by
    _step(session, claim, kind, cents=cents, by=by, now=now)
    _refresh(session, claim, now=now)


def _owe_by_courier(session: Session, claim: ParcelClaim, amount_cents: int, *, now: dt.datetime) -> Receivable:
    return owe(
        session,
        courier=claim.shipment.courier,
        kind=ReceivableKind.COURIER_CLAIM,
        amount_cents=amount_cents,
        currency=claim.currency,
        request=claim.shipment.request,
        shipment=claim.shipment,
        now=now,
        note=claim.number,
    )


def _step(session: Session, claim: ParcelClaim, kind: str, *, cents: int, by: str, now: dt.datetime) -> None:
    """Put a step on the claim's own chain, whose clock reads it, and into the request's record."""
    record_event(
        session,
        subject=claim_subject(claim),
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="courier",
        actor=by,
        facts={"claim": claim.number, "amount_cents": cents},
    )
    _record(session, claim.shipment, kind, cents=cents, by=by, now=now)


def _refresh(session: Session, claim: ParcelClaim, *, now: dt.datetime) -> None:
    session.flush()
    refresh_commitments(session, subject=claim_subject(claim), request_id=claim.shipment.request_id, now=now)


def _record(session: Session, shipment: Shipment, kind: str, *, cents: int, by: str, now: dt.datetime) -> None:
    record_event(
        session,
        subject=request_subject(shipment.request_id),
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="courier",
        actor=by,
        facts={"parcel": shipment.tracking_number or shipment.id, "amount_cents": cents},
    )
    note_change(session, topic=BOARD, now=now)
