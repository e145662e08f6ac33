"""The mailbox is read over a real IMAP conversation; an e-mail counts as read when it is stored (H16)."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from integrations.imap_mail import ImapMailbox
from jobs.read_mail import read_mail
from models import InboundMessage, Message
from operations.clients.mailbox import MailboxDown
from operations.clients.services import Services
from policies.letters import LARGEST_BYTES
from tests.databases import ON_SQLITE_ALONE
from tests.factories.looking import looking
from tests.factories.mailboxes import ImapServer, Post
from tests.jobs.conftest import Desk

pytestmark = ON_SQLITE_ALONE
"""One kind of database is enough: what letters do is tested on both."""

QUESTION = b"From: Wang <wang@example.com>\nMessage-ID: <1@x>\nSubject: Hello\n\nHow do I connect it?"


@pytest.fixture
def server() -> Iterator[ImapServer]:
    with ImapServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def services(desk: Desk, server: ImapServer) -> Services:
    return replace(desk.services, mailbox=ImapMailbox(server.url))


def kept(desk: Desk) -> list[tuple[str, str | None, str, int]]:
    with looking(desk.database) as session:
        rows = session.query(InboundMessage).order_by(InboundMessage.id)
        return [(one.from_number, one.subject, one.body, one.left_out) for one in rows]


def test_what_is_new_is_taken_once_and_acknowledged(desk: Desk, server: ImapServer, services: Services) -> None:
    server.posts += [Post(QUESTION), Post(QUESTION.replace(b"<1@x>", b"<2@x>"), {r"\Seen"})]

    taken = [read_mail(services), read_mail(services)]

    assert taken == [1, 0]
    assert kept(desk) == [("wang@example.com", "Hello", "How do I connect it?", 0)]
    assert server.posts[0].flags == {r"\Seen"}
    with looking(desk.database) as session:
        assert [one.template for one in session.query(Message)] == ["letter_received"]


def test_an_email_whose_taking_broke_off_is_stored_once(desk: Desk, server: ImapServer, services: Services) -> None:
    server.posts.append(Post(QUESTION))
    server.trouble["STORE"] = "hang up"
    with pytest.raises(MailboxDown):
        read_mail(services)
    del server.trouble["STORE"]

    assert read_mail(services) == 1

    assert len(kept(desk)) == 1
    assert server.posts[0].flags == {r"\Seen"}


def test_what_is_no_email_is_flagged_for_a_person_and_holds_up_nobody(
    desk: Desk, server: ImapServer, services: Services
) -> None:
    server.posts += [Post(b"\xff\xfe no headers at all"), Post(QUESTION)]

    assert read_mail(services) == 2

    assert server.posts[0].flags == {r"\Seen", r"\Flagged"}
    assert len(kept(desk)) == 1


def test_of_what_is_too_large_the_head_is_taken_and_the_rest_stays_in_the_mailbox(
    desk: Desk, server: ImapServer, services: Services
) -> None:
    server.posts.append(Post(QUESTION + b" " * LARGEST_BYTES))

    assert read_mail(services) == 1

    assert kept(desk) == [("wang@example.com", "Hello", "", 1)]
    assert r"\Flagged" in server.posts[0].flags


@pytest.mark.parametrize(("verb", "answer"), [("LOGIN", "NO go away"), ("SELECT", "NO none"), ("SEARCH", "hang up")])
def test_a_mailbox_that_is_down_says_so_and_loses_nothing(
    desk: Desk, server: ImapServer, services: Services, verb: str, answer: str
) -> None:
    server.posts.append(Post(QUESTION))
    server.trouble[verb] = answer
    with pytest.raises(MailboxDown):
        read_mail(services)
    server.trouble.clear()

    assert read_mail(services) == 1
    assert len(kept(desk)) == 1


def test_without_a_mailbox_nothing_is_read(desk: Desk) -> None:
    assert read_mail(desk.services) == 0
