"""How the app is asked: headers, retries, redirects, deadlines, fallback."""

import time
from collections.abc import Iterable, Mapping
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from werkzeug.wrappers import Response as WerkzeugResponse

from simulator.exchange import Exchange, Hotline
from simulator.serving import serving
from simulator.sids import Sids
from simulator.telephone import Telephone
from simulator.transport import HttpTransport, Response, TookTooLong, Transport, Unreachable, WsgiTransport
from simulator.webhooks import Webhook, WebhookFailed, Webhooks
from tests.simulator.conftest import Connect, Ring
from tests.simulator.scripted_app import AUTH_TOKEN, BASE_URL, ScriptedApp, say, twiml

OK = Response(200, {"content-type": "text/xml"}, b"<Response/>")


class ScriptedTransport:
    """Gives one outcome after the other; keeps what it was sent."""

    def __init__(self, *outcomes: Response | Exception) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[tuple[str, str, dict[str, str], dict[str, str], float]] = []

    def send(
        self, method: str, url: str, *, form: Mapping[str, str], headers: Mapping[str, str], deadline_seconds: float
    ) -> Response:
        self.sent.append((method, url, dict(form), dict(headers), deadline_seconds))
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def ask(transport: Transport, url: str = "https://onecall.example/ivr/answer") -> Response:
    return Webhooks(transport, AUTH_TOKEN, Sids(1)).ask(Webhook("voice", url, {"CallSid": "CA1"}))


def test_requests_look_like_twilios(ring: Ring) -> None:
    app, _, _ = ring({"/ivr/answer": twiml(say("您好"))})

    headers = app.asked[0].headers
    assert headers["User-Agent"] == "TwilioProxy/1.1"
    assert headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert len(headers["I-Twilio-Idempotency-Token"]) == 36


def test_a_connection_that_failed_is_tried_once_more_with_the_same_token() -> None:
    transport = ScriptedTransport(Unreachable("refused"), OK)

    ask(transport)

    tokens = {headers["I-Twilio-Idempotency-Token"] for *_, headers, _ in transport.sent}
    assert (len(transport.sent), len(tokens)) == (2, 1)


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Response(500, {}, b""), 11200),
        (Response(403, {}, b""), 11200),
        (TookTooLong("15 s"), 11205),
    ],
)
def test_an_answer_that_is_bad_or_late_is_not_tried_again(outcome: Response | Exception, code: int) -> None:
    """rp = ct: only connect/TLS failures are retried."""
    transport = ScriptedTransport(outcome)

    with pytest.raises(WebhookFailed) as caught:
        ask(transport)

    assert caught.value.code == code


def test_the_fragment_overrides_retries_and_deadline_and_is_neither_sent_nor_signed() -> None:
    transport = ScriptedTransport(Response(503, {}, b""), TookTooLong(""), OK)

    ask(transport, "https://onecall.example/ivr/answer#rc=2&rp=5xx,rt&tt=3000")

    assert {url for _, url, *_ in transport.sent} == {"https://onecall.example/ivr/answer"}
    assert {deadline for *_, deadline in transport.sent} == {3.0}


@pytest.mark.parametrize(
    ("account", "fragment", "seconds"),
    [
        ({}, "", 15.0),
        ({}, "#tt=60000", 15.0),
        ({"is_trial": True}, "", 5.0),
        ({"is_trial": True}, "#tt=3000", 3.0),
        ({"is_trial": True}, "#tt=15000", 5.0),
    ],
)
def test_an_app_has_15_seconds_and_that_of_a_trial_account_5(
    account: dict[str, bool], fragment: str, seconds: float
) -> None:
    """twilio-contract: 15 s for the whole exchange, 5 s on trial; a fragment shortens either and lengthens none."""
    transport = ScriptedTransport(TookTooLong("too late"))
    exchange = Exchange(transport, AUTH_TOKEN, is_trial=account.get("is_trial", False))

    with pytest.raises(WebhookFailed) as late:
        exchange.webhooks.ask(Webhook("voice", f"{BASE_URL}/ivr/answer{fragment}", {"CallSid": "CA1"}))

    assert late.value.code == 11205
    assert f"no answer within {seconds} s" in str(late.value)
    assert [deadline for *_, deadline in transport.sent] == [seconds]


@pytest.mark.parametrize(("status", "method", "fields"), [(302, "GET", {}), (307, "POST", {"CallSid": "CA1"})])
def test_a_redirect_may_lose_the_fields(status: int, method: str, fields: dict[str, str]) -> None:
    """301/302 turn the request into GET and lose the POST fields: use 307/308, better none."""
    transport = ScriptedTransport(Response(status, {"location": "/moved"}, b""), OK)

    ask(transport)

    assert transport.sent[1][:3] == (method, "https://onecall.example/moved", fields)


