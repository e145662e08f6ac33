"""Send what the outbox holds: texts and calls by one job, letters by another, so that neither waits for the other."""

from __future__ import annotations

import datetime as dt
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from sqlalchemy.orm import Session

from operations.clients.services import Services
from operations.foundation.figures import figures_at
from outbox.sender import (
    EVERY_CHANNEL,
    Channels,
    Claimed,
    SendRefused,
    SendUncertain,
    claim_message,
    count_due,
    hand_over,
    record_refused,
    record_sent,
    record_uncertain,
    tidy_outbox,
)
from policies.figures import Figures
from policies.message_channels import MessageChannel

TELEPHONES: Channels = frozenset({MessageChannel.SMS, MessageChannel.VOICE})
LETTERS: Channels = EVERY_CHANNEL - TELEPHONES
MOST_PER_RUN = 200
HELPERS = 3
BACKLOG = 50
"""When more is due, several hands send at once: most of the time goes by in waiting for the provider."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A message that was handed over, and what came of it: the provider's id, or the trouble."""

    claimed: Claimed
    outcome: str | SendRefused | SendUncertain


def send_messages(services: Services) -> int:
    """Send the texts and calls that are due; return how many the provider took."""
    return _send_due(services, TELEPHONES)


def send_new_messages(services: Services) -> int:
    """Send texts and calls that were stored just now, without the tidying that `send_messages` does every second."""
    with services.database.reading() as session:
        figures = figures_at(session, services.now())
    return _send_in_turn(services, TELEPHONES, figures)


def send_letters(services: Services) -> int:
    """Send the mail and chat messages that are due; return how many the provider took."""
    return _send_due(services, LETTERS)


def _send_due(services: Services, channels: Channels) -> int:
    with services.database.writing() as session:
        now = services.now()
        tidy_outbox(session, now=now)
        due = count_due(session, channels=channels, now=now, most=BACKLOG + 1)
        figures = figures_at(session, now)
    if due <= BACKLOG:
        return _send_in_turn(services, channels, figures)
    with ThreadPoolExecutor(HELPERS) as hands:
        helped = [hands.submit(_send_in_turn, services, channels, figures) for _ in range(HELPERS)]
        return _send_in_turn(services, channels, figures) + sum(one.result() for one in helped)


def _send_in_turn(services: Services, channels: Channels, figures: Figures) -> int:
    """Send one message after the other; what came of one is written down in the transaction that claims the next."""
    sender = f"{socket.gethostname()[:20]}:{os.getpid()}"
    taken = 0
    last: Attempt | None = None
    for turn in range(MOST_PER_RUN + 1):
        with services.database.writing() as session:
            now, claimed = services.now(), None
            if last is not None:
                _write_down(session, last, now)
            if turn < MOST_PER_RUN:
                home = services.house.hotline_number
                claimed = claim_message(session, sender=sender, now=now, figures=figures, channels=channels, home=home)
        if claimed is None:
            break
        last = _hand_over(services, claimed)
        taken += isinstance(last.outcome, str)
    return taken


def _hand_over(services: Services, claimed: Claimed) -> Attempt:
    provider = services.providers.get(claimed.channel)
    if provider is None:
        return Attempt(claimed, SendRefused(f"nobody carries {claimed.channel} here", is_permanent=True))
    try:
        return Attempt(claimed, hand_over(provider, claimed))
    except (SendRefused, SendUncertain) as trouble:
        return Attempt(claimed, trouble)


def _write_down(session: Session, attempt: Attempt, now: dt.datetime) -> None:
    claimed = attempt.claimed
    match attempt.outcome:
        case SendRefused() as refusal:
            record_refused(session, claimed=claimed, refusal=refusal, now=now)
        case SendUncertain() as doubt:
            record_uncertain(session, claimed=claimed, reason=str(doubt), now=now)
        case message_sid:
            record_sent(session, claimed=claimed, message_sid=message_sid, now=now)
