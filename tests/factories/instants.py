"""The instants most tests happen at. All in Shanghai, which is eight hours ahead of UTC all year."""

import datetime as dt

NIGHT = dt.datetime(2026, 11, 22, 14, 40, tzinfo=dt.UTC)
"""Sunday, 22:40 in Shanghai: a customer calls."""

MORNING = dt.datetime(2026, 11, 22, 22, 30, tzinfo=dt.UTC)
"""Monday, 06:30 in Shanghai: the day is published."""

MIDNIGHT = dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)
"""The start of Monday in Shanghai."""


def hours(count: float) -> dt.timedelta:
    return dt.timedelta(hours=count)


def minutes(count: float) -> dt.timedelta:
    return dt.timedelta(minutes=count)


def seconds(count: float) -> dt.timedelta:
    return dt.timedelta(seconds=count)


def monday(hour: float) -> dt.datetime:
    """The instant of this hour on Monday in Shanghai."""
    return MIDNIGHT + hours(hour)
