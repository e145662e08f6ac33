"""Whatever a service of others answers: what makes no sense is named, and nothing of it is believed (S2)."""

from __future__ import annotations

import io
import json
import re
import socketserver
import string
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3
from hypothesis import example, given, settings, strategies as st
from requests.adapters import BaseAdapter, HTTPAdapter
from twilio.http.response import Response

from integrations.chat_gateway import ChatGateway
from integrations.couriers import FileCourier, HttpCourier
from integrations.imap_mail import ImapMailbox
from integrations.openid_issuer import OpenIdIssuer
from integrations.outside_answers import AnswerTooLong, AnswerTooSlow, bounded_session
from integrations.roads.address import open_road_times
from integrations.roads.http import HttpService
from integrations.smtp_mail import SmtpMail
from integrations.twilio_client import open_client
from integrations.twilio_lines import TwilioLines
from integrations.twilio_recordings import TwilioRecordings
from integrations.twilio_records import TwilioRecords
from integrations.twilio_sms import TwilioSms
from integrations.twilio_voice import TwilioVoice
from operations.clients.carrier_records import CarrierAway, RecordedReceipt, RecordedText
from operations.clients.courier_client import CourierDown
from operations.clients.issuer_client import IssuerDown, IssuerQuestion
from operations.clients.mailbox import MailboxDown
from operations.clients.recording_store import RecordingUnavailable
from operations.clients.road_client import RoadServiceDown, RoadTable
from operations.foundation.line_orders import OrderRefused
from outbox.sender import SendRefused, SendUncertain
from policies.shipments import Sighting
from tests.factories.instants import NIGHT

SID, NUMBER, US = "SM" + "0" * 32, "+8613800000001", "https://onecall.example"
HERE, THERE = (31.2, 121.4), (31.3, 121.5)
A_SID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
TROUBLES = (SendRefused, SendUncertain, CarrierAway, OrderRefused, RecordingUnavailable, CourierDown, RoadServiceDown)

PAGE = "<!DOCTYPE html><html><title>Sign in</title><body>502 Bad Gateway</body></html>"
DEEP = '{"a":' * 2_000 + "1"
DEEPER = "[" * 100_000
WORDS = st.text(string.printable + "\x00\ud800字", max_size=8)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**400),
    st.floats(),
    WORDS,
    st.sampled_from((SID, "sent", "inbound", "Ok", "1", "2026-05-11T08:00:00+08:00", "0001-01-01T00:00:00+14:00")),
)
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=2))
FIELDS = (
    "sid", "status", "code", "message", "title", "type", "details", "error_code", "body", "from", "direction",
    "messages", "calls", "date_sent", "date_created", "price", "next_page_uri", "sightings", "state", "at",
    "durations", "distances", "sources_to_targets", "units", "results", "infocode", "issuer", "jwks_uri", "keys",
    "authorization_endpoint", "token_endpoint", "token_endpoint_auth_methods_supported",
)  # fmt: skip
OBJECTS = st.dictionaries(st.sampled_from(FIELDS), VALUES | st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES)))
ANSWERS = st.one_of(
    OBJECTS.map(json.dumps),
    VALUES.map(json.dumps),
    OBJECTS.map(lambda said: json.dumps(said)[:-1]),
    st.sampled_from((PAGE, DEEP, DEEPER, "", "null", "\x00")),
)
STATUSES = st.sampled_from((200, 201, 204, 302, 307, 400, 401, 404, 429, 500, 503))


class Saying:
    """Twilio's side of the library, saying what it is told to."""

    is_async = False

    def __init__(self, status: int, text: str) -> None:
        self._answer = Response(status, text)

    def request(self, *_: Any, **__: Any) -> Response:  # noqa: ANN401 - as Twilio's
        return self._answer


class SayingAdapter(BaseAdapter):
    """Whatever is asked for, this is what comes."""

    def __init__(self, status: int, body: bytes, kind: str = "application/json") -> None:
        super().__init__()
        self._status, self._body, self._kind = status, body, kind

    def send(self, request: requests.PreparedRequest, **_: object) -> requests.Response:  # type: ignore[override]
        raw = urllib3.HTTPResponse(
            io.BytesIO(self._body), {"Content-Type": self._kind}, self._status, preload_content=False
        )
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        """Nothing is open."""


