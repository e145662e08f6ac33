"""The telephone refuses on its own what the gate should have caught: the two share the grammar file and no code."""

import pytest
from werkzeug.wrappers import Response

from simulator.findings import TwimlRefused
from tests.simulator.conftest import Ring
from tests.simulator.scripted_app import EN, say, twiml

RIGHT = twiml(
    f"""<Gather action="entered" input="dtmf speech" numDigits="1" language="cmn-Hans-CN">
    <Say voice="Polly.Zhiyu-Neural" language="cmn-CN">请按<break time="300ms"/><say-as
    interpret-as="digits">12</say-as></Say>{say("Press one", EN)}<Pause length="1"/></Gather>""",
    "<Redirect>answer</Redirect>",
)
MUTANTS = [
    ("numDigits", "numdigits", 12200),
    ('"dtmf speech"', '"dtmf, speech"', 12200),
    ("cmn-Hans-CN", "zh-CN", 12200),
    ("Polly.Zhiyu-Neural", "Polly.Nobody", 12200),
    ("Polly.Zhiyu-Neural", "Polly.Joanna", 13511),
    ("Polly.Zhiyu-Neural", "Google.cmn-CN-Chirp3-HD-Kore", 13520),
    ('voice="Polly.Zhiyu-Neural"', "", 0),
    ('language="en-US"', 'language="en"', 12200),
    ("Press one", "press " * 501, 13521),
    ("Press one", " ", 13520),
    ('length="1"', 'length="0"', 13910),
    ("<Pause", "<pause", 12200),
    ('<Pause length="1"/>', "<Hangup/>", 12200),
    ('<Pause length="1"/>', "words", 12200),
    ('interpret-as="digits"', 'interpret-as="letters"', 12200),
    ("<Redirect>", '<Redirect method="PUT">', 12200),
    ("<Response>", "<response>", 12100),
    ("<Response>", " <Response>", 12100),
    ("<Response>", "\ufeff<Response>", 12100),
    ("<Response>", "<!DOCTYPE Response><Response>", 12100),
    ("answer", "word" * 17_000, 11750),
]


def test_the_right_document_is_played(ring: Ring) -> None:
    _, exchange, call = ring({"/ivr/answer": RIGHT})

    assert call.listen() == ["请按12", "Press one"]
    assert call.languages == {"cmn-CN", "en-US"}
    assert exchange.findings.found == []


@pytest.mark.parametrize(("right", "wrong", "code"), MUTANTS)
def test_every_mutant_is_refused(ring: Ring, right: str, wrong: str, code: int) -> None:
    mutant = RIGHT.replace(right, wrong, 1)
    assert mutant != RIGHT

    with pytest.raises(TwimlRefused) as caught:
        ring({"/ivr/answer": mutant})[2].listen()

    assert caught.value.code == code


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Response(RIGHT, content_type="application/json"), 12300),
        (Response(RIGHT.encode("gb18030"), content_type="text/xml"), 12100),
        (Response("", content_type="text/xml"), 11770),
        (Response("<Message/>", content_type="text/xml"), 12102),
    ],
)
def test_what_is_no_document_is_refused(ring: Ring, answer: Response, code: int) -> None:
    with pytest.raises(TwimlRefused) as caught:
        ring({"/ivr/answer": answer})

    assert caught.value.code == code


def test_a_lenient_telephone_writes_down_and_goes_to_the_fallback(ring: Ring) -> None:
    script = {"/ivr/answer": twiml("<Sing/>"), "/ivr/fallback": twiml(say("系统正忙"))}
    app, exchange, call = ring(script, is_strict=False)

    call.hears("系统正忙")

    assert [finding.code for finding in exchange.findings.found] == [12200]
    assert app.forms("/ivr/fallback")[0]["ErrorCode"] == "12200"
