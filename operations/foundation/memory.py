"""What this process remembers of tables that seldom change, and how it knows that nobody has changed them.

Whoever changes one of these tables counts its topic up in the same transaction (operations/foundation/changes.py).
Whoever wants what is remembered compares the number first: one small query a transaction, whatever the number of
tables. What the own transaction has changed is neither remembered nor taken from memory: it may still be rolled back.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from models import (
    Absence,
    Area,
    CalendarVersion,
    Certificate,
    ClockRuleVersion,
    EventHook,
    FlowVersion,
    PolicyVersion,
    RoadService,
    Shift,
    Skill,
    TeamRecord,
    Technician,
    TechnicianSkill,
    TextVersion,
)
from models.database import KEPT
from operations.foundation.changes import last_changes, note_change

RULES = "rules"
"""Figures, clock rules and calendars."""
CREW = "crew"
"""Who works when and can do what, in which area."""
TEXTS = "texts"
"""The organisation's own texts, and the versions of the menu that are kept."""
HOOKS = "hooks"
"""Which systems are told of which events."""
TOPICS: dict[type[Any], str] = {
    PolicyVersion: RULES,
    ClockRuleVersion: RULES,
    CalendarVersion: RULES,
    Area: CREW,
    Technician: CREW,
    TechnicianSkill: CREW,
    Skill: CREW,
    Shift: CREW,
    Absence: CREW,
    Certificate: CREW,
    TeamRecord: CREW,
    RoadService: CREW,
    TextVersion: TEXTS,
    FlowVersion: TEXTS,
    EventHook: HOOKS,
}
"""The tables that may be remembered, each with the topic its changes count up."""
_NUMBERS, _CHANGED = "numbers of what is remembered", "changed of what is remembered"
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Kept:
    number: int
    value: Any


def _always(_value: object) -> bool:
    return True


def remember(
    session: Session,
    *,
    topic: str,
    key: Hashable,
    read: Callable[[], Value],
    suits: Callable[[Value], bool] = _always,
) -> Value:
    """Return what `read` returns, from memory while no table of `topic` has changed since it was read.

    `suits` says whether what is remembered answers this question too. It is shared by all threads: plain values that
    nobody changes. `read` looks at tables of `topic` alone.
    """
    kept: dict[Hashable, _Kept] | None = session.info.get(KEPT)
    if kept is None or topic in session.info.get(_CHANGED, ()):
        return read()
    numbers = seen_changes(session)
    found = kept.get((topic, key))
    if found is None or found.number != numbers[topic] or not suits(found.value):
        # The number was read before the rows: a change in between makes the rows newer than their number, never older.
        found = kept[topic, key] = _Kept(numbers[topic], read())
    value: Value = found.value
    return value


def seen_changes(session: Session) -> dict[str, int]:
    """Return how often each topic has changed, as this transaction has seen it first or when it last looked again."""
    numbers: dict[str, int] | None = session.info.get(_NUMBERS)
    if numbers is None:
        numbers = session.info[_NUMBERS] = last_changes(session, topics=(RULES, CREW, TEXTS, HOOKS))
    return numbers


def look_again(session: Session) -> None:
    """Compare with the tables as they are now: the transaction has waited for somebody who may have changed them."""
    session.info.pop(_NUMBERS, None)


@event.listens_for(Session, "after_flush")
def _note_flushed(session: Session, _work: UOWTransaction) -> None:
    changed = [*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row))]
    _note(session, {TOPICS[type(row)] for row in changed if type(row) in TOPICS})


@event.listens_for(Session, "do_orm_execute")
def _note_executed(state: ORMExecuteState) -> None:
    if state.is_select or state.bind_mapper is None:
        return
    topic = TOPICS.get(state.bind_mapper.class_)
    _note(state.session, set() if topic is None else {topic})


def _note(session: Session, topics: set[str]) -> None:
    if topics:
        session.info.setdefault(_CHANGED, set()).update(topics)
        for topic in topics:
            note_change(session, topic=topic)