def hear(status: int, text: str) -> list[object]:
    """Ask everything of everybody once, each of whom answers the same; return what was believed."""
    body = text.encode("utf-8", "surrogatepass")
    client = open_client(account_sid="AC" + "0" * 32, auth_token="t", http_client=Saying(status, text))
    session = requests.Session()
    session.mount("https://", SayingAdapter(status, body))
    sms = TwilioSms(client, from_number=NUMBER, messaging_service_sid=None, public_base_url=US)
    voice = TwilioVoice(client, from_number=NUMBER, public_base_url=US)
    recordings = TwilioRecordings(client, public_base_url=US, session=session)
    records, lines = TwilioRecords(client), TwilioLines(client, public_base_url=US)
    courier = HttpCourier("https://courier.example", http=session)
    roads = [open_road_times(f"{kind}https://{key}roads.example") for kind, key in KINDS_OF_ROADS]
    for one in roads:
        one.http.session.mount("https://", SayingAdapter(status, body))  # type: ignore[attr-defined]
    questions: list[Callable[[], object]] = [
        lambda: sms.send(to_number=NUMBER, body="x", reference="1"),
        lambda: sms.find_sent(to_number=NUMBER, body="x", since=NIGHT, other_than=frozenset()),
        lambda: voice.send(to_number=NUMBER, body="x", reference="1"),
        lambda: voice.find_sent(to_number=NUMBER, body="x", since=NIGHT, other_than=frozenset()),
        lambda: records.find_receipt(message_sid=SID),
        lambda: records.list_texts(to_number=NUMBER, since=NIGHT),
        lambda: lines.end(SID),
        lambda: recordings.start(call_sid=SID),
        lambda: recordings.erase(recording_sid=SID),
        lambda: recordings.fetch(recording_sid=SID),
        lambda: courier.find_sightings(courier="sf", tracking_number="1"),
        *(lambda one=one: one.fetch_table([HERE], [THERE]) for one in roads),
    ]
    believed: list[object] = []
    for question in questions:
        with suppress(*TROUBLES):
            believed.append(question())
    return believed


KINDS_OF_ROADS = (("", ""), ("valhalla+", ""), ("amap+", "key@"))


@given(STATUSES, ANSWERS)
@example(200, PAGE)
@example(201, "{}")
@example(200, DEEPER)
@example(201, '{"sid": null}')
@example(400, '{"code": [], "message": "\\u0000"}')
@example(400, '{"type": 1, "title": 2, "status": "3", "code": {}}')
@example(200, '{"sightings": [{"state": "sent", "at": "0001-01-01T00:00:00+14:00"}]}')
@example(200, json.dumps({"status": "1", "results": [{"origin_id": 1, "duration": 10**400, "distance": 1}]}))
@example(200, json.dumps({"code": "Ok", "durations": [[10**400]], "distances": [[1]]}))
@settings(max_examples=60)
def test_whatever_is_answered_only_what_makes_sense_is_believed(status: int, text: str) -> None:
    for one in hear(status, text):
        match one:
            case str():
                assert A_SID.fullmatch(one)
            case RecordedReceipt(said, code):
                assert "\x00" not in f"{said}{code}"
            case RoadTable():
                assert all(value >= 0 for rows in (one.seconds, one.metres) for row in rows for value in row)
            case list():
                assert all(isinstance(row, RecordedText | Sighting) for row in one)
            case _:
                assert one is None


@given(STATUSES, ANSWERS)
@example(200, '{"token_endpoint_auth_methods_supported": 5}')
@settings(max_examples=40)
def test_an_issuer_that_talks_nonsense_is_down(status: int, text: str) -> None:
    adapter = SayingAdapter(status, text.encode("utf-8", "surrogatepass"))
    issuer = OpenIdIssuer("https://issuer.example", client_id="c", client_secret="s", adapter=adapter)

    with suppress(IssuerDown):
        assert isinstance(issuer.ask(return_address=US), IssuerQuestion)


