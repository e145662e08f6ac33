"""Send what is stored: claim, hand over, record, each in a transaction of its own, none held while waiting (rule 7)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import ColumnElement, and_, func, select, text, update
from sqlalchemy.orm import Session

from models import Message
from models.database_clock import WRONG_AHEAD
from models.message import IS_WAITING
from outbox.contact import judge_contact, stop_messages
from outbox.pace import may_send_now
from policies.contact_rules import ContactVerdict
from policies.figures import DEFAULT_FIGURES, Figures
from policies.message_channels import MessageChannel
from policies.message_states import RANK, MessageState, later_state
from policies.storable_text import make_storable

RETRY_BASE_SECONDS = 5
RETRY_LIMIT_SECONDS = 600
LONGEST_ERROR = 200
CLAIM_TIMEOUT = dt.timedelta(minutes=2)


class SendRefused(RuntimeError):
    """The provider did not take the message. `is_permanent` tells that trying again cannot help.

    `is_unwanted`: the recipient has told the provider, perhaps in words we never saw, that they want no messages.
    """

    def __init__(self, reason: str, *, is_permanent: bool, is_unwanted: bool = False) -> None:
        super().__init__(reason)
        self.is_permanent = is_permanent
        self.is_unwanted = is_unwanted


class SendUncertain(RuntimeError):
    """The bytes left but no answer came back: the message may or may not have been taken."""


class MessageProvider(Protocol):
    """Whoever carries messages of one channel to people's phones."""

    def send(self, *, to_number: str, body: str, reference: str) -> str:
        """Hand one message over and return the provider's id; raise SendRefused or SendUncertain.

        `reference` comes back with every delivery receipt, so that one which overtakes this call finds its message.
        """
        ...

    def find_sent(self, *, to_number: str, body: str, since: dt.datetime, other_than: AbstractSet[str]) -> str | None:
        """Return the provider's id of a message sent since then with this very body, or None if there is none.

        `other_than` names those that are known to be other messages which happen to say the same.
        """
        ...


Providers = Mapping[MessageChannel, MessageProvider]


