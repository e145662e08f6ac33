"""The stand-in for Twilio's REST, driven by Twilio's own SDK."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from simulator.answering import end_unanswered
from simulator.exchange import Exchange
from simulator.in_process import WsgiAdapter, never_answer
from simulator.messages import Fate, MessagingService
from simulator.recordings import find_wav_seconds
from simulator.rest import create_rest_app
from simulator.rest_faults import RestFault
from simulator.serving import serving
from simulator.telephone import NothingArrived, Telephone
from tests.simulator.conftest import Connect
from tests.simulator.scripted_app import BASE_URL, ScriptedApp, say, twiml

HOTLINE = "+862195000000"
TECHNICIAN = "+8613900000002"
CALLBACK = f"{BASE_URL}/sms/status"

Sdk = Callable[[Exchange], Client]


@pytest.fixture
def sdk() -> Sdk:
    """Return a function that makes Twilio's client of an exchange's account, without a socket."""

    def _sdk(exchange: Exchange, token: str | None = None) -> Client:
        http_client = TwilioHttpClient(timeout=5)
        app = create_rest_app(exchange, sleep=never_answer)
        http_client.session.mount("https://api.twilio.com", WsgiAdapter(app))
        return Client(exchange.account_sid, token or exchange.auth_token, http_client=http_client)

    return _sdk


@pytest.fixture
def wired(connect: Connect, sdk: Sdk) -> tuple[ScriptedApp, Exchange, Client, Telephone]:
    app, exchange = connect({})
    return app, exchange, sdk(exchange), Telephone(number=TECHNICIAN, exchange=exchange)


Wired = tuple[ScriptedApp, Exchange, Client, Telephone]


def test_a_message_is_queued_arrives_and_its_delivery_is_told_later(wired: Wired) -> None:
    app, exchange, client, phone = wired

    message = client.messages.create(to=TECHNICIAN, from_=HOTLINE, body="今日首站 08:30", status_callback=CALLBACK)

    assert (message.status, message.num_segments, message.error_code) == ("queued", "1", None)
    assert phone.receives("首站").sid == message.sid
    told = app.forms("/sms/status")
    assert [form["MessageStatus"] for form in told] == ["sent", "delivered"]
    assert {form["MessageSid"] for form in told} == {message.sid}
    assert exchange.findings.found == []


def test_the_app_hears_nothing_of_a_message_while_it_is_still_sending_it(wired: Wired) -> None:
    app, _, client, _ = wired

    client.messages.create(to=TECHNICIAN, from_=HOTLINE, body="路线", status_callback=CALLBACK)

    assert app.forms("/sms/status") == []


def test_callbacks_can_be_lost_doubled_and_turned_around(wired: Wired) -> None:
    app, exchange, client, _ = wired
    exchange.callbacks.hold()

    client.messages.create(to=TECHNICIAN, from_=HOTLINE, body="路线", status_callback=CALLBACK)
    exchange.callbacks.release([1, 0, 1])

    assert [form["MessageStatus"] for form in app.forms("/sms/status")] == ["delivered", "sent", "delivered"]


@pytest.mark.parametrize(
    ("fate", "code", "told"),
    [(Fate.UNDELIVERED, 30003, ["sent", "undelivered"]), (Fate.FAILED, 30005, ["failed"])],
)
def test_what_does_not_arrive_says_why(wired: Wired, fate: Fate, code: int, told: list[str]) -> None:
    app, exchange, client, phone = wired
    exchange.messages.fates[TECHNICIAN] = (fate, code)

    sent = client.messages.create(to=TECHNICIAN, from_=HOTLINE, body="路线", status_callback=CALLBACK)
    exchange.callbacks.deliver()

    assert [form["MessageStatus"] for form in app.forms("/sms/status")] == told
    assert app.forms("/sms/status")[-1]["ErrorCode"] == str(code)
    assert client.messages(sent.sid).fetch().error_code == code
    with pytest.raises(NothingArrived):
        phone.receives("路线")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": ""}, 21604),
        ({"to": "13900000002"}, 21211),
        ({"from_": ""}, 21603),
        ({"from_": "+862100000000"}, 21606),
        ({"messaging_service_sid": "MG" + "f" * 32}, 21701),
        ({"body": ""}, 21602),
        ({"body": "长" * 1601}, 21617),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(wired: Wired, changes: dict[str, str], code: int) -> None:
    *_, client, phone = wired

    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(**{"to": TECHNICIAN, "from_": HOTLINE, "body": "路线"} | changes)

    assert (caught.value.status, caught.value.code) == (400, code)
    assert phone.inbox == []


def test_another_token_gets_nothing(wired: Wired, sdk: Callable[..., Client]) -> None:
    _, exchange, _, phone = wired

    with pytest.raises(TwilioRestException) as caught:
        sdk(exchange, token="guessed").messages.create(to=TECHNICIAN, from_=HOTLINE, body="路线")

    assert (caught.value.status, caught.value.code) == (401, 20003)
    assert phone.inbox == []


@pytest.mark.parametrize(("fault", "status"), [(RestFault.TOO_MANY_REQUESTS, 429), (RestFault.UNAVAILABLE, 503)])
def test_a_request_that_is_never_processed_sends_nothing(wired: Wired, fault: RestFault, status: int) -> None:
    _, exchange, client, phone = wired
    exchange.rest_faults.append(fault)

    with pytest.raises(TwilioRestException) as caught:
        client.messages.create(to=TECHNICIAN, from_=HOTLINE, body="路线")
    client.messages.create(to=TECHNICIAN, from_=HOTLINE, body="路线, 第二次")

    assert caught.value.status == status
    assert [sms.body for sms in phone.inbox] == ["路线, 第二次"]


def test_a_time_out_after_accepting_can_be_looked_up(wired: Wired) -> None:
    _, exchange, client, phone = wired
    exchange.rest_faults.append(RestFault.SILENT_AFTER_ACCEPTING)

    with pytest.raises(requests.ReadTimeout):
        client.messages.create(to=TECHNICIAN, from_=HOTLINE, body="路线 K7QM")
    found = client.messages.list(to=TECHNICIAN, from_=HOTLINE, date_sent_after=datetime(2026, 3, 2, tzinfo=UTC))

    assert [message.body for message in found] == ["路线 K7QM"]
    assert len(phone.inbox) == 1
    assert client.messages.list(to=TECHNICIAN, date_sent=datetime(2026, 3, 1, tzinfo=UTC).date()) == []
    assert client.messages.list(to=HOTLINE) == []


def test_an_error_after_accepting_has_sent_the_message(wired: Wired) -> None:
    _, exchange, client, phone = wired
    exchange.rest_faults.append(RestFault.ERROR_AFTER_ACCEPTING)

    with pytest.raises(TwilioRestException):
        client.messages.create(to=TECHNICIAN, from_=HOTLINE, body="路线")

    assert len(phone.inbox) == 1


def test_a_messaging_service_accepts_and_names_itself_in_callbacks(wired: Wired) -> None:
    app, exchange, client, _ = wired
    service = "MG" + "0" * 32
    exchange.messaging_services[service] = MessagingService(service, HOTLINE)

    message = client.messages.create(
        to=TECHNICIAN, messaging_service_sid=service, body="路线", status_callback=CALLBACK
    )
    exchange.callbacks.deliver()

    assert (message.status, message.from_) == ("accepted", None), "the service has not chosen a number yet"
    assert {form["MessagingServiceSid"] for form in app.forms("/sms/status")} == {service}


def test_the_app_calls_a_person_who_picks_up(connect: Connect, sdk: Sdk) -> None:
    app, exchange = connect({"/ivr/duty": twiml(f'<Gather action="accept" numDigits="1">{say("接受请按1")}</Gather>')})
    phone = Telephone(number=TECHNICIAN, exchange=exchange)
    made = sdk(exchange).calls.create(
        to=TECHNICIAN,
        from_=HOTLINE,
        url=f"{BASE_URL}/ivr/duty",
        status_callback=f"{BASE_URL}/ivr/leg-status",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
        machine_detection="Enable",
    )

    call = phone.pick_up()
    call.hears("接受请按1")
    call.hang_up()

    told = app.forms("/ivr/leg-status")
    assert [(form["CallStatus"], form["SequenceNumber"]) for form in told] == [
        ("queued", "0"),
        ("ringing", "1"),
        ("in-progress", "2"),
        ("completed", "3"),
    ]
    asked = app.forms("/ivr/duty")[0]
    assert (asked["CallSid"], asked["Direction"], asked["AnsweredBy"]) == (made.sid, "outbound-api", "human")
    assert sdk(exchange).calls(made.sid).fetch().status == "completed"


def test_only_the_wanted_events_are_told_and_a_joined_list_is_none(connect: Connect, sdk: Sdk) -> None:
    """List fields are repeated, not joined by spaces."""
    app, exchange = connect({})
    phone = Telephone(number=TECHNICIAN, exchange=exchange)
    for events in (["completed"], ["initiated ringing completed"]):
        sdk(exchange).calls.create(
            to=TECHNICIAN,
            from_=HOTLINE,
            url=f"{BASE_URL}/ivr/duty",
            status_callback=f"{BASE_URL}/ivr/leg-status",
            status_callback_event=events,
        )
        phone.decline()

    assert [form["CallStatus"] for form in app.forms("/ivr/leg-status")] == ["busy"]


def test_inline_twiml_must_give_absolute_urls(connect: Connect, sdk: Sdk) -> None:
    _, exchange = connect({})
    phone = Telephone(number=TECHNICIAN, exchange=exchange)
    document = twiml(f'<Gather action="/ivr/duty" numDigits="1">{say("接受请按1")}</Gather>')
    sdk(exchange).calls.create(to=TECHNICIAN, from_=HOTLINE, twiml=document)

    call = phone.pick_up()

    with pytest.raises(AssertionError, match="11100"):
        call.press("1")


def test_a_live_call_is_moved_and_ended_by_rest(connect: Connect, sdk: Sdk) -> None:
    app, exchange = connect(
        {
            "/ivr/answer": twiml(f'<Gather action="/x" timeout="60">{say("请稍候")}</Gather>'),
            "/ivr/news": twiml(say("技术员已出发"), '<Pause length="60"/>'),
        }
    )
    call = Telephone(number="+8613800000001", exchange=exchange).dial(HOTLINE)
    client = sdk(exchange)

    client.calls(call.sid).update(url=f"{BASE_URL}/ivr/news")
    call.hears("技术员已出发")
    client.calls(call.sid).update(status="completed")

    assert call.ends().by == "exchange"
    assert app.paths[-1] == "/ivr/call-status"


def test_the_stand_in_answers_on_a_real_socket_too(connect: Connect) -> None:
    _, exchange = connect({})
    phone = Telephone(number=TECHNICIAN, exchange=exchange)

    with serving(create_rest_app(exchange)) as base_url:
        answer = requests.post(
            f"{base_url}/2010-04-01/Accounts/{exchange.account_sid}/Messages.json",
            auth=(exchange.account_sid, exchange.auth_token),
            data={"To": TECHNICIAN, "From": HOTLINE, "Body": "路线"},
            timeout=5,
        )

    assert answer.status_code == 201
    assert phone.receives("路线").status == "delivered"


@pytest.mark.parametrize(
    ("changes", "code"), [({"to": ""}, 21201), ({"url": ""}, 21205), ({"from_": "+862100000000"}, 21210)]
)
def test_a_call_twilio_refuses_is_refused_with_its_code(wired: Wired, changes: dict[str, str], code: int) -> None:
    *_, client, phone = wired

    with pytest.raises(TwilioRestException) as caught:
        client.calls.create(**{"to": TECHNICIAN, "from_": HOTLINE, "url": f"{BASE_URL}/ivr/duty"} | changes)

    assert caught.value.code == code
    assert phone.ringing is None


def test_a_phone_that_is_left_ringing_is_no_answer(wired: Wired) -> None:
    app, _, client, phone = wired
    client.calls.create(
        to=TECHNICIAN, from_=HOTLINE, url=f"{BASE_URL}/ivr/duty", status_callback=f"{BASE_URL}/ivr/leg-status"
    )

    phone.ignore()

    assert [form["CallStatus"] for form in app.forms("/ivr/leg-status")] == ["no-answer"]
    with pytest.raises(NothingArrived):
        phone.pick_up()


def test_a_phone_nobody_answers_stops_ringing_when_the_apps_time_is_up(wired: Wired) -> None:
    app, exchange, client, phone = wired
    called = {"from_": HOTLINE, "url": f"{BASE_URL}/ivr/duty", "status_callback": f"{BASE_URL}/ivr/leg-status"}
    client.calls.create(to=TECHNICIAN, timeout=20, **called)
    client.calls.create(to="+8613900000003", **called)

    exchange.clock.advance(19)
    end_unanswered(exchange)
    assert phone.ringing

    exchange.clock.advance(1)
    end_unanswered(exchange)
    end_unanswered(exchange)
    assert phone.ringing is None
    assert Telephone(number="+8613900000003", exchange=exchange).ringing, "a call without a limit rings for a minute"
    assert [form["CallStatus"] for form in app.forms("/ivr/leg-status")] == ["no-answer"]


@pytest.mark.parametrize("status", ["canceled", "completed"])
def test_a_phone_that_rings_stops_when_the_app_calls_it_off(wired: Wired, status: str) -> None:
    app, exchange, client, phone = wired
    call = client.calls.create(
        to=TECHNICIAN, from_=HOTLINE, url=f"{BASE_URL}/ivr/duty", status_callback=f"{BASE_URL}/ivr/leg-status"
    )

    client.calls(str(call.sid)).update(status=status)

    assert phone.ringing is None
    exchange.callbacks.deliver()
    assert [form["CallStatus"] for form in app.forms("/ivr/leg-status")] == ["canceled"]


def test_detection_beside_the_call_tells_its_result_apart_and_the_document_hears_nothing_of_it(wired: Wired) -> None:
    app, _, client, phone = wired
    app.script["/ivr/duty"] = twiml(say("您好"))
    client.calls.create(
        to=TECHNICIAN,
        from_=HOTLINE,
        url=f"{BASE_URL}/ivr/duty",
        machine_detection="Enable",
        async_amd="true",
        async_amd_status_callback=f"{BASE_URL}/ivr/detected-status",
    )

    phone.pick_up(answered_by="machine_start")

    assert "AnsweredBy" not in app.forms("/ivr/duty")[0]
    assert app.forms("/ivr/detected-status")[0]["AnsweredBy"] == "machine_start"


def test_a_recording_can_be_fetched_with_the_accounts_password(connect: Connect) -> None:
    record = '<Record action="left" playBeep="false"/>'
    app, exchange = connect({"/ivr/answer": twiml(record), "/ivr/left": twiml(say("谢谢"))})
    call = Telephone(number="+8613800000001", exchange=exchange).dial(HOTLINE)
    call.say_after_tone("投影仪不亮", seconds=3)
    call.hears("谢谢")
    session = requests.Session()
    session.mount("https://api.twilio.com", WsgiAdapter(create_rest_app(exchange)))
    url = app.forms("/ivr/left")[0]["RecordingUrl"]

    sound = session.get(f"{url}.wav", auth=(exchange.account_sid, exchange.auth_token), timeout=5)

    assert find_wav_seconds(sound.content) == 3.0
    assert session.get(url, timeout=5).status_code == 401
    missing = session.get(f"{url}x.wav", auth=(exchange.account_sid, exchange.auth_token), timeout=5)
    assert (missing.status_code, missing.json()["code"]) == (404, 20404)


def test_another_account_and_an_ended_call_are_no_use(wired: Wired) -> None:
    app, exchange, client, _ = wired
    app.script["/ivr/answer"] = twiml(say("再见"))
    call = Telephone(number="+8613800000001", exchange=exchange).dial(HOTLINE)
    call.ends()

    with pytest.raises(TwilioRestException) as ended:
        client.calls(call.sid).update(status="completed")
    with pytest.raises(TwilioRestException) as unknown:
        client.calls("CA" + "0" * 32).fetch()
    with pytest.raises(TwilioRestException) as foreign:
        client.api.accounts("AC" + "0" * 32).messages("SM" + "0" * 32).fetch()

    assert (ended.value.code, unknown.value.code, foreign.value.status) == (21220, 20404, 404)


def test_twilios_client_reads_a_long_list_page_by_page(wired: Wired) -> None:
    *_, client, _ = wired
    sent = [client.messages.create(to=TECHNICIAN, from_=HOTLINE, body=str(number)).sid for number in range(5)]

    page = client.messages.page(page_size=2)

    assert [one.sid for one in client.messages.list(page_size=2)] == sent[::-1]
    assert page.next_page().previous_page().next_page_url == page.next_page_url
    assert [one.sid for one in client.messages.list(limit=3, page_size=2)] == sent[:1:-1]


def test_a_queue_with_callers_in_it_or_a_name_that_is_taken_is_refused(connect: Connect, sdk: Sdk) -> None:
    _, exchange = connect({"/ivr/answer": twiml("<Enqueue>service</Enqueue>")})
    client = sdk(exchange)
    call = Telephone(number=TECHNICIAN, exchange=exchange).dial(HOTLINE)
    (queue,) = client.queues.list()

    for refused in (
        lambda: client.queues.create(friendly_name="service"),
        lambda: client.queues.create(friendly_name="q" * 65),
        lambda: client.queues(queue.sid).delete(),
        lambda: client.queues(queue.sid).update(max_size=0),
        lambda: client.queues(queue.sid).members(call.sid).update(url=""),
        lambda: client.messages.page(page_size=-1),
    ):
        with pytest.raises(TwilioException, match="400"):
            refused()
    call.hang_up()
    assert client.queues(queue.sid).update(friendly_name="days").friendly_name == "days"
    assert client.queues(queue.sid).delete()
    with pytest.raises(TwilioRestException) as caught:
        client.queues(queue.sid).fetch()
    assert (caught.value.status, caught.value.code) == (404, 20404)


def test_a_room_that_rest_ends_lets_everybody_go_on_and_its_name_is_free_again(connect: Connect, sdk: Sdk) -> None:
    room = "<Dial action='left'><Conference>talk-1</Conference></Dial>"
    _, exchange = connect({"/ivr/answer": twiml(room), "/ivr/left": twiml(say("再见"))})
    client = sdk(exchange)
    calls = [Telephone(number=number, exchange=exchange).dial(HOTLINE) for number in (TECHNICIAN, "+8613900000003")]
    (first,) = client.conferences.list()

    ended = client.conferences(first.sid).update(status="completed")
    again = Telephone(number="+8613900000004", exchange=exchange).dial(HOTLINE)

    for call in calls:
        call.hears("再见")
    assert (ended.status, ended.reason_conference_ended) == ("completed", "conference-ended-via-api")
    assert [one.status for one in client.conferences.list()] == ["init", "completed"]
    again.hang_up()