@given(st.binary(max_size=60))
@example(b"courier,tracking_number,state,at\nsf,1,sent,\x00")
@example(b"\xff\xfe")
@settings(max_examples=30)
def test_a_couriers_file_that_is_none_is_said_by_name(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    folder: Path = tmp_path_factory.mktemp("courier")
    (folder / "day.csv").write_bytes(content)

    with suppress(CourierDown):
        FileCourier(folder).find_sightings(courier="sf", tracking_number="1")


@pytest.mark.parametrize(
    ("status", "kind", "is_taken"),
    [
        (200, "application/json", True),
        (204, "", True),
        (200, "text/html; charset=utf-8", False),
        (302, "", False),
        (307, "text/html", False),
    ],
)
def test_a_page_in_a_gateways_place_has_taken_nothing(status: int, kind: str, *, is_taken: bool) -> None:
    session = requests.Session()
    session.mount("https://", SayingAdapter(status, PAGE.encode() if "html" in kind else b"", kind))
    gateway = ChatGateway("https://gateway.example/", secret="s" * 40, http=session)

    with nullcontext() if is_taken else pytest.raises(SendUncertain):
        assert gateway.send(to_number="wang", body="x", reference="1") == "chat-1"


class Talker(socketserver.BaseRequestHandler):
    """Says its greeting, and then the same again and again until nobody listens."""

    def handle(self) -> None:
        greeting, again, pause = self.server.words  # type: ignore[attr-defined]
        with suppress(OSError):
            self.request.sendall(greeting)
            while not self.server.is_over.wait(pause):  # type: ignore[attr-defined]
                self.request.sendall(again)


@contextmanager
def talking(greeting: bytes, again: bytes, *, pause: float = 0.0) -> Iterator[str]:
    """Yield host and port of somebody who never comes to an end."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Talker) as server:
        server.daemon_threads = True
        server.words = (greeting, again, pause)  # type: ignore[attr-defined]
        server.is_over = threading.Event()  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.is_over.set()  # type: ignore[attr-defined]
        server.shutdown()


OVER_HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n"


def test_an_answer_without_an_end_is_not_read_to_the_end() -> None:
    with talking(OVER_HTTP, b" " * 2**16) as host:
        with pytest.raises(AnswerTooLong):
            bounded_session().get(f"http://{host}/", timeout=5)
        with pytest.raises(SendUncertain):
            ChatGateway(f"http://{host}/", secret="s" * 40).send(to_number="wang", body="x", reference="1")
        with pytest.raises(CourierDown):
            HttpCourier(f"http://{host}").find_sightings(courier="sf", tracking_number="1")
        client = open_client(account_sid="AC" + "0" * 32, auth_token="t", api_base_url=f"http://{host}")
        with pytest.raises(SendUncertain):
            TwilioSms(client, from_number=NUMBER, messaging_service_sid=None, public_base_url=US).send(
                to_number=NUMBER, body="x", reference="1"
            )


def test_an_answer_that_trickles_is_not_waited_for() -> None:
    with talking(OVER_HTTP, b" ", pause=0.01) as host:
        with pytest.raises(AnswerTooSlow):
            bounded_session(whole_seconds=0.1).get(f"http://{host}/", timeout=5)
        with pytest.raises(RoadServiceDown, match="took longer"):
            HttpService(f"http://{host}", whole_seconds=0.1).ask("GET", "/")


@pytest.mark.parametrize(
    ("greeting", "again"),
    [(b"220-hello\r\n", b"220-hello\r\n" * 500), (b"220 ", b"x" * 5_000), (OVER_HTTP, b"<p>" * 500), (b"", b"\x00")],
)
def test_a_mail_server_that_never_comes_to_an_end_has_taken_nothing(greeting: bytes, again: bytes) -> None:
    with talking(greeting, again) as host, pytest.raises(SendRefused) as refused:
        SmtpMail(f"smtp://{host}", domain="onecall.example").send(to_number="wang@x.example", body="x", reference="1")

    assert not refused.value.is_permanent


@pytest.mark.parametrize(
    ("greeting", "again"), [(b"* OK\r\n", b"* X" + b"x" * 900_000 + b"\r\n"), (OVER_HTTP, b"<p>\r\n" * 500)]
)
def test_a_mailbox_that_never_comes_to_an_end_is_down(greeting: bytes, again: bytes) -> None:
    with talking(greeting, again) as host, pytest.raises(MailboxDown), ImapMailbox(f"imap://a:b@{host}").open():
        pass
