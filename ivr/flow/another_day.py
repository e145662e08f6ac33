"""Another day: the earliest time again, or one of the next days (H5)."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

from ivr.flow.node import Node
from ivr.prompts import Line
from ivr.reply import Reply, choice, number_keys
from ivr.turn import Turn
from models import Area, ServiceRequest
from outbox.words import say_day

MOST_DAYS = 3


def enter_day(turn: Turn) -> Reply:
    """Offer the earliest time and the next days the plan reaches."""
    spans = _list_days(turn)
    turn.remember(day_spans=[[start.isoformat(), end.isoformat()] for start, end in spans])
    zone = _time_zone(turn)
    days = [
        Line("offer_day", {"day": say_day(start, now=turn.now, time_zone=zone, language=turn.language), "key": key})
        for key, (start, _) in enumerate(spans, start=2)
    ]
    return choice(Line("offer_earliest"), *days, keys=number_keys(len(spans) + 1))


def answer_day(turn: Turn, key: str) -> str:
    """Ask the planner for that day; the first key for the earliest there is."""
    turn.remember(skip=[], span=None if key == "1" else turn.recall("day_spans")[int(key) - 2])
    return "offer"


def _list_days(turn: Turn) -> list[tuple[dt.datetime, dt.datetime]]:
    zone = ZoneInfo(_time_zone(turn))
    today = turn.now.astimezone(zone).date()
    last_at = turn.now + dt.timedelta(hours=turn.figures.horizon_hours)
    days = [today + dt.timedelta(days=ahead) for ahead in range(1, MOST_DAYS + 1)]
    midnights = [dt.datetime.combine(day, dt.time(), zone) for day in [*days, days[-1] + dt.timedelta(days=1)]]
    return [(start, end) for start, end in pairwise(midnights) if start < last_at]


def _time_zone(turn: Turn) -> str:
    request = turn.session.get_one(ServiceRequest, turn.call.request_id)
    return turn.session.get_one(Area, request.area_id).time_zone if request.area_id else "UTC"


OFFER_DAY = Node("offer_day", enter_day, answer_day, goes_back=False)
