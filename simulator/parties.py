"""How a person behaves whose telephone rings while the test is busy being somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reaction(StrEnum):
    PICKS_UP = "picks up"
    LETS_IT_RING = "lets it ring"
    IS_BUSY = "is busy"
    IS_OFF = "is off"


@dataclass(frozen=True, slots=True)
class Habit:
    """What happens at a phone that rings; `whisper_keys` are pressed when a whisper asks for a key."""

    reaction: Reaction = Reaction.PICKS_UP
    rings_seconds: float = 4.0
    talks_seconds: float = 30.0
    whisper_keys: str = ""
