"""Tell other systems of events: stored with the event, claimed by one sender, tried again, given up at last (H16)."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from models import EventHook, HookDelivery, StatusEvent
from operations.foundation.memory import HOOKS, remember
from operations.foundation.seal import Seal, SealBroken
from policies.event_hooks import (
    KEPT_TRYING_HOURS,
    MOST_FAILURES,
    DeliveryState,
    HookState,
    is_permanent,
    is_taken,
    pause_seconds,
)

CLAIM_TIMEOUT = dt.timedelta(minutes=2)
KEPT = dt.timedelta(days=30)
LONGEST_ANSWER = 200


class HookUnreachable(RuntimeError):
    """Nobody answered at the address, or it is one we do not speak to."""


class HookAddressRefused(ValueError):
    """We do not post to this address; the message says why, as the name of a sentence."""


class HookPoster(Protocol):
    """Whoever posts to other systems' addresses."""

    def check(self, address: str) -> None:
        """Raise HookAddressRefused for an address that is none, is not encrypted, or lies inside our own network."""
        ...

    def post(self, *, address: str, secret: str, reference: str, body: bytes) -> int:
        """Post one document, signed, and return the status of the answer; raises HookUnreachable."""
        ...


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """What a sender needs of a delivery, its secret as it is stored. `attempt` tells this claim from a later one."""

    id: int
    hook_id: int
    attempt: int
    address: str
    secret: str
    body: str


def store_deliveries(session: Session, *, event: StatusEvent) -> None:
    """Store an event for every hook that wants its kind, in the transaction that records it."""
    for hook_id in remember(session, topic=HOOKS, key="hooks", read=lambda: _read_hooks(session)).get(event.kind, ()):
        document = {
            "id": f"evt-{event.id}",
            "kind": event.kind,
            "subject": event.subject,
            "occurred_at": event.occurred_at.isoformat(),
            "recorded_at": event.recorded_at.isoformat(),
            "facts": event.facts,
        }
        store_delivery(
            session, hook_id=hook_id, kind=event.kind, document=document, now=event.recorded_at, event_id=event.id
        )


def store_delivery(
    session: Session,
    *,
    hook_id: int,
    kind: str,
    document: Mapping[str, object],
    now: dt.datetime,
    event_id: int | None = None,
) -> None:
    """Store one document for one hook, due at once."""
    session.add(
        HookDelivery(
            hook_id=hook_id,
            event_id=event_id,
            kind=kind,
            body=json.dumps(document, ensure_ascii=False),
            state=DeliveryState.WAITING,
            created_at=now,
            next_try_at=now,
        )
    )
    session.flush()


def claim_delivery(session: Session, *, now: dt.datetime, other_than: Collection[int] = ()) -> ClaimedDelivery | None:
    """Claim the delivery that is due longest, of a hook that is on and none of `other_than`; None when there is none.

    One whose sender never came back is due again: the document's `id` tells the receiver that it is the same.
    """
    is_waiting = (HookDelivery.state == DeliveryState.WAITING) & (HookDelivery.next_try_at <= now)
    is_left_behind = (HookDelivery.state == DeliveryState.CLAIMED) & (HookDelivery.claimed_at < now - CLAIM_TIMEOUT)
    delivery = session.scalars(
        select(HookDelivery)
        .join(HookDelivery.hook)
        .where(
            or_(is_waiting, is_left_behind),
            EventHook.state == HookState.ACTIVE,
            HookDelivery.hook_id.not_in(other_than),
        )
        .order_by(HookDelivery.next_try_at, HookDelivery.id)
        .limit(1)
        .with_for_update(skip_locked=True, of=HookDelivery)
    ).first()
    if delivery is None:
        return None
    attempt = delivery.attempts + 1
    claimed = session.execute(
        update(HookDelivery)
        .where(HookDelivery.id == delivery.id, HookDelivery.attempts == delivery.attempts)
        .values(state=DeliveryState.CLAIMED, claimed_at=now, attempts=attempt)
        .execution_options(synchronize_session=False)
    )
    if claimed.rowcount != 1:  # type: ignore[attr-defined]
        return None
    hook = session.get_one(EventHook, delivery.hook_id)
    return ClaimedDelivery(delivery.id, hook.id, attempt, hook.address, hook.secret, delivery.body)


def post_delivery(poster: HookPoster, claimed: ClaimedDelivery, *, seal: Seal) -> int | str:
    """Post a claimed delivery and return the answer's status, or why there is none; hold no connection meanwhile."""
    try:
        secret = seal.open(claimed.secret)
    except SealBroken:
        return "the secret was sealed with another SECRET_KEY: add the webhook anew"
    try:
        return poster.post(
            address=claimed.address,
            secret=secret,
            reference=str(claimed.id),
            body=claimed.body.encode(),
        )
    except HookUnreachable as error:
        return str(error)


def record_answer(session: Session, *, claimed: ClaimedDelivery, answer: int | str, now: dt.datetime) -> bool:
    """Write down what came of a delivery; return whether it was taken. A later claim of the same one counts instead."""
    delivery = session.get_one(HookDelivery, claimed.id, populate_existing=True, with_for_update=True)
    if delivery.attempts != claimed.attempt or delivery.state is not DeliveryState.CLAIMED:
        return False
    delivery.answer, delivery.decided_at = str(answer)[:LONGEST_ANSWER], now
    hook = session.get_one(EventHook, delivery.hook_id, populate_existing=True, with_for_update=True)
    if isinstance(answer, int) and is_taken(answer):
        delivery.state, hook.failures_in_a_row = DeliveryState.DELIVERED, 0
        return True
    is_over = now - delivery.created_at >= dt.timedelta(hours=KEPT_TRYING_HOURS)
    if is_over or (isinstance(answer, int) and is_permanent(answer)):
        delivery.state = DeliveryState.FAILED
        hook.failures_in_a_row += 1
        if hook.failures_in_a_row >= MOST_FAILURES and hook.state is HookState.ACTIVE:
            hook.state = HookState.BROKEN
    else:
        delivery.state = DeliveryState.WAITING
        delivery.next_try_at = now + dt.timedelta(seconds=pause_seconds(delivery.attempts))
    session.flush()
    return False


def forget_deliveries(session: Session, *, now: dt.datetime) -> int:
    """Delete what was stored for hooks more than a month ago, delivered or not; return how many."""
    result = session.execute(delete(HookDelivery).where(HookDelivery.created_at < now - KEPT))
    return result.rowcount  # type: ignore[attr-defined, no-any-return]


def _read_hooks(session: Session) -> dict[str, list[int]]:
    """Return which hooks want which kind. One we switched off ourselves goes on collecting, to be told later."""
    wanting = dict[str, list[int]]()
    hooks = select(EventHook.id, EventHook.kinds).where(EventHook.state != HookState.OFF).order_by(EventHook.id)
    for hook_id, kinds in session.execute(hooks):
        for kind in kinds:
            wanting.setdefault(kind, []).append(hook_id)
    return wanting
