"""A holiday added afterwards, a policy changed in between: what runs keeps what it started under (K1).

Beside the slow reference, which is given the hours and the target that were in force when the clock started.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from models.database import Database
from operations.clocks.clock_rules import add_calendar_version, add_rule_version
from operations.clocks.commitments import read_clocks
from policies.clocks.calendars import read_calendar
from policies.clocks.reading import PAUSED, RESUMED, Fact
from tests.databases import SqliteFolder
from tests.factories.looking import looking
from tests.policies.clocks.reference import MINUTE, Happened, Wall, read_by_the_minute

HOUR = 60 * MINUTE
MONDAY = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
HOURS = {"zone": "Asia/Shanghai", "weekly": [[["09:00", "12:00"], ["13:00", "18:00"]]] * 5 + [[], []], "days": {}}
WORDS = {"opened": "start", PAUSED: "pause", RESUMED: "resume", "done": "meet"}


@dataclass
class Edit:
    """From an instant on: another target, and a day off."""

    at: dt.datetime
    minutes: int
    day_off: dt.date

    @property
    def calendar(self) -> dict[str, Any]:
        return HOURS | {"days": {self.day_off.isoformat(): []}}


hours = st.integers(0, 8 * 24).map(lambda count: MONDAY + count * HOUR)
edits = st.builds(
    Edit, hours, st.integers(1, 3000), st.integers(0, 9).map(lambda day: (MONDAY + dt.timedelta(days=day)).date())
)


@pytest.fixture(scope="module")
def house(sqlite_folder: SqliteFolder) -> Iterator[Database]:
    with sqlite_folder.fresh() as url:
        database = Database(url)
        yield database
        database.close()


def rule(minutes: int) -> dict[str, Any]:
    return {
        "kind": "trial", "names": {"zh-CN": "x", "en": "x"}, "started_by": ["opened"], "met_by": ["done"],
        "target": {"minutes": minutes}, "calendar": "trial", "pausable_for": ["customer_wish"],
    }  # fmt: skip


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    started=hours,
    minutes=st.integers(1, 3000),
    later=st.lists(edits, max_size=3, unique_by=lambda edit: edit.at),
    pause=st.tuples(st.integers(1, 60), st.integers(61, 90)),
    done=st.none() | st.integers(1, 200),
    read_after=st.integers(1, 240),
)
def test_whatever_is_edited_later_a_clock_keeps_the_hours_and_the_target_it_started_under(
    house: Database,
    started: dt.datetime,
    minutes: int,
    later: list[Edit],
    pause: tuple[int, int],
    done: int | None,
    read_after: int,
) -> None:
    first = Edit(MONDAY - HOUR, minutes, dt.date(2000, 1, 1))
    versions = [first, *sorted(later, key=lambda edit: edit.at)]
    in_force = [edit for edit in versions if edit.at <= started][-1]
    reason = {"clock": "trial", "reason": "customer_wish"}
    facts = [
        Fact("opened", started, 0),
        Fact(PAUSED, started + pause[0] * HOUR, 1, reason),
        Fact(RESUMED, started + pause[1] * HOUR, 2, reason),
        *([Fact("done", started + done * HOUR, 3)] if done else []),
    ]
    now = started + read_after * HOUR

    with looking(house) as session:
        for edit in versions:
            add_calendar_version(
                session, code="trial", document=edit.calendar, in_force_from_at=edit.at, approved_by="z", now=edit.at
            )
            add_rule_version(
                session, document=rule(edit.minutes), in_force_from_at=edit.at, approved_by="z", now=edit.at
            )
        verdict = read_clocks(session, facts, now=now)["trial"].verdict

    calendar = read_calendar(in_force.calendar)
    wall = Wall(calendar.zone, calendar.weekly, dict(calendar.days))
    happened = [Happened(WORDS[fact.kind], fact.occurred_at, str(fact.facts.get("reason", ""))) for fact in facts]
    assert (str(verdict.state), verdict.started_at, verdict.decided_at) == read_by_the_minute(
        wall, happened, target_minutes=in_force.minutes, now=now
    )
