"""Record: what ends it, what is told, and that a recording is proven only by its callback."""

import pytest

from simulator.call import NobodyListens
from simulator.findings import TwimlRefused
from tests.simulator.conftest import Ring
from tests.simulator.scripted_app import say, twiml


def voicemail(attributes: str = 'maxLength="30"') -> dict[str, str]:
    record = f'<Record action="left" recordingStatusCallback="recording-status" {attributes}/>'
    return {"/ivr/answer": twiml(say("请留言"), record), "/ivr/left": twiml(say("谢谢"))}


def test_silence_ends_the_message(ring: Ring) -> None:
    app, exchange, call = ring(voicemail('maxLength="30" timeout="4"'))

    call.say_after_tone("投影仪不亮", seconds=6)
    call.hears("谢谢")

    form = app.forms("/ivr/left")[0]
    assert form["RecordingDuration"] == "6"
    assert "Digits" not in form
    recording = exchange.recordings[form["RecordingUrl"].rpartition("/")[2]]
    assert (recording.words, recording.call_sid) == ("投影仪不亮", call.sid)
    # 3 characters, the beep, 6 s of speech, 4 s of silence.
    assert call.transcript.spoken[-1].at_seconds == pytest.approx(0.75 + 0.5 + 6 + 4, abs=0.1)


def test_a_key_ends_the_message_and_is_told(ring: Ring) -> None:
    app, _, call = ring(voicemail('finishOnKey="#"'))

    call.say_after_tone("投影仪不亮", seconds=6)
    call.press("#", interrupting=True)
    call.hears("谢谢")

    assert app.forms("/ivr/left")[0]["Digits"] == "#"


def test_the_greatest_length_ends_the_message(ring: Ring) -> None:
    app, _, call = ring(voicemail('maxLength="10"'))

    call.say_after_tone("很长的故事", seconds=60)
    call.hears("谢谢")

    assert app.forms("/ivr/left")[0]["RecordingDuration"] == "10"


def test_hanging_up_ends_the_message_and_nothing_is_lost(ring: Ring) -> None:
    """Digits (the ending key or `hangup`); the action is asked although nobody hears its answer."""
    app, exchange, call = ring(voicemail())

    call.say_after_tone("投影仪不亮", seconds=6)
    call.wait(3)
    call.hang_up()

    form = app.forms("/ivr/left")[0]
    assert (form["Digits"], form["CallStatus"], form["RecordingDuration"]) == ("hangup", "completed", "3")
    assert len(exchange.recordings) == 1
    assert app.paths[-2:] == ["/ivr/recording-status", "/ivr/call-status"]


def test_a_silent_recording_is_saved_too(ring: Ring) -> None:
    app, exchange, call = ring(voicemail())

    call.stay_silent()
    call.hears("谢谢")

    assert [recording.words for recording in exchange.recordings.values()] == [""]
    assert app.forms("/ivr/left")[0]["RecordingDuration"] == "1"


def test_the_recording_is_told_after_the_action_without_from_and_to(ring: Ring) -> None:
    """A recording may not exist when the Record action fires; only recordingStatusCallback `completed` proves it."""
    app, _, call = ring(voicemail())

    call.say_after_tone("投影仪不亮")
    call.hears("谢谢")

    form = app.forms("/ivr/recording-status")[0]
    assert app.paths.index("/ivr/left") < app.paths.index("/ivr/recording-status")
    assert form["RecordingStatus"] == "completed"
    assert form["RecordingSource"] == "RecordVerb"
    assert form["CallSid"] == call.sid
    assert not {"From", "To"} & set(form)


def test_nothing_is_recorded_where_nothing_records(ring: Ring) -> None:
    _, _, call = ring({"/ivr/answer": twiml(say("您好"), "<Hangup/>")})

    with pytest.raises(NobodyListens):
        call.say_after_tone("喂")


@pytest.mark.parametrize("attributes", ['maxLength="1"', 'maxLength="14401"'])
def test_impossible_lengths_are_refused(ring: Ring, attributes: str) -> None:
    _, _, call = ring(voicemail(attributes))

    with pytest.raises(TwimlRefused, match="13612"):
        call.listen()


def test_verbs_after_a_record_are_unreachable(ring: Ring) -> None:
    _, _, call = ring({"/ivr/answer": twiml(say("请留言"), '<Record action="left"/>', say("再见"))})

    with pytest.raises(TwimlRefused, match="never reached"):
        call.listen()
