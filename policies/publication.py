"""Who publishes a proposal (DESIGN "who publishes"): the clock when no promise is touched, a dispatcher otherwise."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo


class ProposalState(StrEnum):
    """What became of a proposal."""

    PROPOSED = "proposed"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class PublicationDecision:
    """Whether a proposal goes out by itself, and why or why not."""

    is_automatic: bool
    reason: str


def decide_publication(
    *, is_auto_publish_on: bool, broken_promises: int, moved_windows: int, people_told_touched: int, is_morning: bool
) -> PublicationDecision:
    """Decide whether a proposal may be published without a person (D9).

    The morning publication may tell everybody for the first time; during the day only changes that touch people not
    yet told go out by themselves. Whatever moves or breaks a promised window waits for a dispatcher.
    """
    if not is_auto_publish_on:
        return PublicationDecision(is_automatic=False, reason="auto_publish_off")
    if broken_promises or moved_windows:
        return PublicationDecision(is_automatic=False, reason="promise_touched")
    if people_told_touched and not is_morning:
        return PublicationDecision(is_automatic=False, reason="people_told_touched")
    return PublicationDecision(is_automatic=True, reason="no_promise_touched")


def last_publication_at(now: dt.datetime, *, time_zone: str, at_local: str) -> dt.datetime:
    """Return the latest instant up to `now` at which an area's day was due out; `at_local` is such as 06:30."""
    local = now.astimezone(ZoneInfo(time_zone))
    hour, minute = (int(part) for part in at_local.split(":"))
    due = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (due if due <= local else due - dt.timedelta(days=1)).astimezone(dt.UTC)
