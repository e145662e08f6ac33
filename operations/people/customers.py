"""Find who is calling, and the asset it is about (H3)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from models import Asset, Customer, CustomerPhone
from policies.languages import Language

SERIAL_TAIL_DIGITS = 6
NUMBER_DIGITS = 4
"""Shorter customer and site numbers are guessed too soon."""


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


def find_assets_by_keyed(session: Session, *, digits: str) -> Sequence[Asset]:
    """Return the assets that keyed digits may mean: the end of a serial, or the whole of a customer's number (H3)."""
    by_serial = find_assets_by_digits(session, digits=digits)
    of_customers = [
        asset
        for customer_id in _find_by_number(session, digits)
        for asset in list_assets(session, customer_id=customer_id)
    ]
    return list({asset.id: asset for asset in (*by_serial, *of_customers)}.values())


def _find_by_number(session: Session, digits: str) -> Sequence[int]:
    """Return the customers with this number; the number of a merged file leads to the one it went into."""
    if len(digits) < NUMBER_DIGITS:
        return []
    found = session.scalars(select(Customer).where(Customer.number_digits == digits).order_by(Customer.id)).all()
    return [_follow(session, customer).id for customer in found]


def _follow(session: Session, customer: Customer) -> Customer:
    while customer.merged_into_id is not None:
        customer = session.get_one(Customer, customer.merged_into_id)
    return customer


def remember_language(session: Session, *, customer_id: int, language: Language) -> None:
    """Keep the language the customer last chose, for the next call (H2)."""
    customer = session.get_one(Customer, customer_id)
    if customer.language is not language:
        customer.language = language
