"""Which rules and calendars are in force at an instant: those delivered, and the versions an organisation adds (K1).

A version holds for clocks that start while it is in force, and for no other: nothing edited later rewrites history.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import CalendarVersion, ClockRuleVersion
from operations.foundation.figures import versioned_figures_at
from operations.foundation.memory import RULES, remember
from policies.clocks.calendars import WorkingCalendar, read_calendar
from policies.clocks.reading import Fact
from policies.clocks.rules import ClockRule, read_rule
from policies.figures import DEFAULT_FIGURES

DELIVERED = Path(__file__).resolve().parents[2] / "content" / "clocks"
DELIVERED_VERSION = 0


class VersionBackdated(ValueError):
    """A version may not be in force before it was recorded: it would rewrite what has been decided."""


class CalendarUnknown(LookupError):
    """There is no calendar of this code."""


class RuleUnknown(LookupError):
    """There is no clock of this kind."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a rule or calendar. `number` is 0 for what the house is delivered with."""

    number: int
    in_force_from_at: dt.datetime
    document: Mapping[str, Any]
    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """A rule with the versions it was read from, and when the clock started under it."""

    rule: ClockRule
    rule_version: int
    figures_version: int
    started_at: dt.datetime


def list_kinds(session: Session) -> list[str]:
    """Return every kind of clock there is a rule for, those delivered first."""
    return list(_rule_versions(session))


def find_rule(session: Session, *, kind: str, standing: Sequence[Fact]) -> RuleInForce | None:
    """Return the rule that a subject's clock of this kind runs under, or None while nothing has started it.

    It is the newest one that was in force when, by its own words, the clock started. `standing` are the facts that have
    happened, corrections applied.
    """
    for version in reversed(_rule_versions(session)[kind]):
        starters = version.document["started_by"]
        started_at = min((fact.occurred_at for fact in standing if fact.kind in starters), default=None)
        if started_at is not None and version.in_force_from_at <= started_at:
            figures_version, figures = versioned_figures_at(session, started_at)
            return RuleInForce(read_rule(version.document, figures), version.number, figures_version, started_at)
    return None


def list_rule_versions(session: Session, *, kind: str) -> Sequence[Version]:
    """Return every version of a rule, the oldest first; raises RuleUnknown."""
    versions = _rule_versions(session).get(kind)
    if not versions:
        raise RuleUnknown(kind)
    return versions


def rule_version_at(session: Session, *, kind: str, at: dt.datetime) -> Version:
    """Return the version of a rule in force at `at`; raises RuleUnknown."""
    versions = [version for version in list_rule_versions(session, kind=kind) if version.in_force_from_at <= at]
    if not versions:
        raise RuleUnknown(kind)
    return versions[-1]


def find_calendar(session: Session, *, code: str, at: dt.datetime) -> WorkingCalendar:
    """Return the calendar of this code as it stood at `at`; raises CalendarUnknown."""
    version = calendar_version_at(session, code=code, at=at)
    key = ("calendar", code, version.number, version.in_force_from_at)
    return remember(session, topic=RULES, key=key, read=lambda: _read_calendar(code, version))


def calendar_version_at(session: Session, *, code: str, at: dt.datetime) -> Version:
    """Return the version of a calendar in force at `at`; raises CalendarUnknown."""
    versions = [version for version in _calendar_versions(session).get(code, ()) if version.in_force_from_at <= at]
    if not versions:
        raise CalendarUnknown(code)
    return versions[-1]


def list_calendars(session: Session, *, at: dt.datetime) -> dict[str, Version]:
    """Return the calendars in force at `at` by their codes."""
    found = {
        code: [version for version in versions if version.in_force_from_at <= at]
        for code, versions in _calendar_versions(session).items()
    }
    return {code: versions[-1] for code, versions in found.items() if versions}


