"""What went wrong in other telephone systems, each told in public, each tried here.

Every test names the threads it was made from. `github.com/` is left out before each.
"""

from __future__ import annotations

import itertools
import json
import re
import threading
from collections.abc import Callable
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import func, select
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from werkzeug.datastructures import MultiDict

from config import ConfigurationError, load_settings
from integrations.twilio_providers import open_providers
from ivr.voices import VOICES
from models import Call, InboundMessage, Message
from outbox.sender import MessageProvider
from policies.call_states import CallState
from policies.languages import Language
from policies.message_channels import MessageChannel
from policies.message_states import MessageState
from simulator.signature import sign
from tests.town import ACCOUNT, ADDRESS, HOTLINE, TOKEN, Town
from tests.web.offices import call_and_book

WANG, SID = "+8613800000001", "CA" + "7" * 32
FORM = {"CallSid": SID, "From": WANG, "To": HOTLINE, "CallStatus": "in-progress"}


def count(town: Town, table: type) -> int:
    with town.services.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def post(town: Town, path: str, form: dict[str, str] | None = None, **more: str) -> str:
    fields = {**FORM, **(form or {}), **more}
    headers = {"X-Twilio-Signature": sign(f"{ADDRESS}{path}", fields, TOKEN)}
    answer = town.app.test_client(use_cookies=False).post(path, data=fields, headers=headers)
    assert answer.status_code in {200, 204}, answer.status_code
    assert "Set-Cookie" not in answer.headers
    return answer.get_data(as_text=True)


@pytest.mark.parametrize("inside", ["http://10.0.0.7:8000", "http://localhost", "https://other.example:8443"])
@pytest.mark.parametrize("port", ["", ":443"])
def test_a_proxy_another_port_or_scheme_inside_does_not_break_the_signature(town: Town, inside: str, port: str) -> None:
    """twilio/twilio-python 751 715 392, twilio/twilio-node 321, rdegges/django-twilio 196, twilio/twilio-csharp 44 509,
    twilio-labs/twilio-aspnet 18, openclaw/openclaw 6334, dograh-hq/dograh 510, langwatch/scenario 983
    """
    signed = f"{ADDRESS.replace('.example', '.example' + port)}/ivr/answer"
    headers = {"X-Twilio-Signature": sign(signed, FORM, TOKEN), "X-Forwarded-Proto": "http"}

    answer = town.app.test_client().post("/ivr/answer", data=FORM, headers=headers, base_url=inside)

    assert answer.status_code == 200


def test_an_address_a_caller_forges_in_a_header_is_not_believed(town: Town) -> None:
    """bmlt-enabled/yap 1589"""
    headers = {
        "X-Twilio-Signature": sign("https://evil.example/ivr/answer", FORM, TOKEN),
        "X-Forwarded-Host": "evil.example",
        "Host": "evil.example",
    }

    assert town.app.test_client().post("/ivr/answer", data=FORM, headers=headers).status_code == 403
    assert count(town, Call) == 0


def test_without_a_token_nothing_starts() -> None:
    """bmlt-enabled/yap 1589"""
    with pytest.raises(ConfigurationError, match="TWILIO_AUTH_TOKEN"):
        load_settings({"ONECALL_MODE": "production"})


def test_a_name_that_comes_twice_and_a_query_in_another_order_are_signed_as_they_came(town: Town) -> None:
    """twilio/twilio-python 613, twilio/twilio-node 1079"""
    fields = MultiDict([*FORM.items(), ("Tag", "b"), ("Tag", "a")])
    for query in ("?turn=1&more=2", "?more=2&turn=1"):
        url = f"{ADDRESS}/ivr/step/main{query}"
        signature = RequestValidator(TOKEN).compute_signature(url, fields)
        answer = town.app.test_client().post(
            f"/ivr/step/main{query}",
            data=urlencode(list(fields.items(multi=True))),
            content_type="application/x-www-form-urlencoded",
            headers={"X-Twilio-Signature": signature},
        )
        assert answer.status_code == 200


@pytest.mark.parametrize("body_hash", ["", "?bodySHA256=" + "0" * 64])
def test_a_forged_json_body_is_refused_and_changes_nothing(town: Town, body_hash: str) -> None:
    """twilio/twilio-node 924, twilio/twilio-agent-connect-python 85"""
    headers = {"X-Twilio-Signature": sign(f"{ADDRESS}/ivr/answer", FORM, TOKEN)}

    answer = town.app.test_client().post(f"/ivr/answer{body_hash}", json=FORM, headers=headers)

    assert answer.status_code == 403
    assert count(town, Call) == 0


