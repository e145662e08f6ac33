"""Events posted to other systems: signed, and never into our own network unless it is allowed."""

import ipaddress
import json
import socket
import threading
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from integrations.hook_poster import WebHookPoster, is_reachable
from operations.foundation.hook_deliveries import HookAddressRefused, HookUnreachable
from policies.signed_hooks import is_signed_hook

SECRET = "a secret of thirty-two characters"
HERE = [ipaddress.ip_network("127.0.0.0/8")]


class Receiver(HTTPServer):
    """Another system: keeps what it is told, and answers as it is set."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answer = 204
        super().__init__(("127.0.0.1", 0), _Taking)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/events"


class _Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append((dict(self.headers), body))
        self.send_response(self.server.answer)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_words: Any) -> None:  # noqa: ANN401 (as the library has it)
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def post(receiver: Receiver, *, networks: Sequence[Any] = HERE, address: str = "") -> int:
    return WebHookPoster(networks).post(
        address=address or receiver.address, secret=SECRET, reference="7", body=b'{"id": "evt-1"}'
    )


def test_a_document_arrives_with_a_signature_that_its_receiver_can_check(receiver: Receiver) -> None:
    status = post(receiver)

    ((headers, body),) = receiver.got
    sent_at = headers["X-OneCall-Timestamp"]
    assert status == 204
    assert json.loads(body) == {"id": "evt-1"}
    assert headers["X-OneCall-Delivery"] == "7"
    signature = headers["X-OneCall-Signature"]
    assert is_signed_hook(secret=SECRET, sent_at=sent_at, body=body, signature=signature, now_seconds=int(sent_at))
    assert not is_signed_hook(secret="other", sent_at=sent_at, body=body, signature=signature, now_seconds=int(sent_at))


def test_a_redirect_is_an_answer_and_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = 307

    assert post(receiver) == 307
    assert len(receiver.got) == 1


def test_an_address_inside_our_network_is_never_spoken_to(receiver: Receiver) -> None:
    with pytest.raises(HookUnreachable, match="private"):
        post(receiver, networks=())

    assert receiver.got == []


def test_a_name_that_leads_inside_after_it_was_looked_at_gets_nothing(receiver: Receiver) -> None:
    class Trusting(WebHookPoster):
        """Whose first look was told something else."""

        def check(self, address: str) -> None:
            pass

    with pytest.raises(HookUnreachable):
        Trusting(()).post(address=receiver.address, secret=SECRET, reference="7", body=b"{}")

    assert receiver.got == []


def test_nobody_there_is_said_as_that() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(HookUnreachable):
            WebHookPoster(HERE).post(address=f"http://127.0.0.1:{port}/", secret=SECRET, reference="7", body=b"{}")


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ftp://192.0.2.1/", "no_address"),
        ("https://", "no_address"),
        ("nonsense", "no_address"),
        ("https://user:password@8.8.8.8/", "no_address"),
        ("https://8.8.8.8:99999/", "no_address"),
        ("http://8.8.8.8/", "not_encrypted"),
        ("https://127.0.0.1/", "private"),
        ("https://2130706433/", "private"),
        ("https://10.0.0.7/", "private"),
        ("https://169.254.169.254/latest/meta-data", "private"),
        ("https://[::1]/", "private"),
        ("https://[::ffff:10.0.0.7]/", "private"),
        ("https://[fe80::1]/", "private"),
        ("https://0.0.0.0/", "private"),
    ],
)
def test_an_address_we_do_not_post_to_is_refused_with_its_reason(address: str, reason: str) -> None:
    with pytest.raises(HookAddressRefused, match=f"^{reason}$"):
        WebHookPoster().check(address)


def test_the_open_internet_and_networks_that_are_named_can_be_reached() -> None:
    WebHookPoster().check("https://8.8.8.8/events")
    WebHookPoster(HERE).check("http://127.0.0.1/events")

    assert is_reachable(ipaddress.ip_address("2001:4860:4860::8888"), ())
    assert not is_reachable(ipaddress.ip_address("224.0.0.1"), ())
    assert not is_reachable(ipaddress.ip_address("100.64.0.1"), ())
