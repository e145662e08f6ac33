"""Gather, with Twilio's words above each rule."""

import pytest

from simulator.call import NobodyListens
from simulator.findings import TwimlRefused
from tests.simulator.conftest import Ring
from tests.simulator.scripted_app import say, twiml


def gather(attributes: str, *after: str, prompt: str = "请输入") -> dict[str, str]:
    return {
        "/ivr/answer": twiml(f'<Gather action="entered" {attributes}>{say(prompt)}</Gather>', *after),
        "/ivr/entered": twiml(say("收到")),
    }


def test_the_last_wanted_digit_ends_the_entry_at_once(ring: Ring) -> None:
    app, _, call = ring(gather('numDigits="4"'))

    call.press("1234")
    call.hears("收到")

    assert app.forms("/ivr/entered")[0]["Digits"] == "1234"
    # Three pauses between four keys after a prompt of three characters.
    assert call.transcript.spoken[-1].at_seconds == pytest.approx(0.75 + 3 * 0.4, abs=0.1)


def test_the_finish_key_ends_the_entry_and_is_not_part_of_it(ring: Ring) -> None:
    app, _, call = ring(gather(""))

    call.press("12345#")
    call.hears("收到")

    assert app.forms("/ivr/entered")[0]["Digits"] == "12345"


def test_silence_after_some_digits_ends_the_entry(ring: Ring) -> None:
    """timeout: starts after nested prompts end or at the first key; then again with each key."""
    app, _, call = ring(gather('timeout="3"'))

    call.press("12")
    call.hears("收到")

    assert app.forms("/ivr/entered")[0]["Digits"] == "12"
    assert call.transcript.spoken[-1].at_seconds == pytest.approx(0.75 + 0.4 + 3, abs=0.1)


def test_a_silent_caller_falls_to_the_next_verb(ring: Ring) -> None:
    app, _, call = ring(gather('timeout="4"', say("没有输入")))

    call.stay_silent()
    call.hears("没有输入")

    assert "/ivr/entered" not in app.paths
    assert call.transcript.spoken[-1].at_seconds == pytest.approx(0.75 + 4, abs=0.1)


def test_the_finish_key_before_any_digit_falls_through(ring: Ring) -> None:
    """Pressed before any digit → no request, falls through."""
    app, _, call = ring(gather("", say("没有输入")))

    call.press("#")
    call.hears("没有输入")

    assert "/ivr/entered" not in app.paths


@pytest.mark.parametrize("act", ["silence", "finish key"])
def test_with_action_on_empty_result_the_action_is_asked_anyway(ring: Ring, act: str) -> None:
    app, _, call = ring(gather('actionOnEmptyResult="true"', say("没有输入")))

    if act == "silence":
        call.stay_silent()
    else:
        call.press("#")
    call.hears("收到")

    assert app.forms("/ivr/entered")[0]["Digits"] == ""


def test_star_is_a_digit_unless_it_finishes(ring: Ring) -> None:
    app, _, call = ring(gather('finishOnKey="" numDigits="3"'))

    call.press("*1#")
    call.hears("收到")

    assert app.forms("/ivr/entered")[0]["Digits"] == "*1#"


def test_the_first_key_stops_the_prompt(ring: Ring) -> None:
    app, _, call = ring(gather('numDigits="1"', prompt="这是一段很长很长的提示" * 8))

    call.wait(2)
    call.press("5", interrupting=True)
    call.hears("收到")

    assert app.forms("/ivr/entered")[0]["Digits"] == "5"
    assert call.transcript.spoken[-1].at_seconds == 2.0


def test_without_barge_in_the_prompt_goes_on_and_the_key_counts(ring: Ring) -> None:
    app, _, call = ring(gather('numDigits="1" bargeIn="false"', prompt="很长的提示" * 8))

    call.wait(2)
    call.press("5", interrupting=True)
    call.hears("收到")

    assert app.forms("/ivr/entered")[0]["Digits"] == "5"
    assert call.transcript.spoken[-1].at_seconds == 10.0


def test_speech_is_handed_over_and_confidence_may_be_missing(ring: Ring) -> None:
    """SpeechResult + Confidence 0–1 (may be missing)."""
    seen = set()
    for seed in range(12):
        app, _, call = ring(gather('input="dtmf speech" language="cmn-Hans-CN"'), seed=seed)
        call.say("我要报修")
        form = app.forms("/ivr/entered")[0]
        assert form["SpeechResult"] == "我要报修"
        assert "Digits" not in form
        seen.add("Confidence" in form)

    assert seen == {True, False}


def test_words_are_lost_where_only_keys_are_taken_and_keys_where_only_speech_is(ring: Ring) -> None:
    _, _, call = ring(gather('input="dtmf"'))
    with pytest.raises(NobodyListens):
        call.say("我要报修")

    _, _, call = ring(gather('input="speech"'))
    with pytest.raises(NobodyListens):
        call.press("1")


def test_after_the_first_key_speech_no_longer_counts(ring: Ring) -> None:
    """First input wins."""
    app, _, call = ring(gather('input="dtmf speech" numDigits="2"'))

    call.press("1")
    with pytest.raises(NobodyListens):
        call.say("二", interrupting=True)
    call.press("2")

    assert app.forms("/ivr/entered")[0]["Digits"] == "12"


def test_a_gather_may_ask_by_get(ring: Ring) -> None:
    app, _, call = ring(gather('numDigits="1" method="GET"'))

    call.press("7")
    call.hears("收到")

    assert app.asked[1].method == "GET"
    assert app.asked[1].form["Digits"] == "7"


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ('finishOnKey="x"', 13310),
        ('finishOnKey="12"', 13311),
        ('timeout="0"', 13313),
        ('numDigits="0"', 13314),
        ('input="speech" speechTimeout="auto" speechModel="default"', 13335),
        ('numDigits="many"', 12200),
        ('language="zh-CN"', 12200),
        ('keys="1"', 12200),
    ],
)
def test_values_twilio_refuses_are_refused_when_the_verb_is_played(ring: Ring, attributes: str, code: int) -> None:
    with pytest.raises(TwimlRefused) as caught:
        ring(gather(attributes))

    assert caught.value.code == code


def test_a_gather_without_an_action_is_a_loop(ring: Ring) -> None:
    with pytest.raises(TwimlRefused, match="without an action"):
        ring({"/ivr/answer": twiml(f"<Gather>{say('请按键')}</Gather>")})
