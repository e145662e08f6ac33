"""How a promise stands: computed from recorded events alone, any number of times, with the same result (K1).

Events may come late and in any order; a later event corrects an earlier one. Nothing here counts up or keeps a state.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from policies.clocks.calendars import Span, WorkingCalendar
from policies.clocks.rules import NO_TIME, ClockRule, Step, step_offset, target_length
from policies.commitments import CommitmentState

PAUSED, RESUMED, AGREED, CORRECTED = "clock_paused", "clock_resumed", "target_agreed", "event_corrected"
FOREVER = dt.datetime.max.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Fact:
    """What a clock needs of a StatusEvent: its place in the chain, its kind, when it happened, and its facts."""

    kind: str
    occurred_at: dt.datetime
    position: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A clock read at an instant.

    `deadline_at` of a paused clock is the earliest it can become: as if it went on at once. `left` is the counting time
    still left. `fulfilled_at` is when it was done, in time or not; `decided_at` when it was met, broken or withdrawn.
    """

    state: CommitmentState
    started_at: dt.datetime
    deadline_at: dt.datetime
    decided_at: dt.datetime | None
    fulfilled_at: dt.datetime | None = None
    left: dt.timedelta = NO_TIME
    agreement: str | None = None


@dataclass(frozen=True, slots=True)
class StepDue:
    """One step of a clock and when it is due; None while a pause holds it. `is_over`: nobody need hear of it now."""

    step: Step
    due_at: dt.datetime | None
    is_over: bool


@dataclass(frozen=True, slots=True)
class _Course:
    """A clock's events, put in order and reduced to what its hands need."""

    started_at: dt.datetime
    target: dt.timedelta
    pauses: tuple[Span, ...]
    met_at: dt.datetime | None
    withdrawn_at: dt.datetime | None
    agreement: str | None


def correct_facts(facts: Iterable[Fact]) -> list[Fact]:
    """Return the facts with every correction applied: moved to another instant, or taken back.

    The last correction of an event counts; one of an event that comes after it, or of itself, changes nothing.
    """
    ordered = sorted(facts, key=lambda fact: fact.position)
    corrections = {
        fact.facts["position"]: fact.facts
        for fact in ordered
        if fact.kind == CORRECTED and fact.facts.get("position", fact.position) < fact.position
    }
    standing = [fact for fact in ordered if not corrections.get(fact.position, {}).get("is_void")]
    return [_moved(fact, corrections.get(fact.position, {})) for fact in standing]


def read_clock(
    rule: ClockRule, calendar: WorkingCalendar, facts: Sequence[Fact], *, now: dt.datetime
) -> Verdict | None:
    """Return the clock's verdict at `now`, or None while nothing has started it or nothing was agreed.

    The earliest starting event counts, so nothing restarts a clock (D1), and so does the earliest agreement. What ends
    a clock at its very deadline is in time. A withdrawal counts only before the deadline and before it was met. Time in
    a pause does not count; overlapping pauses count once; a pause after the deadline saves nothing.
    """
    course = _course(rule, calendar, facts, now)
    if course is None:
        return None
    state, decided_at, deadline_at = _decide(course, calendar, now)
    left = NO_TIME if decided_at else max(NO_TIME, course.target - _counted(calendar, course, now))
    return Verdict(
        state=state,
        started_at=course.started_at,
        deadline_at=deadline_at,
        decided_at=decided_at,
        fulfilled_at=course.met_at,
        left=left,
        agreement=course.agreement,
    )


def list_steps_due(
    rule: ClockRule,
    calendar: WorkingCalendar,
    facts: Sequence[Fact],
    *,
    now: dt.datetime,
    calendars: Mapping[str, WorkingCalendar] | None = None,
) -> list[StepDue]:
    """Return when each step of a started clock is due, as known at `now`; steps go on after the deadline until done.

    A step falls into the clock's own hours, so an office-hours clock wakes nobody at midnight; a step with a calendar
    of its own waits for that one to open (`calendars` by code).
    """
    course = _course(rule, calendar, facts, now)
    if course is None:
        return []
    dues = []
    for step in rule.steps:
        due_at = _reach(calendar, course, step_offset(step, course.target))
        if due_at is not None:
            due_at = calendar.next_open(due_at)
            if step.calendar is not None and calendars is not None:
                due_at = calendars[step.calendar].next_open(due_at)
        dues.append(StepDue(step, due_at, is_over=_has_ended(course)))
    return dues


def calendar_code(rule: ClockRule, facts: Iterable[Fact], *, now: dt.datetime) -> str:
    """Return the code of the calendar the clock counts by: the rule's, unless an agreement names another."""
    agreed = _agreement(rule, _happened(facts, now))
    return str(agreed.get("calendar", rule.calendar)) if agreed else rule.calendar


def _moved(fact: Fact, correction: Mapping[str, Any]) -> Fact:
    if "occurred_at" not in correction:
        return fact
    return replace(fact, occurred_at=dt.datetime.fromisoformat(correction["occurred_at"]))


