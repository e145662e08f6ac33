"""The rules the house is delivered with, as the clocks read them, and clocks that break."""

import datetime as dt
import json

from models.database import Database
from operations.clocks.commitments import list_overdue, refresh_commitments
from policies.clocks.calendars import WorkingCalendar, read_calendar
from policies.clocks.rules import ClockRule, read_rule
from policies.figures import DEFAULT_FIGURES, Figures
from tests.architecture.rooms import PROJECT

RULES = json.loads((PROJECT / "content" / "clocks" / "rules.json").read_text(encoding="utf-8"))
CALENDARS = json.loads((PROJECT / "content" / "clocks" / "calendars.json").read_text(encoding="utf-8"))


def delivered_rule(kind: str, figures: Figures = DEFAULT_FIGURES) -> ClockRule:
    return read_rule(next(rule for rule in RULES if rule["kind"] == kind), figures)


def delivered_calendar(code: str) -> WorkingCalendar:
    return read_calendar(next(calendar for calendar in CALENDARS if calendar["code"] == code))


def break_overdue_clocks(database: Database, *, now: dt.datetime) -> int:
    """Do what the clock process does every few seconds; return how many subjects it read again."""
    with database.reading() as session:
        overdue = list_overdue(session, now=now, most=10_000)
    for subject, request_id in overdue:
        with database.writing() as session:
            refresh_commitments(session, subject=subject, request_id=request_id, now=now)
    return len(overdue)
