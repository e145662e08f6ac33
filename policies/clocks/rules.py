"""What is promised: which events start, meet and pause a clock, how long it may take, who hears of it when (K1, K2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from policies.clocks.calendars import WorkingCalendar
from policies.figures import Figures

UNITS = ("seconds", "minutes", "hours", "workdays")
NO_TIME = dt.timedelta()
MOST_PERCENT = 1000
LONGEST_KIND, LONGEST_STEP = 32, 24


class ClockRuleMalformed(ValueError):
    """A rule's document says something that cannot be meant; the message says which part and why."""


class Listener(StrEnum):
    """Who hears of a clock at one of its steps: the desk, and from there up the duty ladder (H11)."""

    DESK = "desk"
    TECHNICIAN = "technician"
    EXPERT = "expert"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True)
class Target:
    """How long something may take. `agreed`: nothing is promised until an event says what was agreed."""

    unit: str
    count: int
    is_agreed: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A warning or an escalation: at a share of the target, and so many minutes after that (negative: before).

    With a `calendar` of its own it waits until that one opens. `is_called`: those on duty are telephoned, one after
    the other, until one takes it; otherwise the first of them is sent a text.
    """

    name: str
    percent: int
    minutes: int
    tells: Listener
    calendar: str | None = None
    is_called: bool = False


@dataclass(frozen=True, slots=True)
class ClockRule:
    """One kind of promise. `calendar` is the code of the calendar its time counts by."""

    kind: str
    names: Mapping[str, str]
    started_by: frozenset[str]
    met_by: frozenset[str]
    withdrawn_by: frozenset[str]
    target: Target
    calendar: str
    pausable_for: frozenset[str]
    steps: tuple[Step, ...]


def read_rule(document: Mapping[str, Any], figures: Figures) -> ClockRule:
    """Return the rule of a document; a target may name one of `figures`. Raises ClockRuleMalformed."""
    kind = str(document.get("kind", ""))
    if not kind.isidentifier() or len(kind) > LONGEST_KIND:
        raise ClockRuleMalformed(f"kind: {kind!r} is no word of at most {LONGEST_KIND} letters")
    names = document.get("names")
    if not isinstance(names, Mapping) or not {"zh-CN", "en"} <= set(names):
        raise ClockRuleMalformed(f"{kind}: names: wanted in zh-CN and in en")
    started_by, met_by = _words(document, "started_by"), _words(document, "met_by")
    if not started_by or not met_by:
        raise ClockRuleMalformed(f"{kind}: started_by and met_by each need an event")
    steps = tuple(_read_step(step, kind) for step in document.get("steps", ()))
    if len({step.name for step in steps}) != len(steps):
        raise ClockRuleMalformed(f"{kind}: two steps have the same name")
    return ClockRule(
        kind=kind,
        names=dict(names),
        started_by=started_by,
        met_by=met_by,
        withdrawn_by=_words(document, "withdrawn_by"),
        target=_read_target(document.get("target"), figures, kind),
        calendar=str(document.get("calendar", "always")),
        pausable_for=_words(document, "pausable_for"),
        steps=steps,
    )


def target_length(target: Target, calendar: WorkingCalendar, started_at: dt.datetime) -> dt.timedelta:
    """Return how much counting time the target is for a clock that starts at `started_at`.

    Workdays end with the closing of the n-th workday after the first day: however long those days are.
    """
    if target.unit == "workdays":
        return calendar.open_time(started_at, calendar.end_of_workday(started_at, workdays=target.count))
    return dt.timedelta(**{target.unit: target.count})


def step_offset(step: Step, target: dt.timedelta) -> dt.timedelta:
    """Return after how much counting time the step is due."""
    return max(NO_TIME, target * step.percent / 100 + dt.timedelta(minutes=step.minutes))


def write_rule(rule: ClockRule) -> dict[str, Any]:
    """Return the rule as a document with its target in plain units, as a proof carries it."""
    written = asdict(rule)
    for name in ("started_by", "met_by", "withdrawn_by", "pausable_for"):
        written[name] = sorted(written[name])
    written["names"] = dict(rule.names)
    written["target"] = {"agreed": True} if rule.target.is_agreed else {rule.target.unit: rule.target.count}
    del written["steps"]
    return written


def _words(document: Mapping[str, Any], name: str) -> frozenset[str]:
    words = document.get(name, ())
    if isinstance(words, str) or not isinstance(words, Iterable) or not all(isinstance(word, str) for word in words):
        raise ClockRuleMalformed(f"{document.get('kind')}: {name}: a list of words is wanted")
    return frozenset(words)


def _read_target(target: object, figures: Figures, kind: str) -> Target:
    if not isinstance(target, Mapping) or len(target) != 1:
        raise ClockRuleMalformed(f"{kind}: target: one of {', '.join((*UNITS, 'figure', 'agreed'))} is wanted")
    (unit, count), *_ = target.items()
    if unit == "agreed":
        return Target("minutes", 0, is_agreed=True)
    if unit == "figure":
        unit, count = str(count).rsplit("_", 1)[-1], getattr(figures, str(count), None)
    if unit not in UNITS or type(count) is not int or count < 0:
        raise ClockRuleMalformed(f"{kind}: target: {dict(target)!r} is no length of time")
    return Target(unit, count)


def _read_step(step: Mapping[str, Any], kind: str) -> Step:
    name = str(step.get("name", ""))
    where = f"{kind}: step {name!r}"
    if not name.isidentifier() or len(name) > LONGEST_STEP:
        raise ClockRuleMalformed(f"{where}: a name of at most {LONGEST_STEP} letters is wanted")
    percent, minutes = step.get("percent", 100), step.get("minutes", 0)
    if type(minutes) is not int or type(percent) is not int:
        raise ClockRuleMalformed(f"{where}: percent and minutes are whole numbers")
    if not 0 <= percent <= MOST_PERCENT:
        raise ClockRuleMalformed(f"{where}: percent lies between 0 and {MOST_PERCENT}")
    try:
        tells = Listener(step.get("tells", Listener.DESK))
    except ValueError as error:
        raise ClockRuleMalformed(f"{where}: tells one of {', '.join(Listener)}") from error
    is_called, calendar = step.get("call", False), step.get("calendar")
    if type(is_called) is not bool or (is_called and tells is Listener.DESK):
        raise ClockRuleMalformed(f"{where}: call is true or false, and nobody telephones the desk")
    return Step(name, percent, minutes, tells, None if calendar is None else str(calendar), is_called)
