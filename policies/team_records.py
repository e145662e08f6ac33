"""What is on record about a technician: training, praise, warnings, awards (T1, T2)."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum


class TeamRecordKind(StrEnum):
    """What an entry is. Only a training may be about a skill, and says whether it was passed."""

    TRAINING = "training"
    PRAISE = "praise"
    WARNING = "warning"
    AWARD = "award"


class RecordWordless(ValueError):
    """An entry needs words."""

    field = "words"


class RecordAhead(ValueError):
    """What is on record has happened; the day lies ahead."""

    field = "happened_on"


class SkillOutOfPlace(ValueError):
    """Only a training is about a skill."""

    field = "skill"


class RecordWithdrawnAlready(ValueError):
    """The entry has been withdrawn; nothing is ever taken out."""


def check_record(
    kind: TeamRecordKind, *, words: str, happened_on: dt.date, today: dt.date, is_about_skill: bool
) -> None:
    """Raise RecordWordless, RecordAhead or SkillOutOfPlace for an entry that cannot be."""
    if not words.strip():
        raise RecordWordless
    if happened_on > today:
        raise RecordAhead(happened_on.isoformat())
    if is_about_skill and kind is not TeamRecordKind.TRAINING:
        raise SkillOutOfPlace(kind)
