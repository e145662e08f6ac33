"""Keep proofs complete: receipts into the chains, and once a day an anchor over all of them (K3)."""

from __future__ import annotations

import datetime as dt

from operations.clients.services import Services
from operations.clocks.proof_anchors import anchor_chains
from operations.messages.receipts import chain_receipts


def chain_message_receipts(services: Services) -> int:
    """Record in requests' chains what has become of their messages."""
    with services.database.writing() as session:
        return chain_receipts(session, now=services.now())


def anchor_day(services: Services) -> int:
    """Anchor the chains for the day that has ended (UTC), unless that is done; return how many chains had grown."""
    now = services.now()
    with services.database.writing() as session:
        anchor = anchor_chains(session, day=now.date() - dt.timedelta(days=1), signer=services.signer, now=now)
        return anchor.count if anchor else 0
