import datetime as dt

import pytest

from policies.publication import last_publication_at

ZONE = "Asia/Shanghai"


@pytest.mark.parametrize(
    ("now", "published_at"),
    [
        (dt.datetime(2026, 5, 11, 22, 30, tzinfo=dt.UTC), dt.datetime(2026, 5, 11, 22, 30, tzinfo=dt.UTC)),
        (dt.datetime(2026, 5, 11, 22, 29, 59, tzinfo=dt.UTC), dt.datetime(2026, 5, 10, 22, 30, tzinfo=dt.UTC)),
        (dt.datetime(2026, 5, 12, 14, 40, tzinfo=dt.UTC), dt.datetime(2026, 5, 11, 22, 30, tzinfo=dt.UTC)),
    ],
    ids=["at half past six", "a second before", "at 22:40"],
)
def test_the_day_is_due_out_at_half_past_six_on_the_areas_own_clock(
    now: dt.datetime, published_at: dt.datetime
) -> None:
    assert last_publication_at(now, time_zone=ZONE, at_local="06:30") == published_at


def test_the_day_is_due_out_at_the_same_local_hour_when_clocks_change() -> None:
    after_the_change = dt.datetime(2026, 3, 29, 3, tzinfo=dt.UTC)

    due = last_publication_at(after_the_change, time_zone="Europe/Berlin", at_local="06:30")

    assert due == dt.datetime(2026, 3, 28, 5, 30, tzinfo=dt.UTC)