Channels = AbstractSet[MessageChannel]
EVERY_CHANNEL: Channels = frozenset(MessageChannel)


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a sender needs of a message it has claimed. `is_doubtful`: it may already have been sent.

    `attempt` tells this claim from a later one of the same message, `known_sids` are the provider's ids of other
    messages to the same number.
    """

    id: int
    attempt: int
    channel: MessageChannel
    to_number: str
    body: str
    created_at: dt.datetime
    claimed_at: dt.datetime
    is_doubtful: bool
    known_sids: frozenset[str] = frozenset()


def tidy_outbox(session: Session, *, now: dt.datetime) -> None:
    """Doubt messages whose sender never came back, and give up on those whose time is over.

    A delivery receipt still outranks giving up: whoever was told late was told. What was to go at once and was stored
    by somebody whose clock was ahead goes now, not when that time comes.
    """
    left_behind = (Message.state == MessageState.CLAIMED) & (Message.claimed_at < now - CLAIM_TIMEOUT)
    is_over = Message.state.in_((MessageState.PENDING, MessageState.UNCERTAIN)) & (Message.expires_at <= now)
    is_from_ahead = (
        (Message.state == MessageState.PENDING)
        & (Message.created_at > now + WRONG_AHEAD)
        & (Message.not_before_at == Message.created_at)
    )
    for which, values in (
        (is_from_ahead, {"not_before_at": now}),
        (left_behind, {"state": MessageState.UNCERTAIN, "error": "its sender never came back"}),
        (is_over, {"state": MessageState.EXPIRED, "decided_at": now}),
    ):
        session.execute(update(Message).where(which).values(values).execution_options(synchronize_session=False))


def count_due(session: Session, *, channels: Channels, now: dt.datetime, most: int) -> int:
    """Return how many messages of these channels are due, counting no further than `most`."""
    due = select(Message.id).where(_is_due(now, channels)).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(due)) or 0


def claim_message(
    session: Session,
    *,
    sender: str,
    now: dt.datetime,
    figures: Figures = DEFAULT_FIGURES,
    channels: Channels = EVERY_CHANNEL,
    home: str | None = None,
) -> Claimed | None:
    """Claim the next message of these channels that is due; None when there is none.

    The most urgent goes first, and of those the one that is due longest. The claim is one conditional UPDATE: of two
    senders exactly one changes the row. Messages found on the way whose recipient may not be written to are put off
    or withheld, with the reason; `home` is the hotline's number, see `judge_contact`.
    """
    full: set[MessageChannel] = set()
    while (message := _next_due(session, now, channels - full)) is not None:
        if not _may_go(session, message, now, figures, full, home):
            continue
        is_doubtful = message.state is not MessageState.PENDING
        attempt = message.attempts + 1
        claimed = session.execute(
            update(Message)
            .where(Message.id == message.id, Message.state == message.state, Message.attempts == message.attempts)
            .values(state=MessageState.CLAIMED, claimed_by=sender, claimed_at=now, attempts=attempt)
            .execution_options(synchronize_session=False)
        )
        if claimed.rowcount != 1:  # type: ignore[attr-defined]
            return None
        return Claimed(
            id=message.id,
            attempt=attempt,
            channel=message.channel,
            to_number=message.to_number,
            body=message.body,
            created_at=message.created_at,
            claimed_at=now,
            is_doubtful=is_doubtful,
            known_sids=_list_known_sids(session, message) if is_doubtful else frozenset(),
        )
    return None


def _next_due(session: Session, now: dt.datetime, channels: Channels) -> Message | None:
    """Return the next message that is due; on PostgreSQL one no other sender looks at."""
    return session.scalars(
        select(Message)
        .where(_is_due(now, channels), Message.expires_at > now)
        .order_by(Message.turn, Message.not_before_at, Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).one_or_none()


def _is_due(now: dt.datetime, channels: Channels) -> ColumnElement[bool]:
    return and_(text(IS_WAITING), Message.not_before_at <= now, Message.channel.in_(channels))


def _may_go(
    session: Session,
    message: Message,
    now: dt.datetime,
    figures: Figures,
    full: set[MessageChannel],
    home: str | None,
) -> bool:
    """Tell whether a message may go out now; if not, write down until when it waits, or that it never goes.

    A channel whose pace has nothing left for this second joins `full`.
    """
    if message.state is not MessageState.PENDING:
        # It may have gone out already: what is left is to find that out.
        return True
    decision = judge_contact(session, message, figures=figures, now=now, home=home)
    if decision.verdict is ContactVerdict.WITHHOLD:
        message.state, message.decided_at, message.error = MessageState.WITHHELD, now, decision.reason
    elif decision.until_at is not None:
        message.not_before_at, message.error = decision.until_at, decision.reason
    else:
        if may_send_now(session, channel=message.channel, figures=figures, now=now):
            return True
        full.add(message.channel)
    session.flush()
    return False


def _list_known_sids(session: Session, message: Message) -> frozenset[str]:
    others = select(Message.message_sid).where(
        Message.to_number == message.to_number, Message.id != message.id, Message.message_sid.is_not(None)
    )
    return frozenset(sid for sid in session.scalars(others) if sid is not None)


def hand_over(provider: MessageProvider, claimed: Claimed) -> str:
    """Give a claimed message to the provider and return its id, looking first whether a doubtful one is there already.

    Call it with no database connection held. Raises SendRefused or SendUncertain.
    """
    if claimed.is_doubtful:
        found = provider.find_sent(
            to_number=claimed.to_number, body=claimed.body, since=claimed.created_at, other_than=claimed.known_sids
        )
        if found is not None:
            return found
    return provider.send(to_number=claimed.to_number, body=claimed.body, reference=str(claimed.id))


def record_sent(session: Session, *, claimed: Claimed, message_sid: str, now: dt.datetime) -> None:
    """The provider took the message: true whoever has claimed it since, so only a later fact stands against it."""
    is_as_claimed = (Message.state == MessageState.CLAIMED) & Message.message_sid.is_(None)
    taken = session.execute(
        update(Message)
        .where(Message.id == claimed.id, is_as_claimed)
        .values(state=MessageState.SENT, message_sid=message_sid, decided_at=now, error=None)
        .execution_options(synchronize_session=False)
    )
    if taken.rowcount == 1:  # type: ignore[attr-defined]
        return
    message = session.get_one(Message, claimed.id, populate_existing=True, with_for_update=True)
    message.message_sid = message.message_sid or message_sid
    if RANK[message.state] < RANK[MessageState.SENT]:
        message.state, message.decided_at, message.error = MessageState.SENT, now, None
    session.flush()


def record_refused(session: Session, *, claimed: Claimed, refusal: SendRefused, now: dt.datetime) -> None:
    """The provider refused: try again with growing pauses until the message expires, or never when that cannot help.

    Who has stopped us at the provider has stopped us here too.
    """
    message, error = _still_ours(session, claimed), make_storable(str(refusal))[:LONGEST_ERROR]
    if message is None:
        return
    message.decided_at, message.error = now, error
    if refusal.is_permanent:
        message.state = MessageState.FAILED
        if refusal.is_unwanted:
            stop_messages(session, channel=message.channel, address=message.to_number, by="carrier", now=now)
    else:
        message.state, message.not_before_at = MessageState.PENDING, now + _pause(message)
    session.flush()


def record_uncertain(session: Session, *, claimed: Claimed, reason: str, now: dt.datetime) -> None:
    """Nobody knows whether the message was taken: it is looked up at the provider before anything else."""
    message = _still_ours(session, claimed)
    if message is not None:
        message.state, message.decided_at = MessageState.UNCERTAIN, now
        message.error = make_storable(reason)[:LONGEST_ERROR]
        message.not_before_at = now + _pause(message)
        session.flush()


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


def _still_ours(session: Session, claimed: Claimed) -> Message | None:
    """Return the message while this claim is its last; None when a receipt or another sender knows more than we do."""
    message = session.get_one(Message, claimed.id, populate_existing=True, with_for_update=True)
    is_ours = message.attempts == claimed.attempt and message.state in {MessageState.CLAIMED, MessageState.UNCERTAIN}
    return message if is_ours else None


def _pause(message: Message) -> dt.timedelta:
    # The exponent is bounded, so that a message which is tried for days does not make a number of astronomic length.
    pause = min(RETRY_LIMIT_SECONDS, RETRY_BASE_SECONDS * 2 ** min(message.attempts - 1, 10))
    # Spread by id, so that messages refused together do not come back together.
    return dt.timedelta(seconds=pause + (message.id * 7919) % (pause // 2 + 1))
