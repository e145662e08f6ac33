"""What live legs of calls are told to do: stored with the change that wants it, carried out after (DESIGN rule 7)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from models import LineOrder
from policies.storable_text import make_storable

LONGEST_ERROR = 200
WORTH = dt.timedelta(seconds=30)
"""An order that could not be given for this long is forgotten: every leg also asks by itself where it belongs."""


class OrderRefused(RuntimeError):
    """The carrier did not carry the order out. `is_permanent`: the leg is gone, so trying again cannot help."""

    def __init__(self, reason: str, *, is_permanent: bool) -> None:
        super().__init__(reason)
        self.is_permanent = is_permanent


class LineControl(Protocol):
    """Whoever can move and end live legs of calls."""

    def move(self, call_sid: str, *, path: str) -> None:
        """Let the leg ask for the document at this path of ours; raise OrderRefused."""
        ...

    def end(self, call_sid: str) -> None:
        """Hang the leg up; raise OrderRefused."""
        ...


@dataclass(frozen=True, slots=True)
class ClaimedOrder:
    """What is to be done with which leg."""

    id: int
    call_sid: str
    path: str | None


def move_leg(session: Session, *, call_sid: str, path: str, now: dt.datetime) -> None:
    """Order a live leg to ask for another document."""
    _add(session, call_sid, path, now)


def end_leg(session: Session, *, call_sid: str, now: dt.datetime) -> None:
    """Order a live leg to be hung up."""
    _add(session, call_sid, None, now)


def forget_orders(session: Session, *, call_sid: str, now: dt.datetime) -> None:
    """The leg has asked by itself where it belongs: what it was to be told before is moot."""
    session.execute(
        update(LineOrder)
        .where(LineOrder.call_sid == call_sid, LineOrder.done_at.is_(None))
        .values(done_at=now)
        .execution_options(synchronize_session=False)
    )


def forget_old_orders(session: Session, *, before: dt.datetime) -> int:
    """Delete orders nobody can carry out any more; return how many."""
    result = session.execute(delete(LineOrder).where(LineOrder.expires_at < before))
    return result.rowcount  # type: ignore[attr-defined, no-any-return]


def claim_order(session: Session, *, now: dt.datetime) -> ClaimedOrder | None:
    """Claim the oldest order nobody has carried out, or None. One conditional UPDATE: of two clocks one gets it."""
    for order in session.scalars(
        select(LineOrder)
        .where(LineOrder.done_at.is_(None), LineOrder.expires_at > now)
        .order_by(LineOrder.made_at, LineOrder.id)
        .limit(5)
    ):
        claimed = session.execute(
            update(LineOrder)
            .where(LineOrder.id == order.id, LineOrder.done_at.is_(None))
            .values(done_at=now)
            .execution_options(synchronize_session=False)
        )
        if claimed.rowcount == 1:  # type: ignore[attr-defined]
            return ClaimedOrder(order.id, order.call_sid, order.path)
    return None


def carry_out(lines: LineControl, order: ClaimedOrder) -> None:
    """Give the order to the carrier, with no database connection held; raises OrderRefused."""
    if order.path is None:
        lines.end(order.call_sid)
    else:
        lines.move(order.call_sid, path=order.path)


def record_refusal(session: Session, *, order_id: int, refusal: OrderRefused) -> None:
    """Keep why it was refused; what may still succeed is tried again while the order is worth something."""
    order = session.get_one(LineOrder, order_id)
    order.error = make_storable(str(refusal))[:LONGEST_ERROR]
    if not refusal.is_permanent:
        order.done_at = None


def _add(session: Session, call_sid: str, path: str | None, now: dt.datetime) -> None:
    session.add(LineOrder(call_sid=call_sid, path=path, made_at=now, expires_at=now + WORTH))
    session.flush()
