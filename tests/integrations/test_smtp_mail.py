"""E-mail over a real SMTP conversation on this machine."""

from __future__ import annotations

import email
import threading
from collections.abc import Iterator
from email.policy import default

import pytest

from integrations.smtp_mail import SmtpMail
from outbox.sender import SendRefused, SendUncertain
from tests.factories.instants import NIGHT
from tests.factories.mail_server import MailServer

BODY = "Re: 门禁\n\n好的，已转告师傅。\n.\n一呼即到"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()


def mail_to(server: MailServer) -> SmtpMail:
    return SmtpMail(f"smtp://127.0.0.1:{server.server_address[1]}", domain="onecall.example")


def send(provider: SmtpMail) -> str:
    return provider.send(to_number="wang@example.com", body=BODY, reference="7")


def test_the_first_line_is_the_subject_and_our_reference_the_message_id(server: MailServer) -> None:
    assert send(mail_to(server)) == "<onecall.7@onecall.example>"

    (raw,) = server.mails
    message = email.message_from_bytes(raw, policy=default)
    assert (message["Subject"], message["To"]) == ("Re: 门禁", "wang@example.com")
    assert message["Message-ID"] == "<onecall.7@onecall.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r", "").strip() == BODY.partition("\n\n")[2]


def test_words_that_are_markup_or_headers_stay_words_in_a_letter(server: MailServer) -> None:
    words = '<img src="https://thief.example/x"><script>alert(1)</script>'
    body = f"Re: {words}\nBcc: thief@example.com\r\nContent-Type: text/html\n\n{words}"

    mail_to(server).send(to_number="wang@example.com", body=body, reference="8")

    (raw,) = server.mails
    message = email.message_from_bytes(raw, policy=default)
    assert (message.get_content_type(), message.is_multipart()) == ("text/plain", False)
    assert (message["To"], message["Bcc"]) == ("wang@example.com", None)
    assert message["Subject"] == f"Re: {words} Bcc: thief@example.com Content-Type: text/html"
    assert message.get_content().strip() == words


@pytest.mark.parametrize(
    ("verb", "answer", "is_permanent"),
    [("RCPT", "550 no such mailbox", True), ("RCPT", "450 mailbox busy", False), ("DATA", "554 not wanted", True)],
)
def test_what_a_server_says_decides_whether_it_is_tried_again(
    server: MailServer, verb: str, answer: str, *, is_permanent: bool
) -> None:
    server.trouble[verb] = answer

    with pytest.raises(SendRefused) as refused:
        send(mail_to(server))

    assert refused.value.is_permanent is is_permanent


def test_a_connection_that_breaks_after_the_text_leaves_it_uncertain(server: MailServer) -> None:
    server.trouble["DATA"] = "hang up"

    with pytest.raises(SendUncertain):
        send(mail_to(server))


def test_a_server_that_is_away_is_tried_again_later() -> None:
    with pytest.raises(SendRefused) as refused:
        send(SmtpMail("smtp://127.0.0.1:9", domain="onecall.example"))

    assert not refused.value.is_permanent
    provider = SmtpMail("smtp://127.0.0.1:9", domain="onecall.example")
    assert provider.find_sent(to_number="x", body="y", since=NIGHT, other_than=frozenset()) is None
