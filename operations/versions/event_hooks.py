"""Who is told of which events: hooks made, tested, switched off and on, all of it on record (H16, S1)."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import EventHook, HookDelivery
from operations.foundation.events import record_event
from operations.foundation.hook_deliveries import store_delivery
from operations.foundation.seal import Seal
from policies.event_hooks import KINDS, TEST, DeliveryState, HookState

SECRET_BYTES = 32


class NoKinds(ValueError):
    """A hook is told of at least one kind of events that we have."""


def add_hook(
    session: Session, *, address: str, kinds: Collection[str], seal: Seal, by: str, now: dt.datetime
) -> tuple[EventHook, str]:
    """Tell an address of these kinds of events from now on; return it with its secret, to be shown this once.

    The address has been checked (HookPoster.check). Raises NoKinds.
    """
    if not kinds or not set(kinds) <= set(KINDS):
        raise NoKinds(sorted(kinds))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    hook = EventHook(
        address=address,
        secret=seal.close(secret),
        kinds=sorted(kinds),
        state=HookState.ACTIVE,
        made_by=by,
        made_at=now,
    )
    session.add(hook)
    session.flush()
    _put_on_record(session, hook, "hook_added", by=by, now=now)
    return hook, secret


def switch_hook(session: Session, *, hook: EventHook, is_on: bool, by: str, now: dt.datetime) -> None:
    """Stop telling an address, or tell it again, what has waited too."""
    state = HookState.ACTIVE if is_on else HookState.OFF
    if hook.state is state:
        return
    hook.state, hook.failures_in_a_row = state, 0
    _put_on_record(session, hook, "hook_switched_on" if is_on else "hook_switched_off", by=by, now=now)


def send_test(session: Session, *, hook: EventHook, now: dt.datetime) -> None:
    """Send a document of kind `test`, as an event would go."""
    document = {"id": f"test-{secrets.token_hex(8)}", "kind": TEST, "occurred_at": now.isoformat(), "facts": {}}
    store_delivery(session, hook_id=hook.id, kind=TEST, document=document, now=now)


def send_again(session: Session, *, delivery: HookDelivery, now: dt.datetime) -> None:
    """Try a delivery once more that was given up; what was taken or still waits stays as it is."""
    if delivery.state is DeliveryState.FAILED:
        delivery.state, delivery.next_try_at = DeliveryState.WAITING, now
        session.flush()


def list_hooks(session: Session) -> Sequence[EventHook]:
    """Return every hook, the oldest first."""
    return session.scalars(select(EventHook).order_by(EventHook.id)).all()


def list_deliveries(session: Session, *, hook_id: int, limit: int) -> Sequence[HookDelivery]:
    """Return what went to a hook, the latest first."""
    kept = select(HookDelivery).where(HookDelivery.hook_id == hook_id)
    return session.scalars(kept.order_by(HookDelivery.id.desc()).limit(limit)).all()


def _put_on_record(session: Session, hook: EventHook, kind: str, *, by: str, now: dt.datetime) -> None:
    record_event(
        session,
        subject=f"hook:{hook.id}",
        kind=kind,
        occurred_at=now,
        recorded_at=now,
        source="page",
        actor=by,
        facts={"address": hook.address, "kinds": hook.kinds},
    )