def test_angle_brackets_in_a_text_are_kept_as_they_came(town: Town) -> None:
    """twilio/twilio-csharp 168"""
    town.phone(WANG).text("<b>1 < 2</b> & so on", to=town.hotline)

    with town.services.database.reading() as session:
        assert session.scalars(select(InboundMessage.body)).all() == ["<b>1 < 2</b> & so on"]


def test_two_deliveries_at_the_same_instant_are_one_call_with_one_answer(town: Town) -> None:
    """elizaOS/eliza 31768, simstudioai/sim 5230, mozilla-ai/clawbolt 61, chatwoot/chatwoot 15450"""
    answers: list[str] = []
    at_once = threading.Barrier(4)

    def deliver() -> None:
        at_once.wait()
        answers.append(post(town, "/ivr/answer"))

    threads = [threading.Thread(target=deliver) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(answers)) == 1
    assert len(answers) == 4
    assert count(town, Call) == 1


@pytest.mark.parametrize("order", list(itertools.permutations(["ringing", "in-progress", "completed"])))
def test_a_call_that_has_ended_stays_ended_in_whatever_order_it_is_told(town: Town, order: tuple[str, ...]) -> None:
    """chatwoot/chatwoot 14091 14149, twilio/twilio-csharp 633, rapidpro/mailroom 482"""
    post(town, "/ivr/answer")
    for status in (*order, *order):
        post(town, "/ivr/call-status", CallStatus=status)

    with town.services.database.reading() as session:
        assert session.scalars(select(Call.state)).one() is CallState.ENDED


@pytest.mark.parametrize("order", list(itertools.permutations(["sent", "delivered", "failed"])))
def test_a_text_that_was_delivered_never_becomes_undelivered(town: Town, order: tuple[str, ...]) -> None:
    """twilio-labs/twilio-firebase-extensions 21, CDCgov/prime-simplereport 1931, opengovsg/postmangovsg 1150"""
    town.exchange.callbacks.hold()
    call_and_book(town)
    with town.services.database.reading() as session:
        message = session.scalars(select(Message).where(Message.channel == MessageChannel.SMS)).first()
        assert message is not None
        reference, sid = message.id, message.message_sid or ""
    for status in order:
        post(town, f"/sms/status?m={reference}", {"MessageSid": sid, "MessageStatus": status})
    heard = order.index("delivered")

    with town.services.database.reading() as session:
        state = session.get_one(Message, reference).state
    # A part that failed before another was delivered: the person has it. Once it is there it stays there.
    assert state is MessageState.DELIVERED, f"{order}, delivered came {heard}"
    town.exchange.callbacks.release()


def test_a_call_whose_end_is_never_told_is_closed_by_the_clock(town: Town) -> None:
    """chicago-tool-library/circulate 1426, instedd/verboice 938"""
    town.exchange.callbacks.hold()
    town.phone(WANG).dial(town.hotline).hang_up()

    town.wait(5 * 60)

    with town.services.database.reading() as session:
        assert session.scalars(select(Call.state)).one() is CallState.ENDED


@pytest.fixture
def caller(town: Town) -> MessageProvider:
    return town.services.providers[MessageChannel.VOICE]


def test_events_asked_for_are_repeated_and_never_joined_by_spaces(town: Town, caller: MessageProvider) -> None:
    """vellum-ai/vellum-assistant 6044"""
    caller.send(to_number=WANG, body="", reference="1")

    assert set(town.exchange.outgoing[-1].status_events) == {"answered", "completed"}


def test_what_a_call_of_ours_says_is_asked_for_by_an_absolute_address(town: Town, caller: MessageProvider) -> None:
    """openclaw/openclaw 1180"""
    caller.send(to_number=WANG, body="", reference="1")

    assert town.exchange.outgoing[-1].inline_twiml == ""
    assert town.exchange.outgoing[-1].url.startswith(ADDRESS)


def test_a_call_goes_on_without_cookies_in_a_process_that_has_never_seen_it(town: Town) -> None:
    """Voter-Aid/voteraid 23, twilio/twilio-php 250"""
    document = post(town, "/ivr/answer")
    for key in ("1", "1", "1", "2", "2", "1"):
        action = ET.fromstring(document).find("Gather")  # noqa: S314 - our own
        assert action is not None
        town.services.database.close()
        document = post(town, action.get("action", "").removeprefix(ADDRESS), Digits=key)

    assert "预约好了" in document


