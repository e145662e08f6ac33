"""Messages from people to the hotline, and how many segments a text takes."""

import pytest
from werkzeug.wrappers import Response

from simulator.segments import count_segments
from simulator.telephone import Telephone
from tests.simulator.conftest import Connect

HOTLINE = "+862195000000"


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("字" * 70, 1),
        ("字" * 71, 2),
        ("字" * 134, 2),
        ("字" * 135, 3),
        ("字" * 200, 3),
        ("a" * 70 + "’", 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_one_character_outside_the_gsm_alphabet_makes_segments_short(text: str, segments: int) -> None:
    assert count_segments(text) == segments


def test_a_text_reaches_the_app_and_its_answer_comes_back(connect: Connect) -> None:
    answer = "<Response><Message>已收到 K7QM</Message></Response>"
    app, exchange = connect({"/sms/incoming": answer})
    phone = Telephone(number="+8613900000002", exchange=exchange)

    sent = phone.text("accept K7QM", to=HOTLINE)

    form = app.forms("/sms/incoming")[0]
    assert (form["Body"], form["From"], form["To"], form["NumMedia"]) == ("accept K7QM", phone.number, HOTLINE, "0")
    assert (form["MessageSid"], form["NumSegments"]) == (sent.sid, "1")
    assert [sms.body for sms in phone.unread] == ["已收到 K7QM"]
    assert phone.unread == []


def test_an_empty_answer_sends_nothing(connect: Connect) -> None:
    _, exchange = connect({"/sms/incoming": "<Response/>"})
    phone = Telephone(number="+8613900000002", exchange=exchange)

    phone.text("done K7QM", to=HOTLINE)

    assert phone.inbox == []
    assert exchange.findings.found == []


def test_stop_is_answered_by_the_exchange_and_still_reaches_the_app(connect: Connect) -> None:
    """Opt-out words still reach the webhook and Twilio has already answered; later sends give 21610."""
    app, exchange = connect({"/sms/incoming": "<Response/>"})
    phone = Telephone(number="+8613900000002", exchange=exchange)

    phone.text("Stop", to=HOTLINE)
    phone.receives("unsubscribed")
    assert app.forms("/sms/incoming")[0]["Body"] == "Stop"
    assert (HOTLINE, phone.number) in exchange.messages.opted_out

    phone.text("START", to=HOTLINE)
    assert exchange.messages.opted_out == set()


def test_yes_is_an_ordinary_word_for_who_never_opted_out(connect: Connect) -> None:
    _, exchange = connect({"/sms/incoming": "<Response/>"})
    phone = Telephone(number="+8613900000002", exchange=exchange)

    phone.text("yes", to=HOTLINE)

    assert phone.inbox == []


def test_an_app_that_fails_on_a_message_is_noted(connect: Connect) -> None:
    _, exchange = connect({"/sms/incoming": Response(status=500)})

    Telephone(number="+8613900000002", exchange=exchange).text("accept K7QM", to=HOTLINE)

    assert [finding.code for finding in exchange.findings.found] == [11200]
