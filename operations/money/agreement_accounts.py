"""What an agreement has brought and cost so far: instalments, penalties, and the repairs it paid for (M2)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import Agreement, Receivable, ServiceRequest, Settlement
from operations.money.entitlement import read_outcome
from policies.entitlement import CoveredBy
from policies.receivables import ReceivableKind


@dataclass(frozen=True, slots=True)
class AgreementAccount:
    """All in cents, penalties and cover as we bear them: `cover_cents` is what it paid of repairs, by list price.

    `due_cents` of the price is due by now, `paid_cents` is paid; `visits` were taken from allowances.
    """

    price_cents: int
    due_cents: int
    paid_cents: int
    penalty_cents: int
    cover_cents: int
    repairs: int
    visits: int

    @property
    def result_cents(self) -> int:
        """What is left of the price after what we bore."""
        return self.price_cents - self.penalty_cents - self.cover_cents


def read_account(session: Session, *, agreement: Agreement, today: dt.date) -> AgreementAccount:
    """Add up an agreement; a reversed receipt counts for nothing."""
    owed = session.scalars(select(Receivable).where(Receivable.agreement_id == agreement.id)).all()
    instalments = [one for one in owed if one.kind is ReceivableKind.INSTALMENT]
    cover, repairs = _read_cover(session, agreement)
    return AgreementAccount(
        price_cents=agreement.price_cents,
        due_cents=sum(one.amount_cents for one in instalments if one.due_on <= today),
        paid_cents=sum(one.amount_cents - one.open_cents for one in instalments),
        penalty_cents=-sum(one.amount_cents for one in owed if one.kind is ReceivableKind.PENALTY),
        cover_cents=cover,
        repairs=repairs,
        visits=sum(use.visits for line in agreement.lines for use in line.uses),
    )


def _read_cover(session: Session, agreement: Agreement) -> tuple[int, int]:
    line_ids = {line.id for line in agreement.lines}
    booked = session.scalars(
        select(Settlement)
        .join(Settlement.request)
        .where(ServiceRequest.customer_id == agreement.customer_id, Settlement.settled_at.is_not(None))
        .options(joinedload(Settlement.decision), selectinload(Settlement.lines))
    )
    mine = [one for one in booked if read_outcome(one.decision).line_id in line_ids]
    cover = sum(line.covered_cents for one in mine for line in one.lines if line.covered_by is CoveredBy.AGREEMENT)
    return cover, sum(-1 if one.reverses_id is not None else 1 for one in mine)
