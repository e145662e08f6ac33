"""When a part of the house is down, and what that means for whoever works with it (DESIGN rule 11)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

CLOCK_SILENT_SECONDS = 60.0
"""Some job runs every three seconds; a clock that has claimed none for a minute is dead."""
MESSAGE_WAITS_SECONDS = 180.0
TRIED_IN_VAIN = 6
"""After so many tries of one message, with growing pauses, more than five minutes have gone by."""
ROAD_FAILURES = 3
DISK_NEEDED_BYTES = 1024**3
"""Some days of photos and recordings: time for somebody to make room."""


class Trouble(StrEnum):
    """A part that is down while the rest goes on."""

    CLOCK_STOPPED = "clock_stopped"
    DISK_NEARLY_FULL = "disk_nearly_full"
    JOB_FAILS = "job_fails"
    MESSAGES_WAIT = "messages_wait"
    PLANNER_FAILED = "planner_failed"
    ROADS_DOWN = "roads_down"


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """What the data alone says about how the house does.

    Counts, except: `failed_jobs`, 1 for each claimed job whose last run failed, `job_age_seconds` since each claimed
    job began last, `plan_age_seconds` since each area's plan changed last, `oldest_message_seconds` since the message
    that waits longest might have gone, 0 when none waits, `disk_free_bytes` where the data folder is.
    """

    measured_at: dt.datetime
    calls_under_way: int
    calls_last_hour: int
    calls_answered_late_last_hour: int
    windows_held: int
    windows_lost_last_hour: int
    messages_waiting: int
    messages_tried_in_vain: int
    messages_uncertain: int
    messages_not_received_last_day: int
    oldest_message_seconds: float
    clocks_due_within_an_hour: int
    clocks_broken_last_day: int
    proposals_waiting: int
    plan_events_unanswered: int
    plan_events_failed_last_hour: int
    road_failures: int
    disk_free_bytes: int
    failed_jobs: dict[str, float]
    job_age_seconds: dict[str, float]
    plan_age_seconds: dict[str, float]


def list_troubles(signs: VitalSigns) -> tuple[Trouble, ...]:
    """Return what is down, the worst first. A house whose clock has never run is one that is just being set up."""
    found = []
    if signs.job_age_seconds and min(signs.job_age_seconds.values()) > CLOCK_SILENT_SECONDS:
        found.append(Trouble.CLOCK_STOPPED)
    if signs.disk_free_bytes < DISK_NEEDED_BYTES:
        found.append(Trouble.DISK_NEARLY_FULL)
    # What is refused waits for its next try: it is not due, and so not the oldest that might go now.
    if signs.oldest_message_seconds > MESSAGE_WAITS_SECONDS or signs.messages_tried_in_vain:
        found.append(Trouble.MESSAGES_WAIT)
    if signs.failed_jobs:
        found.append(Trouble.JOB_FAILS)
    if signs.plan_events_failed_last_hour:
        found.append(Trouble.PLANNER_FAILED)
    if signs.road_failures >= ROAD_FAILURES:
        found.append(Trouble.ROADS_DOWN)
    return tuple(found)
