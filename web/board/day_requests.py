"""The open requests beside the timeline: who waits for what, how long still, and what has been promised (D13)."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from operations.day.day import OpenRequest
from web.wording.sentences import in_language, place_name, say
from web.wording.words import Tone, instant, time_left, tone_of, window

PERCENT = 100
MOST_SHOWN = 60
"""Promised requests beside the timeline, the nearest deadlines first: nobody reads on after these."""


@dataclass(frozen=True, slots=True)
class RequestLine:
    """One open request as the list shows it."""

    number: str
    customer: str
    what: str
    where: str
    severity: str
    left: str
    deadline: str
    used_percent: int
    tone: Tone
    promise: str
    state: str
    unplaced_visit_id: int | None


def list_request_lines(
    requests: Sequence[OpenRequest], *, zone: ZoneInfo, now: dt.datetime
) -> tuple[list[RequestLine], list[RequestLine]]:
    """Return the requests nobody has promised a visit for, and the next of those with a promised visit."""
    waiting = [item for item in requests if item.visit is None]
    promised = [item for item in requests if item.visit is not None][:MOST_SHOWN]
    lines = [[_line(item, zone=zone, now=now) for item in some] for some in (waiting, promised)]
    return lines[0], lines[1]


def tone_of_request(item: OpenRequest, *, now: dt.datetime) -> Tone:
    """Return how much an open request needs somebody."""
    if item.deadline_at is None:
        return Tone.CALM
    if item.arrived_at is not None and item.arrived_at <= item.deadline_at:
        return Tone.KEPT
    return tone_of(item.deadline_at, now)


def _line(item: OpenRequest, *, zone: ZoneInfo, now: dt.datetime) -> RequestLine:
    request, today = item.request, now.astimezone(zone).date()
    asset = request.asset
    what = [
        in_language(asset.product, "name") if asset else "",
        in_language(request.fault_category, "name") if request.fault_category else request.note[:60],
    ]
    left, deadline, used, tone = _clock(item, zone=zone, now=now)
    return RequestLine(
        number=request.number,
        customer=in_language(request.customer, "name") if request.customer else (request.contact_phone or ""),
        what=" · ".join(part for part in what if part) or say(f"channel.{request.channel}"),
        where=place_name(request.site),
        severity=str(request.severity),
        left=left,
        deadline=deadline,
        used_percent=used,
        tone=tone,
        promise=_promise(item, zone=zone, today=today),
        state=str(item.visit.state) if item.visit else "waiting",
        unplaced_visit_id=item.unplaced_visit_id if item.visit is None else None,
    )


def _clock(item: OpenRequest, *, zone: ZoneInfo, now: dt.datetime) -> tuple[str, str, int, Tone]:
    if item.deadline_at is None:
        return say("left.none"), "", 0, Tone.CALM
    deadline = instant(item.deadline_at, zone, today=now.astimezone(zone).date())
    if item.arrived_at is not None and item.arrived_at <= item.deadline_at:
        return say("left.kept"), deadline, PERCENT, Tone.KEPT
    whole = item.deadline_at - item.request.opened_at
    used = PERCENT * (now - item.request.opened_at) / whole if whole else PERCENT
    return (
        time_left(item.deadline_at, now),
        deadline,
        max(0, min(PERCENT, round(used))),
        tone_of(item.deadline_at, now),
    )


def _promise(item: OpenRequest, *, zone: ZoneInfo, today: dt.date) -> str:
    visit = item.visit
    if visit is None or visit.window_from_at is None or visit.window_until_at is None:
        return say("requests.no_window")
    promised = window(visit.window_from_at, visit.window_until_at, zone, today=today)
    return f"{promised} {in_language(visit.technician, 'name')}" if visit.technician else promised
