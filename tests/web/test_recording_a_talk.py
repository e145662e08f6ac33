"""Only the talk is recorded: not the music, not the menu after it, where numbers are keyed and said (H14)."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models import CallEvent, Recording
from policies.roles import Role
from simulator.call import SimulatedCall
from simulator.rest_faults import RestFault
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.hotline.test_agents import MINE, call_and_ask, pick_up, press, settle, take_calls

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def clerk(sign_in: SignIn) -> FlaskClient:
    return sign_in(Role.CLERK)


def talk(town: Town, clerk: FlaskClient) -> SimulatedCall:
    """A caller who agreed to be recorded talks with the clerk, who has just started the recording."""
    take_calls(clerk, MINE)
    caller = call_and_ask(town)
    caller.press("3")
    caller.listen()
    pick_up(town, MINE, "1")
    settle(town, caller)
    press(clerk, "/calls/1/recording", do="start", page="agent")
    return caller


def soon(town: Town) -> None:
    """Let two seconds pass, and recordings be looked at."""
    town.clock.set(town.clock.now() + dt.timedelta(seconds=2))
    town.tick("pause_recordings")


def recorded(town: Town) -> str:
    """Return how Twilio has the recording."""
    (state,) = town.exchange.recording_states.values()
    return state


def test_a_recording_pauses_with_the_music_and_ends_with_the_talk(town: Town, clerk: FlaskClient) -> None:
    caller = talk(town, clerk)
    page = clerk.get("/agent").text
    assert "Pause recording" in page
    soon(town)
    assert recorded(town) == "in-progress"

    press(clerk, "/agent/talk/hold")
    town.exchange.rest_faults.append(RestFault.UNAVAILABLE)
    soon(town)
    assert (recorded(town), town.exchange.rest_faults) == ("in-progress", [])
    assert "pause_recordings" in clerk.get("/readyz").text
    soon(town)
    assert recorded(town) == "paused"
    assert "pause_recordings" not in clerk.get("/readyz").text
    press(clerk, "/agent/talk/fetch")
    settle(town)
    assert recorded(town) == "in-progress"

    town.exchange.calls[agent_leg(town)].is_ended_by_rest()
    settle(town, caller)
    soon(town)
    caller.hears("还有其他需要")
    assert recorded(town) == "paused"
    with town.services.database.reading() as session:
        steps = session.scalars(select(CallEvent).where(CallEvent.kind == "recording").order_by(CallEvent.position))
        did = [(step.facts["did"], step.facts["by"]) for step in steps]
        assert session.scalars(select(Recording.paused_at)).one() is not None
    by_us = [("paused", "hotline"), ("resumed", "hotline"), ("paused", "hotline")]
    assert did == [("started", "clerk"), *by_us]


def test_a_pause_made_by_hand_stays_when_the_talk_goes_on(town: Town, clerk: FlaskClient) -> None:
    talk(town, clerk)

    page = press(clerk, "/calls/1/recording", do="pause", page="agent")
    for action in ("hold", "fetch"):
        press(clerk, f"/agent/talk/{action}")
        settle(town)

    assert "Resume recording" in page
    assert recorded(town) == "paused"
    press(clerk, "/calls/1/recording", do="resume", page="agent")
    settle(town)
    assert recorded(town) == "in-progress"


def test_a_pause_nobody_ends_is_over_after_two_minutes_and_can_be_made_longer(town: Town, clerk: FlaskClient) -> None:
    talk(town, clerk)
    assert "This talk is being recorded" in clerk.get("/agent").text
    paused_at = town.clock.now()
    page = press(clerk, "/calls/1/recording", do="pause", page="agent")
    until = (paused_at + dt.timedelta(minutes=2)).astimezone(SHANGHAI)
    assert f"it goes on by itself at {until:%H:%M:%S}" in page
    town.clock.set(paused_at + dt.timedelta(seconds=100))
    assert "Pause for longer" in press(clerk, "/calls/1/recording", do="pause", page="agent")

    town.clock.set(paused_at + dt.timedelta(seconds=200))
    soon(town)
    still = recorded(town)
    town.clock.set(paused_at + dt.timedelta(seconds=221))
    soon(town)

    assert (still, recorded(town)) == ("paused", "in-progress")
    assert "This talk is being recorded" in clerk.get("/agent").text
    with town.services.database.reading() as session:
        steps = session.scalars(select(CallEvent).where(CallEvent.kind == "recording").order_by(CallEvent.position))
        did = [(step.facts["did"], step.facts["by"]) for step in steps]
    assert did[1:] == [("paused", "clerk"), ("paused", "clerk"), ("resumed", "hotline")]


def agent_leg(town: Town) -> str:
    return next(call.sid for call in town.exchange.outgoing if call.to_number == MINE)
