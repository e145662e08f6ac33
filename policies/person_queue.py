"""Callers who asked for a person: how far each is, who is rung next, how long it will take (H8, H12)."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from statistics import fmean

from policies.languages import Language

FEWEST_TALKS = 5
"""With fewer measured talks than this an expected wait would be a guess, so none is said."""
LATEST_TALKS = 50


class QueueLine(StrEnum):
    """What somebody wants a person for; a complaint is answered before everything else (H8)."""

    COMPLAINT = "complaint"
    SERVICE = "service"


class QueueState(StrEnum):
    """How far a caller who asked for a person is."""

    WAITING = "waiting"
    TALKING = "talking"
    ON_HOLD = "on_hold"
    OVER = "over"


class QueueEnd(StrEnum):
    """How it ended with a caller who asked for a person."""

    TALKED = "talked"
    HUNG_UP = "hung_up"
    LEFT_A_MESSAGE = "left_a_message"
    WENT_BACK = "went_back"
    NOBODY_CAME = "nobody_came"
    QUEUE_FULL = "queue_full"
    NOT_REACHED = "not_reached"


class AgentState(StrEnum):
    """Whether somebody takes calls now."""

    AVAILABLE = "available"
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    AWAY = "away"


class RingResult(StrEnum):
    """What came of one telephone that rang for a caller."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    SILENT = "silent"
    TOO_LATE = "too_late"
    CALLED_OFF = "called_off"
    NOT_RUNG = "not_rung"


@dataclass(frozen=True, slots=True)
class FreeAgent:
    """Somebody who could be rung now; `free_since` is when they last became available."""

    agent_id: int
    language: Language
    takes_complaints: bool
    free_since: dt.datetime


def choose_agent(
    free: Sequence[FreeAgent], *, line: QueueLine, language: Language, rung: Collection[int]
) -> FreeAgent | None:
    """Return whose telephone rings next for a caller, or None when everybody free has been rung already.

    Complaints go to those who take them before others do; then to whoever speaks the caller's language; then to
    whoever has been free for longest.
    """
    asked = frozenset(rung)
    left = [agent for agent in free if agent.agent_id not in asked]
    is_complaint = line is QueueLine.COMPLAINT
    return min(
        left,
        key=lambda agent: (
            is_complaint and not agent.takes_complaints,
            agent.language is not language,
            agent.free_since,
            agent.agent_id,
        ),
        default=None,
    )


def expect_wait_minutes(*, position: int, agents: int, talk_seconds: Sequence[int]) -> int | None:
    """Return how many minutes somebody at `position` (the first is 1) will wait, rounded up; None when nobody knows.

    While all `agents` talk, one of them becomes free every talk / agents, and `position` of these must pass. The
    talks are the latest measured ones, with what is written down after them.
    """
    if agents < 1 or len(talk_seconds) < FEWEST_TALKS:
        return None
    seconds = fmean(talk_seconds[-LATEST_TALKS:]) * position / agents
    return max(1, math.ceil(seconds / 60))