def _course(rule: ClockRule, calendar: WorkingCalendar, facts: Sequence[Fact], now: dt.datetime) -> _Course | None:
    happened = _happened(facts, now)
    started_at = _first(happened, rule.started_by)
    if started_at is None:
        return None
    agreed = _agreement(rule, happened)
    if agreed is None and rule.target.is_agreed:
        return None
    own = target_length(rule.target, calendar, started_at)
    return _Course(
        started_at=started_at,
        target=own if agreed is None else _agreed_length(agreed, calendar, started_at),
        pauses=_pauses(rule, happened, started_at),
        met_at=_first(happened, rule.met_by, since=started_at),
        withdrawn_at=_first(happened, rule.withdrawn_by, since=started_at),
        agreement=agreed.get("agreement") if agreed else None,
    )


def _happened(facts: Iterable[Fact], now: dt.datetime) -> list[Fact]:
    known = (fact for fact in correct_facts(facts) if fact.occurred_at <= now)
    return sorted(known, key=lambda fact: (fact.occurred_at, fact.position))


def _agreement(rule: ClockRule, happened: Iterable[Fact]) -> Mapping[str, Any] | None:
    return next((f.facts for f in happened if f.kind == AGREED and f.facts.get("clock") == rule.kind), None)


def _first(facts: Iterable[Fact], kinds: frozenset[str], since: dt.datetime | None = None) -> dt.datetime | None:
    instants = (fact.occurred_at for fact in facts if fact.kind in kinds)
    return next((at for at in instants if since is None or at >= since), None)


def _agreed_length(agreed: Mapping[str, Any], calendar: WorkingCalendar, started_at: dt.datetime) -> dt.timedelta:
    if "until" in agreed:
        return calendar.open_time(started_at, dt.datetime.fromisoformat(agreed["until"]))
    return dt.timedelta(minutes=int(agreed["minutes"]))


def _pauses(rule: ClockRule, happened: Sequence[Fact], started_at: dt.datetime) -> tuple[Span, ...]:
    """Return the stretches in which at least one pause holds, apart from each other; an open one lasts forever."""
    held: set[str] = set()
    since, spans = started_at, []
    for fact in happened:
        if fact.kind not in {PAUSED, RESUMED} or fact.facts.get("clock", rule.kind) != rule.kind:
            continue
        reason = str(fact.facts.get("reason", ""))
        was_held = bool(held)
        if fact.kind == PAUSED:
            if reason in rule.pausable_for:
                held.add(reason)
        elif reason:
            held.discard(reason)
        else:
            held.clear()
        at = max(fact.occurred_at, started_at)
        if held and not was_held:
            since = at
        elif was_held and not held and since < at:
            spans.append((since, at))
    return tuple(spans) + (((since, FOREVER),) if held else ())


def _reach(calendar: WorkingCalendar, course: _Course, wanted: dt.timedelta) -> dt.datetime | None:
    """Return when the hands have gone `wanted`, or None if a pause without end holds them before."""
    if wanted == NO_TIME:
        return course.started_at
    for start, end in _counting_spans(calendar, course):
        if end - start >= wanted:
            return start + wanted
        wanted -= end - start
    return None


def _counting_spans(calendar: WorkingCalendar, course: _Course) -> Iterable[Span]:
    """Yield the stretches in which the hands move: open, and not paused."""
    pauses = course.pauses
    for start, end in calendar.open_spans(course.started_at):
        at = start
        for pause_from, pause_until in pauses:
            if pause_from >= end:
                break
            if at < pause_from:
                yield at, pause_from
            at = max(at, pause_until)
        if at < end:
            yield at, end
        if pauses and pauses[-1][1] == FOREVER and end >= pauses[-1][0]:
            return


def _counted(calendar: WorkingCalendar, course: _Course, until_at: dt.datetime) -> dt.timedelta:
    total = NO_TIME
    for start, end in _counting_spans(calendar, course):
        if start >= until_at or total > course.target:
            break
        total += min(end, until_at) - start
    return total


def _decide(
    course: _Course, calendar: WorkingCalendar, now: dt.datetime
) -> tuple[CommitmentState, dt.datetime | None, dt.datetime]:
    reached = _reach(calendar, course, course.target)
    deadline_at = reached or _reach(calendar, replace(course, pauses=course.pauses[:-1]), course.target) or FOREVER
    met, withdrawn = course.met_at, course.withdrawn_at
    is_withdrawn_first = withdrawn is not None and (met is None or withdrawn < met)
    if met is not None and (reached is None or met <= reached) and not is_withdrawn_first:
        return CommitmentState.MET, met, deadline_at
    if withdrawn is not None and is_withdrawn_first and (reached is None or withdrawn <= reached):
        return CommitmentState.WITHDRAWN, withdrawn, deadline_at
    if reached is None:
        return CommitmentState.PAUSED, None, deadline_at
    if now > reached:
        return CommitmentState.BROKEN, reached, reached
    return CommitmentState.RUNNING, None, reached


def _has_ended(course: _Course) -> bool:
    """Tell whether nobody need hear of the clock any more: it was met, late or not, or its matter ended."""
    return course.met_at is not None or course.withdrawn_at is not None
