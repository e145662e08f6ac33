"""A person, and what stands in for one: a spoken message that becomes a request (H3, H12)."""

from __future__ import annotations

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, record
from ivr.turn import Turn


def find_person(turn: Turn) -> str:  # noqa: ARG001 - every node is entered with its turn
    """The one way to a person, from everywhere: nobody is connected yet, so it leads to a spoken message."""
    return "voicemail"


def enter_voicemail(turn: Turn) -> Reply:
    """Say that nobody can answer now, when we call back, and listen."""
    return record(Line("voicemail", {"minutes": turn.figures.voicemail_callback_minutes}))


def answer_voicemail(turn: Turn, key: str) -> str:  # noqa: ARG001 - keys mean nothing while recording
    """Listen again."""
    return "voicemail"


PERSON = Node("person", find_person, answer_voicemail, goes_back=False)
VOICEMAIL = Node("voicemail", enter_voicemail, answer_voicemail, goes_back=False)
