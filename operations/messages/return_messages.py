"""What customers hear of a return: granted or not, and the machine or the money in its place (C4, C5)."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from models import Return
from operations.foundation.house import House
from operations.messages.request_messages import tell_about_request
from policies.money import write_amount
from policies.returns import CarriagePayer, Remedy


def tell_granted(session: Session, *, wish: Return, house: House, now: dt.datetime) -> None:
    """Tell that it is granted, its number, and who pays the carriage."""
    is_ours = wish.carriage_paid_by is CarriagePayer.HOUSE
    _tell(session, wish, "return_granted" if is_ours else "return_granted_own_carriage", {}, house=house, now=now)


def tell_refused(session: Session, *, wish: Return, house: House, now: dt.datetime) -> None:
    """Tell that it is not granted, and that somebody explains why."""
    _tell(session, wish, "return_refused", {}, house=house, now=now)


def tell_received(session: Session, *, wish: Return, house: House, now: dt.datetime) -> None:
    """Tell that the machine has come in and is looked at."""
    _tell(session, wish, "return_received", {}, house=house, now=now)


def tell_settled(session: Session, *, wish: Return, house: House, now: dt.datetime) -> None:
    """Tell the new machine's serial number, or the amount that is paid back."""
    if wish.remedy is Remedy.REFUND:
        amount = write_amount(wish.refund_cents, wish.currency)
        _tell(session, wish, "return_refunded", {"amount": amount}, house=house, now=now)
    elif wish.asset.replaced_by is not None:
        _tell(session, wish, "return_exchanged", {"serial": wish.asset.replaced_by.serial}, house=house, now=now)


def _tell(
    session: Session, wish: Return, template: str, values: dict[str, str], *, house: House, now: dt.datetime
) -> None:
    tell_about_request(
        session,
        request=wish.request,
        event=f"return:{wish.id}:{template}",
        template=template,
        values={**values, "return_number": wish.number},
        house=house,
        now=now,
    )
