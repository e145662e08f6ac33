"""Our calls against the stand-in for Twilio's REST interface, with everything that can go wrong there."""

from typing import NamedTuple

import pytest
from twilio.http.http_client import TwilioHttpClient

from integrations.twilio_providers import open_providers
from outbox.sender import MessageProvider, SendRefused, SendUncertain
from policies.message_channels import MessageChannel
from simulator.clock import VirtualClock
from simulator.exchange import Exchange, Hotline
from simulator.in_process import WsgiAdapter, never_answer
from simulator.rest import create_rest_app
from simulator.rest_faults import RestFault
from simulator.transport import WsgiTransport
from tests.factories.instants import NIGHT, minutes
from tests.simulator.scripted_app import AUTH_TOKEN, BASE_URL, ScriptedApp, twiml

ACCOUNT = "AC" + "0" * 32
HOTLINE = "+862150000000"
HERS = "+8613800000001"


class House(NamedTuple):
    exchange: Exchange
    calls: MessageProvider


@pytest.fixture
def house() -> House:
    app = ScriptedApp({"/ivr/fallback": twiml("<Hangup/>")})
    exchange = Exchange(WsgiTransport(app, BASE_URL), AUTH_TOKEN, account_sid=ACCOUNT, clock=VirtualClock(NIGHT))
    exchange.add_hotline(Hotline.at(BASE_URL, HOTLINE))
    exchange.callbacks.hold()
    http = TwilioHttpClient(timeout=5)
    http.session.mount("https://api.twilio.com", WsgiAdapter(create_rest_app(exchange, sleep=never_answer)))
    providers = open_providers(
        account_sid=ACCOUNT, auth_token=AUTH_TOKEN, from_number=HOTLINE, public_base_url=BASE_URL, http_client=http
    )
    return House(exchange, providers[MessageChannel.VOICE])


def call(house: House, to_number: str = HERS) -> str:
    return house.calls.send(to_number=to_number, body="您好", reference="17")


def test_the_phone_rings_and_every_webhook_carries_our_reference(house: House) -> None:
    sid = call(house)

    (made,) = house.exchange.outgoing
    assert (made.sid, made.to_number, made.from_number) == (sid, HERS, HOTLINE)
    assert made.url == f"{BASE_URL}/ivr/outgoing/17"
    assert made.status_callback == f"{BASE_URL}/ivr/outgoing/17/status"


def test_progress_events_are_repeated_parameters_and_never_one_joined_word(house: House) -> None:
    call(house)

    assert house.exchange.outgoing[0].status_events == ("answered", "completed")


@pytest.mark.parametrize(
    ("fault", "error", "is_made"),
    [
        (RestFault.TOO_MANY_REQUESTS, SendRefused, False),
        (RestFault.UNAVAILABLE, SendUncertain, False),
        (RestFault.ERROR_AFTER_ACCEPTING, SendUncertain, True),
        (RestFault.SILENT_AFTER_ACCEPTING, SendUncertain, True),
    ],
)
def test_looking_up_tells_whether_an_uncertain_call_was_made(
    house: House, fault: RestFault, error: type[Exception], *, is_made: bool
) -> None:
    house.exchange.rest_faults.append(fault)

    with pytest.raises(error):
        call(house)

    found = house.calls.find_sent(to_number=HERS, body="您好", since=NIGHT, other_than=frozenset())
    assert (found is not None) == is_made


def test_an_earlier_call_or_one_known_as_another_is_not_taken_for_this_one(house: House) -> None:
    sid = call(house)

    later = house.calls.find_sent(to_number=HERS, body="您好", since=NIGHT + minutes(1), other_than=frozenset())
    known = house.calls.find_sent(to_number=HERS, body="您好", since=NIGHT, other_than=frozenset({sid}))

    assert (later, known) == (None, None)


def test_a_number_that_is_none_is_refused_for_good(house: House) -> None:
    with pytest.raises(SendRefused) as refused:
        house.calls.send(to_number="", body="您好", reference="17")

    assert refused.value.is_permanent
