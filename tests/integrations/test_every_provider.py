"""What whoever carries messages must do (docs/messages.md). A new provider is entered in PROVIDERS and nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

import pytest
from flask import Flask, request
from flask.typing import ResponseReturnValue

from integrations.chat_gateway import ChatGateway
from integrations.smtp_mail import SmtpMail
from outbox.sender import MessageProvider, SendRefused, SendUncertain
from simulator.rest_faults import RestFault
from simulator.serving import serving
from tests.factories.instants import NIGHT
from tests.factories.mail_server import MailServer
from tests.integrations.test_own_gateway import MainlandGateway
from tests.integrations.test_twilio_sms import carrier, make_house

TO = "+8613800000001"
BODIES = ("您好", "字" * 1600, "Re: 门禁\n\n好的，师傅👩‍🔧在路上。", "مرحبا، متى يأتي الفني؟", "one\ntwo\n.\nthree")
NOBODY_LISTENS = "127.0.0.1:9"


class Trouble(StrEnum):
    """What goes wrong with the next message."""

    BUSY = "not now"
    NEVER = "never"
    ANSWER_LOST = "taken, and the answer is lost"


@dataclass
class Rig:
    """A provider, its other side, and how to make trouble there; `taken` counts what arrived.

    `drops_repeats`: a message sent again under the same reference is one for whoever gets it.
    """

    provider: MessageProvider
    unreachable: MessageProvider
    trouble: Callable[[Trouble], None]
    taken: Callable[[], int]
    drops_repeats: bool = False
    to: str = TO


@contextmanager
def twilio() -> Iterator[Rig]:
    house = make_house()

    def make(trouble: Trouble) -> None:
        faults = {Trouble.BUSY: RestFault.TOO_MANY_REQUESTS, Trouble.ANSWER_LOST: RestFault.SILENT_AFTER_ACCEPTING}
        if trouble in faults:
            house.exchange.rest_faults.append(faults[trouble])
        else:
            made.to = "anonymous"

    made = Rig(
        carrier(house),
        carrier(None, api_base_url=f"http://{NOBODY_LISTENS}"),
        make,
        lambda: len(house.phone.inbox),
    )
    yield made


@contextmanager
def smtp() -> Iterator[Rig]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

        def make(trouble: Trouble) -> None:
            answers = {Trouble.BUSY: ("RCPT", "450 busy"), Trouble.NEVER: ("RCPT", "550 no such mailbox")}
            verb, answer = answers.get(trouble, ("DATA", "take and hang up"))
            server.trouble = {verb: answer}

        address = f"smtp://127.0.0.1:{server.server_address[1]}"
        yield Rig(
            SmtpMail(address, domain="onecall.example"),
            SmtpMail(f"smtp://{NOBODY_LISTENS}", domain="onecall.example"),
            make,
            lambda: len(server.mails),
            drops_repeats=True,
            to="wang@example.com",
        )
        server.shutdown()


@contextmanager
def chat() -> Iterator[Rig]:
    app, taken, answers = Flask("gateway"), dict[str, str](), list[int]()

    @app.post("/")
    def take() -> ResponseReturnValue:
        status = answers.pop() if answers else 200
        if status in {200, 500}:
            taken[request.json["id"]] = request.json["text"]
        return "", status

    statuses = {Trouble.BUSY: 429, Trouble.NEVER: 400, Trouble.ANSWER_LOST: 500}
    with serving(app) as address:
        yield Rig(
            ChatGateway(f"{address}/", secret="s" * 40),
            ChatGateway(f"http://{NOBODY_LISTENS}/", secret="s" * 40),
            lambda trouble: answers.append(statuses[trouble]),
            lambda: len(taken),
            drops_repeats=True,
        )


@contextmanager
def mainland() -> Iterator[Rig]:
    gateway, away = MainlandGateway(), MainlandGateway(is_away=True)

    def make(trouble: Trouble) -> None:
        gateway.is_busy, gateway.loses_next_answer = trouble is Trouble.BUSY, trouble is Trouble.ANSWER_LOST
        if trouble is Trouble.NEVER:
            made.to = "+442071234567"

    made = Rig(gateway, away, make, lambda: len(gateway.taken))
    yield made


PROVIDERS = [twilio, smtp, chat, mainland]


@pytest.fixture(params=PROVIDERS, ids=lambda provider: str(provider.__name__))
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with request.param() as made:
        yield made


def send(rig: Rig, body: str = "您好", *, reference: str = "17") -> str:
    return rig.provider.send(to_number=rig.to, body=body, reference=reference)


def look_up(rig: Rig, body: str = "您好", *, other_than: frozenset[str] = frozenset()) -> str | None:
    return rig.provider.find_sent(to_number=rig.to, body=body, since=NIGHT, other_than=other_than)


def test_each_message_is_taken_once_under_an_id_of_its_own(rig: Rig) -> None:
    ids = [send(rig, body, reference=str(number)) for number, body in enumerate(BODIES)]

    assert len(set(ids)) == len(BODIES)
    assert all(ids)
    assert rig.taken() == len(BODIES)


def test_what_was_refused_for_now_may_be_tried_again(rig: Rig) -> None:
    rig.trouble(Trouble.BUSY)

    with pytest.raises(SendRefused) as refused:
        send(rig)

    assert not refused.value.is_permanent
    assert rig.taken() == 0


def test_what_can_never_succeed_is_said_to_be_permanent(rig: Rig) -> None:
    rig.trouble(Trouble.NEVER)

    with pytest.raises(SendRefused) as refused:
        send(rig)

    assert refused.value.is_permanent
    assert rig.taken() == 0


def test_a_provider_that_cannot_be_reached_has_taken_nothing_and_is_tried_again(rig: Rig) -> None:
    rig.provider = rig.unreachable

    with pytest.raises(SendRefused) as refused:
        send(rig)

    assert not refused.value.is_permanent


def test_a_message_whose_answer_was_lost_is_found_or_may_be_sent_again_as_the_same(rig: Rig) -> None:
    before = send(rig, reference="16")
    rig.trouble(Trouble.ANSWER_LOST)
    with pytest.raises(SendUncertain):
        send(rig)

    found = look_up(rig, other_than=frozenset({before}))

    assert rig.taken() == 2
    assert (found is None) == rig.drops_repeats
    assert found != before
    if not rig.drops_repeats:
        assert look_up(rig, "never said") is None
