"""Send what the outbox holds."""

from __future__ import annotations

import os
import socket

from operations.figures import figures_at
from operations.services import Services
from outbox.sender import (
    Claimed,
    MessageProvider,
    SendRefused,
    SendUncertain,
    claim_message,
    expire_messages,
    hand_over,
    record_refused,
    record_sent,
    record_uncertain,
)

MOST_PER_RUN = 200


def send_messages(services: Services) -> int:
    """Send every message that is due, one after the other; return how many the provider took."""
    sender = f"{socket.gethostname()[:20]}:{os.getpid()}"
    with services.database.writing() as session:
        expire_messages(session, now=services.now())
    taken = 0
    for _ in range(MOST_PER_RUN):
        with services.database.writing() as session:
            now = services.now()
            claimed = claim_message(session, sender=sender, now=now, figures=figures_at(session, now))
        if claimed is None:
            break
        taken += _send(services, claimed)
    return taken


def _provider(services: Services, claimed: Claimed) -> MessageProvider:
    provider = services.providers.get(claimed.channel)
    if provider is None:
        raise SendRefused(f"nobody carries {claimed.channel} here", is_permanent=True)
    return provider


def _send(services: Services, claimed: Claimed) -> bool:
    try:
        message_sid = hand_over(_provider(services, claimed), claimed)
    except SendRefused as refusal:
        with services.database.writing() as session:
            record_refused(session, message_id=claimed.id, refusal=refusal, now=services.now())
        return False
    except SendUncertain as uncertainty:
        with services.database.writing() as session:
            record_uncertain(session, message_id=claimed.id, reason=str(uncertainty), now=services.now())
        return False
    with services.database.writing() as session:
        record_sent(session, message_id=claimed.id, message_sid=message_sid, now=services.now())
    return True
