"""Twilio's own client and our stand-in talk through Prism, which lets nothing pass that Twilio's OpenAPI forbids."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
import requests
from flask import Flask, Response
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

from integrations.twilio_client import open_client
from simulator.exchange import Exchange
from simulator.rest import create_rest_app
from simulator.serving import serving
from simulator.telephone import Telephone
from tests.simulator.conftest import Connect
from tests.simulator.scripted_app import BASE_URL, say, twiml
from tests.simulator.twilio_openapi import fetch_description, prism_before

pytestmark = pytest.mark.proof
HERE, THERE, OTHER = "+862195000000", "+8613800000001", "+8613800000002"
ROOM = '<Dial><Conference endConferenceOnExit="true">talk-1</Conference></Dial>'
PAGE = f"{BASE_URL}/say"


class Line(NamedTuple):
    exchange: Exchange
    client: Client
    address: str
    spoilt: dict[str, Any]
    """What every answer says instead of the truth."""


@pytest.fixture
def exchange(connect: Connect) -> Exchange:
    documents = {"/ivr/answer": twiml(say("您好"), "<Enqueue>service</Enqueue>"), "/say": twiml(ROOM)}
    return connect(documents)[1]


@pytest.fixture
def line(exchange: Exchange, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    folder = tmp_path_factory.mktemp("prism")
    description = fetch_description(folder)
    spoilt: dict[str, Any] = {}
    with serving(_app(exchange, spoilt)) as upstream, prism_before(upstream, description, folder) as address:
        client = open_client(account_sid=exchange.account_sid, auth_token=exchange.auth_token, api_base_url=address)
        yield Line(exchange, client, address, spoilt)


def _app(exchange: Exchange, spoilt: Mapping[str, Any]) -> Flask:
    app = create_rest_app(exchange, sleep=lambda _seconds: None)

    @app.after_request
    def spoil(answer: Response) -> Response:
        if spoilt and answer.is_json:
            answer.set_data(json.dumps({**answer.get_json(), **spoilt}))
        return answer

    return app


def test_everything_the_stand_in_answers_is_as_twilio_describes_it(line: Line) -> None:
    _send_texts(line)
    _let_callers_wait(line)
    _bring_two_together(line)


def _send_texts(line: Line) -> None:
    sent = [line.client.messages.create(to=THERE, from_=HERE, body=f"第{number}条") for number in (1, 2, 3)]
    line.exchange.callbacks.deliver()

    assert line.client.messages(sent[0].sid).fetch().status == "delivered"
    assert [one.sid for one in line.client.messages.list(page_size=2)] == [one.sid for one in reversed(sent)]


def _let_callers_wait(line: Line) -> None:
    first = Telephone(number=THERE, exchange=line.exchange).dial(HERE)
    second = Telephone(number=OTHER, exchange=line.exchange).dial(HERE)
    for call in (first, second):
        call.listen()

    (queue,) = line.client.queues.list()
    members = line.client.queues(queue.sid).members
    assert (queue.friendly_name, queue.current_size) == ("service", 2)
    assert [(one.call_sid, one.position) for one in members.list(page_size=1)] == [(first.sid, 1), (second.sid, 2)]
    assert line.client.queues(queue.sid).members("Front").fetch().call_sid == first.sid
    members_of = line.client.queues(queue.sid)
    members_of.members("Front").update(url=PAGE)
    assert members_of.members("Front").fetch().call_sid == second.sid
    second.hang_up()
    line.client.queues(queue.sid).update(max_size=20)
    made = line.client.queues.create(friendly_name="nights")
    assert line.client.queues(made.sid).delete()
    assert [one.max_size for one in line.client.queues.list()] == [20]
    assert first.moment is not None


def _bring_two_together(line: Line) -> None:
    made = line.client.calls.create(
        to=OTHER,
        from_=HERE,
        url=PAGE,
        fallback_url=PAGE,
        status_callback_event=["initiated", "answered", "completed"],
    )
    called = Telephone(number=OTHER, exchange=line.exchange).pick_up()
    assert line.client.calls(made.sid).fetch().status == "in-progress"

    (room,) = line.client.conferences.list(status="in-progress")
    talk = line.client.conferences(room.sid)
    assert len(talk.participants.list()) == 2
    assert talk.participants(called.sid).update(hold=True).hold is True
    recording = line.client.calls(made.sid).recordings.create()
    line.client.calls(made.sid).recordings(recording.sid).update(status="paused")
    assert [one.status for one in line.client.recordings.list(call_sid=made.sid)] == ["paused"]
    assert line.client.recordings(recording.sid).delete()
    assert talk.participants(called.sid).delete()
    assert talk.fetch().reason_conference_ended == "participant-with-end-conference-on-exit-kicked"
    assert len(line.client.calls.list(to=OTHER)) == 1


def test_prism_notices_whatever_breaks_the_description(line: Line) -> None:
    sent = line.client.messages.create(to=THERE, from_=HERE, body="您好")
    breaks: dict[str, Any] = {"sid": "not a sid", "status": "flying", "num_segments": 7, "uri": ["/"]}

    for name, wrong in breaks.items():
        line.spoilt.clear()
        line.spoilt[name] = wrong
        with pytest.raises(TwilioRestException, match="HTTP 500"):
            line.client.messages(sent.sid).fetch()

    line.spoilt.clear()
    assert line.client.messages(sent.sid).fetch().sid == sent.sid
    account = f"{line.address}/2010-04-01/Accounts/{line.exchange.account_sid}"
    auth = (line.exchange.account_sid, line.exchange.auth_token)
    unknown = requests.get(f"{account}/Telegrams.json", auth=auth, timeout=20)
    assert unknown.json()["type"].endswith("NO_PATH_MATCHED_ERROR")
