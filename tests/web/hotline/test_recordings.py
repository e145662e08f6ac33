"""Recordings: only with a yes, paused for numbers, heard on record, and gone when their time is over (H14, S1)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from models import Call, Recording, RecordingListen
from operations.telephone.recordings import agree_to_recording
from policies.roles import Role
from simulator.call import SimulatedCall
from simulator.rest_faults import RestFault
from tests.journeys.test_a_person import LI, bring_agent
from tests.town import Town
from tests.web.conftest import SignIn
from tests.web.filled_forms import read_token
from web.foundation.access import HELPERS, OFFICE

WANG = "+8613800000001"
PAGE, SOUND = "/calls/1", "/calls/1/recordings/1.wav"


def leave_message(town: Town) -> None:
    call = town.phone(WANG).dial(town.hotline)
    call.press("0")
    call.say_after_tone("投影机坏了", seconds=7)
    call.hang_up()
    town.tick()


def talking(town: Town, *, is_agreed: bool = True) -> SimulatedCall:
    """A call that goes on; whoever waits for a person may agree to be recorded."""
    call = town.phone(WANG).dial(town.hotline)
    if is_agreed:
        with town.services.database.writing() as session:
            agree_to_recording(session, call=session.scalars(select(Call)).one(), now=town.clock.now())
    return call


def control(client: FlaskClient, do: str) -> str:
    data = {"do": do, "csrf_token": read_token(client, "/")}
    return client.post("/calls/1/recording", data=data, follow_redirects=True).text


def recordings(town: Town) -> list[Recording]:
    with town.services.database.reading() as session:
        found = list(session.scalars(select(Recording).order_by(Recording.id)))
        session.expunge_all()
    return found


def test_a_message_is_heard_on_the_calls_page_and_who_heard_it_is_on_record(town: Town, sign_in: SignIn) -> None:
    leave_message(town)
    clerk = sign_in(Role.CLERK)
    assert f'src="{SOUND}"' in clerk.get(PAGE).text

    sound = clerk.get(SOUND)
    clerk.get(SOUND, headers={"Range": "bytes=0-"})

    assert sound.data[:4] == b"RIFF"
    assert sound.headers["Cache-Control"] == "private, no-store"
    with town.services.database.reading() as session:
        assert [one.listened_by for one in session.scalars(select(RecordingListen))] == ["clerk"]
    assert re.search("Heard by clerk", clerk.get(PAGE).text)


@pytest.mark.parametrize("role", sorted(OFFICE - HELPERS))
def test_who_has_no_business_with_callers_hears_nothing_and_leaves_no_trace(
    town: Town, sign_in: SignIn, role: Role
) -> None:
    leave_message(town)
    client = sign_in(role)

    assert client.get(SOUND).status_code == 403
    assert "<audio" not in client.get(PAGE).text
    with town.services.database.reading() as session:
        assert session.scalars(select(RecordingListen)).all() == []


def test_a_recording_of_another_call_or_of_none_is_not_found(town: Town, sign_in: SignIn) -> None:
    leave_message(town)
    clerk = sign_in(Role.CLERK)

    assert clerk.get("/calls/2/recordings/1.wav").status_code == 404
    assert clerk.get("/calls/1/recordings/9.wav").status_code == 404


def test_after_its_time_a_recording_is_erased_at_twilio_too_and_the_row_stays(town: Town, sign_in: SignIn) -> None:
    leave_message(town)
    sid = recordings(town)[0].recording_sid
    clerk = sign_in(Role.CLERK)
    town.clock.set(town.clock.now() + dt.timedelta(days=179))
    town.tick()
    assert sid in town.exchange.recordings

    town.clock.set(town.clock.now() + dt.timedelta(days=2))
    town.tick()

    assert sid not in town.exchange.recordings
    (row,) = recordings(town)
    assert (row.erased_at is not None, row.url) == (True, None)
    clerk = sign_in(Role.DISPATCHER)
    assert clerk.get(SOUND).status_code == 410
    assert "erased after its time" in clerk.get(PAGE).text


def test_a_recording_that_is_gone_at_twilio_already_counts_as_erased(town: Town) -> None:
    leave_message(town)
    town.exchange.recordings.clear()

    town.clock.set(town.clock.now() + dt.timedelta(days=181))
    town.tick()

    assert recordings(town)[0].erased_at is not None


def test_nobody_is_recorded_without_a_yes(town: Town, sign_in: SignIn) -> None:
    call = talking(town, is_agreed=False)
    clerk = sign_in(Role.CLERK)

    assert "Start recording" not in clerk.get(PAGE).text
    assert "has not agreed" in control(clerk, "start")
    assert town.exchange.recordings == {}
    call.hang_up()


def test_a_conversation_is_recorded_paused_for_a_card_number_and_resumed(town: Town, sign_in: SignIn) -> None:
    call = talking(town)
    clerk = sign_in(Role.CLERK)

    assert "Pause recording" in control(clerk, "start")
    (sid,) = town.exchange.recordings
    assert "Resume recording" in control(clerk, "pause")
    assert town.exchange.recording_states[sid] == "paused"
    page = control(clerk, "resume")

    assert town.exchange.recording_states[sid] == "in-progress"
    for said in ("clerk started recording", "clerk paused the recording", "clerk resumed the recording"):
        assert said in page
    call.hang_up()


def test_starting_twice_records_once_and_after_the_call_nothing_starts(town: Town, sign_in: SignIn) -> None:
    call = talking(town)
    clerk = sign_in(Role.CLERK)
    control(clerk, "start")
    control(clerk, "start")
    assert len(town.exchange.recordings) == 1
    call.hang_up()
    town.tick()

    assert "the call is over" in control(clerk, "start")


def test_what_twilio_refuses_is_said_and_not_written_down(town: Town, sign_in: SignIn) -> None:
    call = talking(town)
    clerk = sign_in(Role.CLERK)
    town.exchange.rest_faults.append(RestFault.UNAVAILABLE)

    assert "did not work now" in control(clerk, "start")
    assert recordings(town) == []
    call.hang_up()


def test_an_auditor_cannot_record(town: Town, sign_in: SignIn) -> None:
    call = talking(town)
    auditor = sign_in(Role.AUDITOR)

    assert auditor.post("/calls/1/recording", data={"csrf_token": read_token(auditor, "/")}).status_code == 403
    call.hang_up()


def test_who_waits_for_a_person_hears_of_the_recording_and_agrees_by_key(town: Town, sign_in: SignIn) -> None:
    bring_agent(town, LI, "李娜")
    call = town.phone(WANG).dial(town.hotline)
    call.press("0")
    call.hears("同意通话录音的，请按3")

    call.press("3")

    call.does_not_hear("同意通话录音的，请按3")
    page = sign_in(Role.DISPATCHER).get(PAGE).text
    assert "agreed by key to be recorded" in page
    assert "Start recording" in page
    call.hang_up()