def test_ten_redirects_are_followed_and_no_more() -> None:
    moved = Response(307, {"location": "/round"}, b"")
    assert ask(ScriptedTransport(*[moved] * 10, OK)).status == 200

    with pytest.raises(WebhookFailed) as caught:
        ask(ScriptedTransport(*[moved] * 11))

    assert caught.value.code == 11215


def test_an_app_that_fails_is_replaced_by_its_fallback(ring: Ring) -> None:
    script = {"/ivr/answer": WerkzeugResponse(status=500), "/ivr/fallback": twiml(say("系统正忙，请留言"))}
    app, exchange, call = ring(script)

    call.hears("请留言")

    form = app.forms("/ivr/fallback")[0]
    assert (form["ErrorCode"], form["ErrorUrl"]) == ("11200", f"{BASE_URL}/ivr/answer")
    assert form["CallSid"] == call.sid
    assert [finding.code for finding in exchange.findings.found] == [11200]


def test_a_slow_app_is_replaced_by_its_fallback_even_in_this_process(ring: Ring) -> None:
    def answer_slowly(_form: dict[str, str]) -> str:
        time.sleep(0.05)
        return twiml(say("太晚了"))

    script = {"/ivr/answer": answer_slowly, "/ivr/fallback": twiml(say("系统正忙"))}
    _, exchange, call = ring(script, deadline_seconds=0.02)

    call.hears("系统正忙")

    assert exchange.findings.found[0].code == 11205


def test_a_duplicate_carries_the_same_token_and_the_same_fields(ring: Ring) -> None:
    app, exchange, _ = ring({"/ivr/answer": twiml(say("您好"))})

    exchange.webhooks.send_again(exchange.webhooks.archive[0])

    assert app.asked[0].form == app.asked[-1].form
    assert app.asked[0].headers["I-Twilio-Idempotency-Token"] == app.asked[-1].headers["I-Twilio-Idempotency-Token"]


def test_a_callback_answered_with_a_page_is_noted(ring: Ring) -> None:
    """Status callbacks: answer 204, or 200 with text/xml and <Response/>. Other bodies cause Debugger warnings."""
    page = WerkzeugResponse("<h1>ok</h1>", content_type="text/html")
    _, exchange, call = ring({"/ivr/answer": twiml(say("您好")), "/ivr/call-status": page})

    call.ends()

    assert [finding.code for finding in exchange.findings.found] == [12300]


def test_a_wrong_token_is_refused_by_the_app(connect: Connect) -> None:
    app, _ = connect({"/ivr/answer": twiml(say("您好"))})
    forger = Exchange(WsgiTransport(app, BASE_URL), "guessed", is_strict=False)
    forger.add_hotline(Hotline.at(BASE_URL, "+862195000000"))

    Telephone(number="+8613800000001", exchange=forger).dial("+862195000000")

    # The document, the broken call, and the callback about its end.
    assert [finding.code for finding in forger.findings.found] == [11200, 0, 11200]


def test_a_second_application_answers_under_its_own_address() -> None:
    main, spare = ScriptedApp({}), ScriptedApp({"/ivr/fallback": twiml(say("备用"))})
    transport = WsgiTransport(main, BASE_URL, more={"https://spare.example": spare})

    assert "备用" in ask(transport, "https://spare.example/ivr/fallback").body.decode()
    with pytest.raises(WebhookFailed):
        ask(transport, "https://elsewhere.example/ivr/fallback")


def test_the_same_call_works_over_real_http() -> None:
    app = ScriptedApp({"/ivr/answer": twiml(say("您好，世界"))})
    with serving(app) as base_url:
        exchange = Exchange(HttpTransport(), AUTH_TOKEN)
        exchange.add_hotline(Hotline.at(base_url, "+862195000000"))

        call = Telephone(number="+8613800000001", exchange=exchange).dial("+862195000000")
        call.hears("世界")

        assert call.ends().by == "hotline"
    assert exchange.findings.found == []


def test_real_http_tells_a_refused_connection_from_a_slow_answer() -> None:
    def slow_app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        time.sleep(0.3)
        return WerkzeugResponse("<Response/>")(environ, start_response)

    transport = HttpTransport()
    with serving(slow_app) as base_url, pytest.raises(TookTooLong):
        transport.send("POST", base_url, form={}, headers={}, deadline_seconds=0.05)
    with pytest.raises(Unreachable):
        transport.send("POST", base_url, form={}, headers={}, deadline_seconds=1)
