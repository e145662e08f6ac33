"""Find who is calling, and the asset it is about (H3)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import Asset, Customer, CustomerPhone
from policies.languages import Language

SERIAL_TAIL_DIGITS = 6


def find_customers_by_phone(session: Session, *, number: str) -> Sequence[Customer]:
    """Return the customers who call from `number` (E.164), oldest file first; a switchboard may have several."""
    return session.scalars(
        select(Customer)
        .join(CustomerPhone)
        .where(CustomerPhone.number == number, Customer.merged_into_id.is_(None))
        .order_by(Customer.id)
        .options(
            selectinload(Customer.assets).joinedload(Asset.product),
            selectinload(Customer.assets).joinedload(Asset.site),
        )
    ).all()


def list_assets(session: Session, *, customer_id: int) -> Sequence[Asset]:
    """Return the customer's assets, latest purchase first; those that were exchanged are theirs no longer."""
    return session.scalars(
        select(Asset)
        .where(Asset.customer_id == customer_id, Asset.replaced_by_id.is_(None))
        .order_by(Asset.purchased_on.desc().nulls_last(), Asset.id)
        .options(joinedload(Asset.product), joinedload(Asset.site), joinedload(Asset.customer))
    ).all()


def find_assets_by_digits(session: Session, *, digits: str) -> Sequence[Asset]:
    """Return the assets whose serial ends in `digits`, of which at least the last six are needed (DESIGN).

    Serials have letters and keypads have none, so only the digits of a serial are compared. Fewer than six digits
    find nothing: they would let a caller fish for other people's machines.
    """
    if len(digits) < SERIAL_TAIL_DIGITS or not digits.isdigit():
        return []
    tail = digits[-SERIAL_TAIL_DIGITS:]
    return [
        asset
        for asset in session.scalars(
            select(Asset)
            .where(Asset.serial_tail == tail)
            .order_by(Asset.id)
            .options(joinedload(Asset.product), joinedload(Asset.site), joinedload(Asset.customer))
        )
        if asset.serial_digits.endswith(digits)
    ]


def remember_language(session: Session, *, customer_id: int, language: Language) -> None:
    """Keep the language the customer last chose, for the next call (H2)."""
    customer = session.get_one(Customer, customer_id)
    if customer.language is not language:
        customer.language = language
