"""The whole story on a small scale: the same code as `flask demo day`, with fewer open requests."""

import datetime as dt
import re
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from cli.demo import demo_commands
from cli.demo_city.city import build_city
from cli.demo_day.figures import Figures, count_figures
from cli.demo_day.play import Moment, Play, starts_at
from cli.demo_day.stage import open_stage
from config import load_settings
from models import ServiceRequest, Visit
from models.database import Database
from operations.clients.recording_store import RecordingUnavailable
from operations.clients.services import Services
from operations.foundation.line_orders import OrderRefused
from policies.message_channels import MessageChannel
from policies.visit_states import PROMISED

START_AT = starts_at(dt.date(2026, 5, 11))
ENDS_AT = START_AT + dt.timedelta(hours=24)
SEED = 1


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    settings = load_settings({"ONECALL_MODE": "development", "DATA_FOLDER": str(tmp_path)})
    Database(settings.database_url).create_all()
    return create_app(settings)


@pytest.fixture
def day(app: Flask) -> tuple[list[Moment], Figures]:
    """Six requests are open; the story's three callers and nine more call."""
    whole = build_city(seed=SEED, start_at=START_AT)
    city = replace(whole, past_requests=(), open_requests=whole.open_requests[:6])
    own: Services = app.extensions["onecall"]
    moments: list[Moment] = []
    with app.app_context(), open_stage(app, city, seed=SEED, start_at=START_AT) as stage:
        Play(stage, seed=SEED, tell=moments.append, on_time=lambda _: None).run()
        assert stage.exchange.findings.found == []
        with stage.services.database.reading() as session:
            figures = count_figures(session, since=START_AT)
            late = session.scalars(select(Visit).where(Visit.state.in_(PROMISED), Visit.window_until_at < ENDS_AT))
            assert late.all() == []
    assert app.extensions["onecall"] is own
    with own.database.reading() as session:
        assert session.query(ServiceRequest).count() == 0, "the installation's own database is left alone"
    return moments, figures


@pytest.mark.proof  # a minute and a half on a machine that does other things too
@pytest.mark.timeout(400)
def test_a_night_and_a_day_keep_every_promise(day: tuple[list[Moment], Figures]) -> None:
    moments, figures = day
    told = [moment.what for moment in moments]

    assert (figures.calls, figures.calls_answered_in_time) == (12, 12)
    assert figures.calls_booked + figures.calls_solved_by_phone == 12
    assert figures.calls_booked >= 3
    assert figures.visits_done >= 6
    assert (figures.on_site_broken, figures.broken_chains) == (0, 0)
    assert figures.messages_delivered == figures.messages > 20
    assert sum("The day is published" in what for what in told) == 1
    assert any(re.search(r"预约好了。报修单号，[\d ，]+。师傅", what) for what in told), "in Mandarin"
    assert any("Your request number is" in what for what in told), "in English"
    assert [moment.at for moment in moments] == sorted(moment.at for moment in moments)
    assert moments[-1].at <= START_AT + dt.timedelta(hours=24, minutes=5)


@pytest.fixture
def outside() -> Iterator[socket.socket]:
    """Whoever an installation deals with: a port that takes connections, and tells none from another."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.1)
        yield listening


@pytest.fixture
def whole_installation(tmp_path: Path, outside: socket.socket) -> Flask:
    """An installation that has everything: Twilio, mail both ways, chat, a courier and a road server."""
    place = f"127.0.0.1:{outside.getsockname()[1]}"
    settings = replace(
        load_settings({"ONECALL_MODE": "development", "DATA_FOLDER": str(tmp_path)}),
        twilio_api_base_url=f"http://{place}",
        smtp_url=f"smtp://{place}",
        imap_url=f"imap://{place}",
        chat_url=f"http://{place}/chat",
        courier_url=f"http://{place}/parcels",
        road_times_url=f"http://{place}/roads",
        hook_secret="s" * 32,
    )
    Database(settings.database_url).create_all()
    return create_app(settings)


def test_the_demo_day_reaches_nothing_outside_and_keeps_nothing_in_the_installation(
    whole_installation: Flask, outside: socket.socket
) -> None:
    app, own = whole_installation, whole_installation.extensions["onecall"]
    whole = build_city(seed=SEED, start_at=START_AT)
    city = replace(whole, past_requests=(), open_requests=whole.open_requests[:1])

    with app.app_context(), open_stage(app, city, seed=SEED, start_at=START_AT) as stage:
        played = stage.services
        stage.run_clock()
        with pytest.raises(OrderRefused):
            played.lines.end("CA" + "0" * 32)
        with pytest.raises(RecordingUnavailable):
            played.recordings.fetch(recording_sid="RE" + "0" * 32)
        played.files.write("a" * 32, b"photo")

    with pytest.raises(TimeoutError):
        outside.accept()
    assert set(played.providers) == {MessageChannel.SMS, MessageChannel.VOICE}
    assert [played.mailbox, played.courier, played.roads, played.hook_poster, played.carrier_records] == [None] * 5
    assert not own.files.has("a" * 32)


def test_the_demo_day_is_refused_in_production(app: Flask) -> None:
    app.extensions["onecall"] = replace(app.extensions["onecall"], is_development=False)

    result = app.test_cli_runner().invoke(demo_commands, ["day"])

    assert result.exit_code == 1
    assert "ONECALL_MODE=development" in result.stderr
