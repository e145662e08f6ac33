"""What a message is for: it decides how urgent the message is, and what may stop it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class MessagePurpose(StrEnum):
    """From what somebody waits at the door for, down to a greeting; sent in this order."""

    URGENT = "urgent"
    STAFF = "staff"
    REPLY = "reply"
    SERVICE = "service"
    REMINDER = "reminder"
    SURVEY = "survey"
    CARE = "care"


TURN: Mapping[MessagePurpose, int] = {purpose: turn for turn, purpose in enumerate(MessagePurpose, start=1)}
"""Who goes first when more is due than can be sent at once: the lower turn."""

CAN_WAIT = frozenset({MessagePurpose.REMINDER, MessagePurpose.SURVEY, MessagePurpose.CARE})
"""What nobody waits for: these keep quiet hours and are counted against the caps."""
