"""How fast one number may send, whatever the number of senders: carriers refuse or drop what comes faster."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import SendingPace
from policies.figures import Figures
from policies.message_channels import MessageChannel

BURST = dt.timedelta(seconds=1)
"""What one second holds may go out at once; the next waits."""


def may_send_now(session: Session, *, channel: MessageChannel, figures: Figures, now: dt.datetime) -> bool:
    """Take one message's share of a channel's pace, or return False when this second has none left.

    One row per channel, moved on by a conditional UPDATE; a rate of 0 sets no limit.
    """
    per_second = rate_of(channel, figures)
    if per_second == 0:
        return True
    share = dt.timedelta(seconds=1) / per_second
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(SendingPace).values(channel=channel, next_at=now).on_conflict_do_nothing())
    row = session.get_one(SendingPace, channel, populate_existing=True, with_for_update=True)
    next_at = max(row.next_at, now) + share
    if next_at > now + BURST:
        return False
    session.execute(update(SendingPace).where(SendingPace.channel == channel).values(next_at=next_at))
    return True


def rate_of(channel: MessageChannel, figures: Figures) -> int:
    """Return how many messages a second a channel's number may send; 0 is no limit."""
    rates = {MessageChannel.SMS: figures.texts_per_second, MessageChannel.VOICE: figures.calls_per_second}
    return rates.get(channel, 0)
