"""Redirect, Hangup, Reject, Play and the end of a document."""

import pytest
from werkzeug.wrappers import Response

from simulator.findings import CallBroken, TwimlRefused
from simulator.recordings import Recording
from tests.simulator.conftest import Ring
from tests.simulator.scripted_app import say, twiml


def test_a_redirect_goes_on_with_another_document_relative_to_this_one(ring: Ring) -> None:
    _, _, call = ring({"/ivr/answer": twiml("<Redirect>next</Redirect>"), "/ivr/next": twiml(say("下一份"))})

    assert call.hears("下一份") == "下一份"


def test_the_end_of_the_document_ends_the_call(ring: Ring) -> None:
    _, _, call = ring({"/ivr/answer": twiml(say("再见"))})

    assert call.ends().by == "hotline"


@pytest.mark.parametrize(("reason", "status"), [("busy", "busy"), ("rejected", "no-answer")])
def test_a_rejected_call_was_never_answered(ring: Ring, reason: str, status: str) -> None:
    app, _, call = ring({"/ivr/answer": twiml(f'<Reject reason="{reason}"/>')})

    assert call.ends().status == status
    assert app.forms("/ivr/call-status")[0]["CallDuration"] == "0"


def test_documents_that_lead_in_a_circle_are_found(ring: Ring) -> None:
    with pytest.raises(TwimlRefused, match="11215"):
        ring({"/ivr/answer": twiml("<Redirect>answer</Redirect>")})


def test_a_circle_with_a_waiting_caller_in_it_is_none(ring: Ring) -> None:
    document = twiml(f'<Gather action="x">{say("请按键")}</Gather>', "<Redirect>answer</Redirect>")
    _, _, call = ring({"/ivr/answer": document})

    for _ in range(30):
        call.stay_silent()

    assert not call.is_over


@pytest.mark.parametrize("end", ["<Hangup/>", "<Redirect>/x</Redirect>", "<Reject/>", "<Leave/>"])
def test_verbs_after_the_end_are_found(ring: Ring, end: str) -> None:
    with pytest.raises(TwimlRefused, match="never reached"):
        ring({"/ivr/answer": twiml(end, say("没人听见"))})


def test_an_empty_redirect_is_refused(ring: Ring) -> None:
    with pytest.raises(TwimlRefused, match="11100"):
        ring({"/ivr/answer": twiml("<Redirect/>")})


def test_a_sound_is_fetched_without_the_calls_parameters_and_lasts_as_long_as_it_is(ring: Ring) -> None:
    """Play URL: none of the standard parameters."""
    wav = Response(Recording("RE", "CA", seconds=7, words="").as_wav(), content_type="audio/wav")
    app, _, call = ring({"/ivr/answer": twiml("<Play>/phone-system/tune.wav</Play>", say("完")), "/tune.wav": wav})

    call.hears("完")

    assert app.forms("/tune.wav") == [{}]
    assert call.transcript.spoken[-1].at_seconds == 7.0


def test_a_sound_that_is_missing_or_no_sound_is_refused(ring: Ring) -> None:
    with pytest.raises(TwimlRefused, match="11200"):
        ring({"/ivr/answer": twiml("<Play>/phone-system/none.wav</Play>")})
    with pytest.raises(TwimlRefused, match="13420"):
        ring({"/ivr/answer": twiml("<Play>/phone-system/page</Play>"), "/page": "<html/>"})


def test_a_sentence_can_be_said_twice(ring: Ring) -> None:
    loop = '<Say voice="Polly.Zhiyu-Neural" language="cmn-CN" loop="2">您好</Say>'
    _, _, call = ring({"/ivr/answer": twiml(loop)})

    assert call.ends().seconds == 1.0
    assert call.heard == ["您好", "您好"]


def test_when_nothing_answers_the_caller_hears_an_application_error(ring: Ring) -> None:
    with pytest.raises(CallBroken):
        ring({"/ivr/answer": Response(status=500), "/ivr/fallback": Response(status=500)})

    _, exchange, call = ring(
        {"/ivr/answer": Response(status=500), "/ivr/fallback": Response(status=500)}, is_strict=False
    )
    assert "application error" in call.transcript.lines[-1].words
    assert [finding.code for finding in exchange.findings.found] == [11200, 0]
