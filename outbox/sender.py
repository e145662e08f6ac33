"""Send what is stored: claim, hand over, record, each in a transaction of its own, none held while waiting (rule 7)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import Message
from policies.message_states import MessageState, later_state

MAX_ATTEMPTS = 8
RETRY_BASE_SECONDS = 5
RETRY_LIMIT_SECONDS = 600
CLAIM_TIMEOUT = dt.timedelta(minutes=2)


class SendRefused(RuntimeError):
    """The provider did not take the message. `is_permanent` tells whether trying again can help."""

    def __init__(self, reason: str, *, is_permanent: bool) -> None:
        super().__init__(reason)
        self.is_permanent = is_permanent


class SendUncertain(RuntimeError):
    """The bytes left but no answer came back: the message may or may not have been taken."""


class SmsProvider(Protocol):
    """Whoever carries texts to phones."""

    def send(self, *, to_number: str, body: str, reference: str) -> str:
        """Hand one text over and return the provider's id; raise SendRefused or SendUncertain.

        `reference` comes back with every delivery receipt, so that one which overtakes this call finds its message.
        """
        ...

    def find_sent(self, *, to_number: str, body: str, since: dt.datetime) -> str | None:
        """Return the provider's id of a text sent since then with this very body, or None if there is none."""
        ...


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a sender needs of a message it has claimed. `is_doubtful`: it may already have been sent."""

    id: int
    to_number: str
    body: str
    created_at: dt.datetime
    is_doubtful: bool


def expire_messages(session: Session, *, now: dt.datetime) -> int:
    """Give up on messages nobody sent in time; return how many."""
    result = session.execute(
        update(Message)
        .where(Message.state == MessageState.PENDING, Message.expires_at <= now)
        .values(state=MessageState.EXPIRED, decided_at=now)
    )
    return result.rowcount  # type: ignore[attr-defined, no-any-return]


def claim_message(session: Session, *, sender: str, now: dt.datetime) -> Claimed | None:
    """Claim the next message that is due, or whose last sender never came back; None when there is none.

    The claim is one conditional UPDATE: of two senders exactly one changes the row.
    """
    stuck_before = now - CLAIM_TIMEOUT
    due = select(Message).where(
        ((Message.state == MessageState.PENDING) & (Message.not_before_at <= now) & (Message.expires_at > now))
        | ((Message.state == MessageState.UNCERTAIN) & (Message.not_before_at <= now))
        | ((Message.state == MessageState.CLAIMED) & (Message.claimed_at < stuck_before))
    )
    for message in session.scalars(due.order_by(Message.not_before_at, Message.id).limit(5)):
        is_doubtful = message.state is not MessageState.PENDING
        claimed = session.execute(
            update(Message)
            .where(Message.id == message.id, Message.state == message.state, Message.attempts == message.attempts)
            .values(state=MessageState.CLAIMED, claimed_by=sender, claimed_at=now, attempts=message.attempts + 1)
            .execution_options(synchronize_session=False)
        )
        if claimed.rowcount == 1:  # type: ignore[attr-defined]
            return Claimed(message.id, message.to_number, message.body, message.created_at, is_doubtful)
    return None


def hand_over(provider: SmsProvider, claimed: Claimed) -> str:
    """Give a claimed message to the provider and return its id, looking first whether a doubtful one is there already.

    Call it with no database connection held. Raises SendRefused or SendUncertain.
    """
    if claimed.is_doubtful:
        found = provider.find_sent(to_number=claimed.to_number, body=claimed.body, since=claimed.created_at)
        if found is not None:
            return found
    return provider.send(to_number=claimed.to_number, body=claimed.body, reference=str(claimed.id))


def record_sent(session: Session, *, message_id: int, message_sid: str, now: dt.datetime) -> None:
    """The provider took the message."""
    _decide(session, message_id, MessageState.SENT, now, message_sid=message_sid, error=None)


def record_refused(session: Session, *, message_id: int, refusal: SendRefused, now: dt.datetime) -> None:
    """The provider refused: try again later with growing pauses, or never when that cannot help."""
    message = session.get_one(Message, message_id, populate_existing=True)
    if refusal.is_permanent or message.attempts >= MAX_ATTEMPTS:
        _decide(session, message_id, MessageState.FAILED, now, error=str(refusal)[:200])
        return
    pause = min(RETRY_LIMIT_SECONDS, RETRY_BASE_SECONDS * 2 ** (message.attempts - 1))
    # Spread by id, so that messages refused together do not come back together.
    pause += (message.id * 7919) % max(1, pause // 2 + 1)
    _decide(session, message_id, MessageState.PENDING, now, error=str(refusal)[:200])
    session.get_one(Message, message_id).not_before_at = now + dt.timedelta(seconds=pause)


def record_uncertain(session: Session, *, message_id: int, reason: str, now: dt.datetime) -> None:
    """Nobody knows whether the message was taken: it is looked up at the provider before anything else."""
    _decide(session, message_id, MessageState.UNCERTAIN, now, error=reason[:200])
    session.get_one(Message, message_id).not_before_at = now + dt.timedelta(seconds=RETRY_BASE_SECONDS)


def record_receipt(
    session: Session, *, reference: int, message_sid: str, status: str, error_code: str | None, now: dt.datetime
) -> bool:
    """Take a delivery receipt in; states only move forward. False when it belongs to no message of ours."""
    message = session.scalars(select(Message).where(Message.id == reference).with_for_update()).one_or_none()
    if message is None or message.message_sid not in {None, message_sid}:
        return False
    message.message_sid = message_sid
    state = later_state(message.state, status)
    if state is not message.state:
        message.state, message.decided_at = state, now
        message.error = f"provider code {error_code}" if error_code else message.error
    return True


def _decide(
    session: Session,
    message_id: int,
    state: MessageState,
    now: dt.datetime,
    *,
    error: str | None,
    message_sid: str | None = None,
) -> None:
    message = session.get_one(Message, message_id, populate_existing=True, with_for_update=True)
    if message.state is not MessageState.CLAIMED:
        # A receipt overtook us: it knows more than we do. Only the provider's id may still be missing.
        message.message_sid = message.message_sid or message_sid
        return
    message.state, message.decided_at, message.error = state, now, error
    message.message_sid = message_sid or message.message_sid
