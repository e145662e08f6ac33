"""A call as a person lives through it, from the first ring to the callback after the end."""

import re

import pytest

from simulator.call import CallGoesOn, NobodyListens, NotHeard
from simulator.telephone import Telephone
from tests.simulator.conftest import Connect, Ring
from tests.simulator.scripted_app import EN, say, twiml

MENU = twiml(
    f'<Gather action="menu" numDigits="1" input="dtmf speech" timeout="4">{say("报修请按1，投诉请按2")}</Gather>',
    say("没有听到您的按键"),
    "<Redirect>answer</Redirect>",
)
HOTLINE = {
    "/ivr/answer": MENU,
    "/ivr/menu": lambda form: twiml(
        say(f"您选了{form.get('Digits') or form['SpeechResult']}"),
        '<Record action="left" maxLength="60" recordingStatusCallback="recording-status"/>',
    ),
    "/ivr/left": twiml(say("Request 12 34 56 78", EN)),
}


def test_a_caller_is_silent_once_then_leaves_a_message(ring: Ring) -> None:
    app, exchange, call = ring(HOTLINE)

    call.hears("投诉请按2")
    call.stay_silent()
    call.hears("没有听到")
    call.press("1")
    call.hears("您选了1")
    call.say_after_tone("投影仪不亮")
    read_back = call.hears(re.compile(r"Request [\d ]+"))
    ending = call.ends()

    assert read_back == "Request 12 34 56 78"
    assert (ending.by, ending.status) == ("hotline", "completed")
    assert [recording.words for recording in exchange.recordings.values()] == ["投影仪不亮"]
    assert app.paths[-2:] == ["/ivr/recording-status", "/ivr/call-status"]
    assert exchange.findings.found == []


def test_the_transcript_tells_who_did_what_at_which_second(ring: Ring) -> None:
    _, _, call = ring(HOTLINE)

    call.press("2")
    call.hears("您选了2")
    call.hang_up()

    assert str(call.transcript).splitlines()[0] == (
        "    0.0 s  hotline (cmn-CN, Polly.Zhiyu-Neural): 报修请按1，投诉请按2"
    )
    # 8 characters and 2 digits at four a second: she listens to the end, then presses.
    assert [(line.at_seconds, line.who, line.words) for line in call.transcript.lines[1:3]] == [
        (2.5, "caller", "[2]"),
        (2.5, "hotline", "您选了2"),
    ]
    assert call.transcript.lines[-1].words == "[hangs up]"
    assert call.transcript.first_word_seconds == 0.0


def test_what_is_not_said_is_not_heard_and_the_call_so_far_is_shown(ring: Ring) -> None:
    _, _, call = ring(HOTLINE)

    with pytest.raises(NotHeard, match="报修请按1"):
        call.hears("查询请按3")
    with pytest.raises(AssertionError, match="was said"):
        call.does_not_hear("投诉")
    call.does_not_hear("查询")


def test_a_key_nobody_waits_for_is_lost(ring: Ring) -> None:
    _, _, call = ring({"/ivr/answer": twiml(say("您好"), "<Hangup/>")})

    with pytest.raises(NobodyListens, match="lost"):
        call.press("1", interrupting=True)
    assert call.transcript.lines[-1].words == "[1] (nobody listens)"


def test_a_call_that_waits_for_the_caller_does_not_end_by_itself(ring: Ring) -> None:
    _, _, call = ring(HOTLINE)

    with pytest.raises(CallGoesOn):
        call.ends()


def test_hanging_up_while_it_rings_is_no_answer(ring: Ring) -> None:
    """Since 2024 inbound calls that end before in-progress report no-answer (earlier: canceled)."""
    app, _, call = ring({"/ivr/answer": twiml('<Pause length="3"/>', say("您好"))})

    call.wait(2)
    call.hang_up()

    assert app.forms("/ivr/call-status")[0]["CallStatus"] == "no-answer"
    assert app.forms("/ivr/call-status")[0]["CallDuration"] == "0"


def test_hanging_up_ends_the_call_wherever_it_is_and_is_told_once(ring: Ring) -> None:
    app, _, call = ring(HOTLINE)

    call.wait(1)
    call.hang_up()
    call.hang_up()

    assert call.ending is not None
    assert (call.ending.by, call.ending.seconds) == ("caller", 1.0)
    assert [form["CallStatus"] for form in app.forms("/ivr/call-status")] == ["completed"]


def test_words_are_passed_on_to_a_hotline_that_listens_for_speech(ring: Ring) -> None:
    app, _, call = ring(HOTLINE)

    call.say("报修")
    call.hears("您选了报修")

    assert "Digits" not in app.forms("/ivr/menu")[0]


def test_the_same_seed_gives_the_same_call(connect: Connect) -> None:
    def dial_and_press() -> list[dict[str, str]]:
        app, exchange = connect(HOTLINE, seed=7)
        call = Telephone(number="anonymous", exchange=exchange).dial("+862195000000")
        call.press("1")
        call.hang_up()
        return [asked.form for asked in app.asked]

    assert dial_and_press() == dial_and_press()
    assert dial_and_press()[0]["From"] == "anonymous"
