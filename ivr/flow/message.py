"""Anything a menu cannot do becomes a spoken message, and the message becomes a request (H3)."""

from __future__ import annotations

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, record
from ivr.turn import Turn


def enter_voicemail(turn: Turn) -> Reply:
    """Say that nobody can answer now, when we call back, and listen."""
    return record(Line("voicemail", {"minutes": turn.figures.voicemail_callback_minutes}))


def answer_voicemail(turn: Turn, key: str) -> str:  # noqa: ARG001 - keys mean nothing while recording
    """Listen again."""
    return "voicemail"


VOICEMAIL = Node("voicemail", enter_voicemail, answer_voicemail, goes_back=False)
