"""What may be played depends on where: in a call, while waiting in a queue or a room, or in somebody's ear."""

import pytest

from simulator.document import read_document
from simulator.findings import TwimlRefused
from simulator.spans import Context
from simulator.transport import Response
from tests.simulator.conftest import Ring
from tests.simulator.scripted_app import say, twiml

VERBS = {
    "Say": say("您好"),
    "Play": "<Play>/sound/hold.wav</Play>",
    "Pause": "<Pause/>",
    "Redirect": "<Redirect>/next</Redirect>",
    "Hangup": "<Hangup/>",
    "Gather": '<Gather action="/key"/>',
    "Leave": "<Leave/>",
    "Record": '<Record action="/left"/>',
    "Enqueue": "<Enqueue>service</Enqueue>",
    "Dial": "<Dial>+8613800000001</Dial>",
    "Reject": "<Reject/>",
}
SOUNDS = {"Say", "Play", "Pause", "Redirect"}
ALLOWED = {
    Context.CALL: set(VERBS),
    Context.QUEUE_WAIT: {*SOUNDS, "Hangup", "Gather", "Leave"},
    Context.CONFERENCE_WAIT: SOUNDS,
    Context.QUEUE_WHISPER: SOUNDS,
    Context.WHISPER: {*SOUNDS, "Hangup", "Gather"},
}
"""As Twilio's pages list them for each place."""


def find_refusal(verb: str, context: Context) -> int | None:
    """Return the code a document with this verb is refused with there, or None."""
    try:
        read_document(Response(200, {"content-type": "text/xml"}, twiml(verb).encode()), context)
    except TwimlRefused as refused:
        return refused.code
    return None


@pytest.mark.parametrize("context", list(Context))
def test_each_place_plays_the_verbs_twilio_lists_for_it_and_no_others(context: Context) -> None:
    refused = {name: code for name, verb in VERBS.items() if (code := find_refusal(verb, context)) is not None}

    assert set(VERBS) - set(refused) == ALLOWED[context]
    other = 13238 if context is Context.CONFERENCE_WAIT else 12200
    assert refused == {name: 13201 if name == "Dial" and other == 12200 else other for name in refused}


@pytest.mark.parametrize(
    ("entrance", "wait", "code"),
    [
        ('<Enqueue waitUrl="wait">service</Enqueue>', VERBS["Record"], 12200),
        ('<Enqueue waitUrl="wait">service</Enqueue>', '<Gather action="/key" input="dtmf speech"/>', 12200),
        ('<Dial><Conference waitUrl="wait">room</Conference></Dial>', VERBS["Gather"], 13238),
        ("<Dial><Conference>room</Conference><Number>+8613800000001</Number></Dial>", VERBS["Say"], 13000),
    ],
)
def test_a_wait_document_is_read_under_the_rules_of_where_one_waits(
    ring: Ring, entrance: str, wait: str, code: int
) -> None:
    with pytest.raises(TwimlRefused) as caught:
        ring({"/ivr/answer": twiml(entrance), "/ivr/wait": twiml(wait)})[2].listen()

    assert caught.value.code == code
