"""Local times of a file, turned into instants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from operations.imports.problems import Problem, Trouble
from operations.imports.sheets import Line


def fix_moments(line: Line, names: Sequence[str], zone: str | None) -> list[Problem]:
    """Turn the line's local times into instants in UTC; those that cannot be are dropped from the line and named.

    Without a zone only times with an offset stay; the others are dropped unnamed, because the missing zone is.
    """
    problems = []
    for name in names:
        at = line.values.get(name)
        if at is None:
            continue
        if at.tzinfo is None and zone is None:
            del line.values[name]
            continue
        if at.tzinfo is None:
            trouble = _local_trouble(at, ZoneInfo(zone or ""))
            if trouble is not None:
                problems.append(Problem(line.number, name, trouble, at.isoformat(sep=" ", timespec="minutes")))
                del line.values[name]
                continue
            at = at.replace(tzinfo=ZoneInfo(zone or ""))
        line.values[name] = at.astimezone(dt.UTC)
    return problems


def _local_trouble(at: dt.datetime, zone: ZoneInfo) -> Trouble | None:
    first, second = (at.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return None
    exists = first.astimezone(dt.UTC).astimezone(zone).replace(tzinfo=None) == at
    return Trouble.AMBIGUOUS_LOCAL_TIME if exists else Trouble.NO_SUCH_LOCAL_TIME