def test_every_sentence_names_a_mandarin_voice_so_that_nobody_hears_cantonese(town: Town) -> None:
    """slopus/happy 144 156 307"""
    call_and_book(town)

    answers = [sent.response.body for sent in town.exchange.webhooks.archive if sent.response is not None]
    said = [say for body in answers if body for say in ET.fromstring(body).iter("Say")]  # noqa: S314 - our own
    mandarin = [say for say in said if say.get("language", "").startswith(("cmn", "zh"))]
    assert len(mandarin) > 10
    assert {say.get("voice") for say in mandarin} == {VOICES[Language.ZH].name}


def test_no_clock_runs_in_a_web_process(town: Town) -> None:
    """viniciuschiele/flask-apscheduler 230"""
    town.app.test_client().get("/healthz")

    assert {thread.name for thread in threading.enumerate()} & {"APScheduler", "woken sender"} == set()


@pytest.fixture
def slow_answer(town: Town) -> Callable[[], str]:
    def ask() -> str:
        return post(town, "/ivr/step/main?turn=1", Digits="4")

    return ask


def test_an_answer_that_came_too_late_is_given_again_and_acts_once(town: Town, slow_answer: Callable[[], str]) -> None:
    """Slow hooks: answers after eight seconds are asked for again with the same token."""
    post(town, "/ivr/answer")
    first = slow_answer()

    assert slow_answer() == first
    with town.services.database.reading() as session:
        call = session.scalars(select(Call)).one()
        assert [event.kind for event in call.events].count("keys") == 1


SID = "SM" + "1" * 32


class HandedIn:
    """A client that reaches nobody and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    def request(self, method: str, url: str, *_args: object, **_named: object) -> Response:
        self.asked.append((method, url.rpartition("/")[2]))
        return Response(201, json.dumps({"sid": SID}))


def test_whoever_tests_hands_in_a_client_and_everything_goes_through_it() -> None:
    """twilio/twilio-python 521 821"""
    handed_in = HandedIn()
    providers = open_providers(
        account_sid=ACCOUNT, auth_token=TOKEN, from_number=HOTLINE, public_base_url=ADDRESS, http_client=handed_in
    )

    for channel in (MessageChannel.SMS, MessageChannel.VOICE):
        assert providers[channel].send(to_number=WANG, body="", reference="1") == SID

    assert handed_in.asked == [("POST", "Messages.json"), ("POST", "Calls.json")]


THREADS = {
    "twilio/twilio-python": {751, 715, 392, 613, 521, 821},
    "twilio/twilio-node": {321, 1079, 924},
    "twilio/twilio-csharp": {44, 509, 168, 633},
    "twilio/twilio-php": {250},
    "twilio-labs/twilio-aspnet": {18},
    "twilio-labs/twilio-firebase-extensions": {21},
    "rdegges/django-twilio": {196},
    "openclaw/openclaw": {6334, 1180},
    "dograh-hq/dograh": {510},
    "langwatch/scenario": {983},
    "bmlt-enabled/yap": {1589},
    "twilio/twilio-agent-connect-python": {85},
    "elizaOS/eliza": {31768},
    "simstudioai/sim": {5230},
    "mozilla-ai/clawbolt": {61},
    "chatwoot/chatwoot": {15450, 14091, 14149},
    "CDCgov/prime-simplereport": {1931},
    "rapidpro/mailroom": {482},
    "opengovsg/postmangovsg": {1150},
    "chicago-tool-library/circulate": {1426},
    "instedd/verboice": {938},
    "vellum-ai/vellum-assistant": {6044},
    "Voter-Aid/voteraid": {23},
    "slopus/happy": {144, 156, 307},
    "viniciuschiele/flask-apscheduler": {230},
}
"""Every thread that was collected before this was built, by repository."""


def test_every_thread_that_was_collected_is_named_by_a_test() -> None:
    tests = [test for name, test in globals().items() if name.startswith("test_")]
    told = " ".join(" ".join((test.__doc__ or "").replace(",", " ").split()) for test in tests)

    named = {
        repository: {int(number) for found in re.findall(rf"{repository}((?: \d+)+)", told) for number in found.split()}
        for repository in THREADS
    }
    assert named == THREADS
