"""The day the demo city is loaded on, replayed from its database to the last technician at home."""

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select

from cli.demo_city.city import DEFAULT_SEED, build_city
from cli.demo_city.loading import load_city
from dispatch.replay import replay, with_team
from dispatch.replay.soundness import check_scenario
from models import Area
from operations.clients.services import Services
from operations.replay.replays import build_past

pytestmark = [pytest.mark.proof, pytest.mark.parametrize("engine", ["sqlite"], indirect=True)]
START = dt.datetime(2026, 5, 10, 22, 20, tzinfo=dt.UTC)
"""Monday, 06:20 in Shanghai: ten minutes before the day is published."""


def test_the_demo_citys_day_is_replayed_with_one_more_in_the_north(services: Services, tmp_path: Path) -> None:
    with services.database.writing() as session:
        city = build_city(seed=DEFAULT_SEED, start_at=START)
        load_city(session, city, house=services.house, data_folder=tmp_path, now=START)
    with services.database.reading() as session:
        past = build_past(session, area=session.scalars(select(Area)).one(), day=dt.date(2026, 5, 11))
    more = with_team(past.scenario, "+1 north")
    check_scenario(more)

    results = replay([past.scenario, more], runs=3)

    usual = results.replayed[0].estimates()
    assert past.happened.requests == usual["requests"].mean == 60
    assert usual["commitments_kept_percent"].mean > 90
    assert usual["promises_kept_percent"].mean > 80
    assert usual["done"].mean > 57
    assert results.differences()["requests"].mean == 0
    assert past.spreads.observations > 50