def add_rule_version(
    session: Session, *, document: Mapping[str, Any], in_force_from_at: dt.datetime, approved_by: str, now: dt.datetime
) -> ClockRuleVersion:
    """Put a rule in force from an instant on; a kind nobody has heard of is a new clock, and needs no code.

    Raises ClockRuleMalformed, CalendarUnknown or VersionBackdated.
    """
    rule = read_rule(document, DEFAULT_FIGURES)
    for code in (rule.calendar, *(step.calendar for step in rule.steps if step.calendar)):
        calendar_version_at(session, code=code, at=in_force_from_at)
    if in_force_from_at < now:
        raise VersionBackdated(f"{in_force_from_at.isoformat()} is before {now.isoformat()}")
    row = ClockRuleVersion(
        kind=rule.kind,
        in_force_from_at=in_force_from_at,
        document=dict(document),
        approved_by=approved_by,
        recorded_at=now,
    )
    _add(session, row)
    return row


def add_calendar_version(
    session: Session,
    *,
    code: str,
    document: Mapping[str, Any],
    in_force_from_at: dt.datetime,
    approved_by: str,
    now: dt.datetime,
) -> CalendarVersion:
    """Put a calendar in force from an instant on. Raises CalendarMalformed or VersionBackdated."""
    read_calendar(document)
    if in_force_from_at < now:
        raise VersionBackdated(f"{in_force_from_at.isoformat()} is before {now.isoformat()}")
    row = CalendarVersion(
        code=code,
        in_force_from_at=in_force_from_at,
        document=dict(document),
        approved_by=approved_by,
        recorded_at=now,
    )
    _add(session, row)
    return row


def name_of_clock(session: Session, *, kind: str, language: str) -> str:
    """Return what a kind of clock is called now; the kind itself if no rule knows it."""
    versions = _rule_versions(session).get(kind)
    return str(versions[-1].document["names"].get(language, kind)) if versions else kind


def _add(session: Session, row: ClockRuleVersion | CalendarVersion) -> None:
    session.add(row)
    session.flush()


def _rule_versions(session: Session) -> dict[str, list[Version]]:
    return remember(session, topic=RULES, key="clock rules", read=lambda: _read_rule_versions(session))


def _read_rule_versions(session: Session) -> dict[str, list[Version]]:
    rows = session.scalars(select(ClockRuleVersion)).all()
    return _merge(_delivered("rules.json"), ((row.kind, _version(row)) for row in rows), "kind")


def _calendar_versions(session: Session) -> dict[str, list[Version]]:
    return remember(session, topic=RULES, key="clock calendars", read=lambda: _read_calendar_versions(session))


def _read_calendar_versions(session: Session) -> dict[str, list[Version]]:
    rows = session.scalars(select(CalendarVersion)).all()
    return _merge(_delivered("calendars.json"), ((row.code, _version(row)) for row in rows), "code")


def _version(row: ClockRuleVersion | CalendarVersion) -> Version:
    return Version(row.id, row.in_force_from_at, row.document, row.approved_by)


def _merge(
    delivered: Iterable[Mapping[str, Any]], added: Iterable[tuple[str, Version]], name: str
) -> dict[str, list[Version]]:
    """Return the versions of each kind or code, the oldest first."""
    versions: dict[str, list[Version]] = {}
    for document in delivered:
        version = Version(DELIVERED_VERSION, dt.datetime.fromisoformat(document["in_force_from_at"]), document)
        versions.setdefault(document[name], []).append(version)
    for key, version in added:
        versions.setdefault(key, []).append(version)
    for found in versions.values():
        found.sort(key=lambda version: (version.in_force_from_at, version.number))
    return versions


@cache
def _delivered(name: str) -> Sequence[Mapping[str, Any]]:
    documents: Sequence[Mapping[str, Any]] = json.loads((DELIVERED / name).read_text(encoding="utf-8"))
    return documents


def _read_calendar(code: str, version: Version) -> WorkingCalendar:
    return _delivered_calendar(code, version.in_force_from_at) or read_calendar(version.document)


@cache
def _delivered_calendar(code: str, in_force_from_at: dt.datetime) -> WorkingCalendar | None:
    """Return a delivered calendar, kept for the life of the process with the days it has worked out."""
    wanted = (code, in_force_from_at)
    for document in _delivered("calendars.json"):
        if (document["code"], dt.datetime.fromisoformat(document["in_force_from_at"])) == wanted:
            return read_calendar(document)
    return None
