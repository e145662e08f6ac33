"""The rules the house is delivered with, as the clocks read them."""

import json

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
