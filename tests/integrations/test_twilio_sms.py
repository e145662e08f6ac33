"""Our texts against the stand-in for Twilio's REST interface, with everything that can go wrong there."""

import datetime as dt
import socket
from typing import NamedTuple

import pytest
from twilio.http.http_client import TwilioHttpClient

from integrations.twilio_providers import open_providers
from outbox.sender import MessageProvider, SendRefused, SendUncertain
from policies.message_channels import MessageChannel
from simulator.clock import VirtualClock
from simulator.exchange import Exchange, Hotline
from simulator.in_process import WsgiAdapter, never_answer
from simulator.messages import MessagingService
from simulator.rest import create_rest_app
from simulator.rest_faults import RestFault
from simulator.serving import serving
from simulator.telephone import Telephone
from simulator.transport import WsgiTransport
from tests.factories.instants import NIGHT, minutes
from tests.simulator.scripted_app import AUTH_TOKEN, BASE_URL, ScriptedApp, twiml

ACCOUNT = "AC" + "0" * 32
HOTLINE = "+862150000000"
HERS = "+8613800000001"


class House(NamedTuple):
    app: ScriptedApp
    exchange: Exchange
    phone: Telephone


@pytest.fixture
def house() -> House:
    return make_house()


def make_house() -> House:
    """A hotline at the stand-in, and one customer's telephone."""
    app = ScriptedApp({"/ivr/fallback": twiml("<Hangup/>")})
    exchange = Exchange(WsgiTransport(app, BASE_URL), AUTH_TOKEN, account_sid=ACCOUNT, clock=VirtualClock(NIGHT))
    exchange.add_hotline(Hotline.at(BASE_URL, HOTLINE))
    exchange.callbacks.hold()
    return House(app, exchange, Telephone(number=HERS, exchange=exchange))


def carrier(
    house: House | None,
    *,
    auth_token: str = AUTH_TOKEN,
    service_sid: str | None = None,
    api_base_url: str | None = None,
) -> MessageProvider:
    http = None
    if house is not None and api_base_url is None:
        http = TwilioHttpClient(timeout=5)
        rest = create_rest_app(house.exchange, sleep=never_answer)
        http.session.mount("https://api.twilio.com", WsgiAdapter(rest))
    providers = open_providers(
        account_sid=ACCOUNT,
        auth_token=auth_token,
        from_number=HOTLINE,
        messaging_service_sid=service_sid,
        api_base_url=api_base_url,
        public_base_url="https://onecall.example",
        http_client=http,
    )
    return providers[MessageChannel.SMS]


def send(sms: MessageProvider, *, to_number: str = HERS, body: str = "您好") -> str:
    return sms.send(to_number=to_number, body=body, reference="17")


def find(
    sms: MessageProvider, *, body: str = "您好", since: dt.datetime = NIGHT, other_than: frozenset[str] = frozenset()
) -> str | None:
    return sms.find_sent(to_number=HERS, body=body, since=since, other_than=other_than)


def test_a_text_reaches_the_phone_and_its_receipts_carry_our_reference(house: House) -> None:
    sid = send(carrier(house))

    (received,) = house.phone.inbox
    assert (received.sid, received.body, received.from_number) == (sid, "您好", HOTLINE)
    assert received.status_callback == "https://onecall.example/sms/status?m=17"


def test_with_a_messaging_service_twilio_chooses_the_number(house: House) -> None:
    service_sid = "MG" + "0" * 32
    house.exchange.messaging_services[service_sid] = MessagingService(service_sid, HOTLINE)

    send(carrier(house, service_sid=service_sid))

    (received,) = house.phone.inbox
    assert received.messaging_service_sid == service_sid


@pytest.mark.parametrize(
    ("fault", "error", "is_taken"),
    [
        (RestFault.TOO_MANY_REQUESTS, SendRefused, False),
        (RestFault.UNAVAILABLE, SendUncertain, False),
        (RestFault.ERROR_AFTER_ACCEPTING, SendUncertain, True),
        (RestFault.SILENT_AFTER_ACCEPTING, SendUncertain, True),
    ],
)
def test_every_fault_is_refused_or_uncertain_and_looking_up_tells_which(
    house: House, fault: RestFault, error: type[Exception], *, is_taken: bool
) -> None:
    sms = carrier(house)
    house.exchange.rest_faults.append(fault)

    with pytest.raises(error) as trouble:
        send(sms)

    assert getattr(trouble.value, "is_permanent", False) is False
    assert (find(sms) is not None) is is_taken
    assert len(house.phone.inbox) == is_taken


def test_every_fault_of_the_stand_in_is_tried(house: House) -> None:
    assert house.exchange.rest_faults == []
    assert len(RestFault) == 4


@pytest.mark.parametrize("number", ["13800000001", "+0", "anonymous", ""])
def test_a_number_that_cannot_exist_is_refused_for_good(house: House, number: str) -> None:
    with pytest.raises(SendRefused) as refusal:
        send(carrier(house), to_number=number)

    assert refusal.value.is_permanent
    assert "21" in str(refusal.value)


def test_who_wants_no_texts_is_not_asked_again(house: House) -> None:
    house.phone.text("STOP", to=HOTLINE)

    with pytest.raises(SendRefused, match="21610") as refusal:
        send(carrier(house))
    assert refusal.value.is_permanent
    assert refusal.value.is_unwanted


def test_a_wrong_token_is_put_right_by_a_person_so_nothing_is_given_up(house: House) -> None:
    with pytest.raises(SendRefused, match="20003") as refusal:
        send(carrier(house, auth_token="changed"))

    assert not refusal.value.is_permanent


def test_a_text_is_found_by_its_words_and_its_day(house: House) -> None:
    sms = carrier(house)
    sid = send(sms)

    assert find(sms) == sid
    assert find(sms, since=NIGHT - minutes(10)) == sid
    assert find(sms, body="您好吗") is None
    assert find(sms, since=NIGHT + dt.timedelta(days=1)) is None
    assert sms.find_sent(to_number="+8613800000002", body="您好", since=NIGHT, other_than=frozenset()) is None


def test_another_message_with_the_same_words_is_not_taken_for_this_one(house: House) -> None:
    sms = carrier(house)
    first = send(sms)
    assert find(sms, other_than=frozenset({first})) is None

    second = send(sms)

    assert find(sms, other_than=frozenset({first})) == second


def test_where_nobody_listens_a_text_is_refused_and_can_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    nobody = carrier(None, api_base_url=f"http://127.0.0.1:{port}")

    with pytest.raises(SendRefused) as refusal:
        send(nobody)
    assert not refusal.value.is_permanent
    with pytest.raises(SendUncertain, match="could not be looked up"):
        find(nobody)


def test_a_stand_in_at_another_address_is_spoken_to_there(house: House) -> None:
    with serving(create_rest_app(house.exchange)) as base_url:
        sid = send(carrier(house, api_base_url=base_url + "/"))

    assert [received.sid for received in house.phone.inbox] == [sid]
