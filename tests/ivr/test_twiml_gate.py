"""The gate lets a whole phone call's worth of TwiML through, and rejects every document with one thing wrong."""

import re

import pytest
from hypothesis import given, strategies as st
from twilio.twiml.voice_response import Gather, VoiceResponse

from ivr.twiml_gate import Context, FaultyTwiml, demand_faultless, find_faults
from ivr.twiml_grammar import ROOT_CLASS, load_grammar

MENU = """<Response>
<Gather action="/ivr/menu" input="dtmf speech" numDigits="1" timeout="5" speechTimeout="3" language="cmn-Hans-CN"
hints="报修,投诉">
<Say voice="Polly.Zhiyu-Neural" language="cmn-CN">报修请按1<break time="300ms"/>。Your number is
<say-as interpret-as="digits">1234</say-as></Say>
<Say voice="Polly.Joanna-Neural" language="en-US">For English, press 9.</Say>
<Play loop="1">https://onecall.example/tone.wav</Play>
<Pause length="1"/>
</Gather>
<Say voice="Polly.Zhiyu-Neural" language="cmn-CN">请留言。</Say>
<Record action="/ivr/voicemail" maxLength="120" timeout="5" finishOnKey="#" trim="trim-silence"
recordingStatusCallback="/ivr/recording" recordingStatusCallbackEvent="completed absent"/>
</Response>"""
DIAL = """<Response><Dial action="/ivr/dialled" timeout="20" callerId="+862150000000" answerOnBridge="true"
ringTone="cn">
<Number url="/ivr/whisper" statusCallbackEvent="initiated answered" statusCallback="/ivr/leg">+8613800000001</Number>
</Dial></Response>"""
CHINESE = '<Say voice="Polly.Zhiyu-Neural" language="cmn-CN">你好</Say>'


def codes(document: str, context: Context = Context.CALL) -> set[int]:
    return {fault.code for fault in find_faults(document, context=context)}


def response(inside: str) -> str:
    return f"<Response>{inside}</Response>"


@pytest.mark.parametrize("document", [MENU, DIAL], ids=["menu", "dial"])
def test_a_right_document_has_no_faults(document: str) -> None:
    assert find_faults(document) == ()
    demand_faultless(document)


# One place of MENU or DIAL broken at a time: attribute, value, nesting, case, enumeration, size, voice, order.
MUTANTS = [
    ("numDigits=", "numdigits=", 12200),
    ('numDigits="1"', 'numDigits="many"', 13314),
    ('numDigits="1"', 'numDigits="0"', 13314),
    ('timeout="5" speechTimeout', 'timeout="auto" speechTimeout', 13313),
    ('speechTimeout="3"', 'speechTimeout="auto" speechModel="default"', 13335),
    ('speechTimeout="3"', 'speechTimeout="soon"', 13327),
    ('input="dtmf speech"', 'input="dtmf,speech"', 13326),
    ('input="dtmf speech"', 'input="keys"', 13326),
    ('language="cmn-Hans-CN"', 'language="zh-CN"', 13331),
    ('hints="报修,投诉"', f'hints="{"很" * 101}"', 13330),
    ('hints="报修,投诉"', f'hints="{",".join(["修"] * 501)}"', 13330),
    ('numDigits="1"', 'finishOnKey="A"', 13310),
    ('numDigits="1"', 'finishOnKey="12"', 13311),
    ('numDigits="1"', 'bargeIn="yes"', 13332),
    ('numDigits="1"', 'actionOnEmptyResult="True"', 13338),
    ('action="/ivr/menu"', "", 0),
    ('action="/ivr/menu"', 'action="https://one_call.example/"', 11100),
    ('action="/ivr/menu"', 'action="ftp://onecall.example/"', 11100),
    ('action="/ivr/menu"', 'action=""', 11100),
    ('action="/ivr/menu"', 'action="/ivr/menu" method="PUT"', 13312),
    ('voice="Polly.Zhiyu-Neural" language="cmn-CN"', 'language="cmn-CN"', 0),
    ('voice="Polly.Zhiyu-Neural" language="cmn-CN"', 'voice="Polly.Zhiyu-Neural"', 0),
    ("Polly.Zhiyu-Neural", "Polly.Xiaoming", 13511),
    ("Polly.Zhiyu-Neural", "Polly.Hiujin-Neural", 13511),
    ("Polly.Joanna-Neural", "Google.cmn-CN-Standard-A", 13511),
    ('language="en-US"', 'language="english"', 13512),
    ("Polly.Zhiyu-Neural", "Google.cmn-CN-Chirp3-HD-Kore", 13520),
    ("For English, press 9.", " ", 13520),
    ("For English, press 9.", "press " * 501, 13521),
    ("For English, press 9.", "按" * 501, 13521),
    ('interpret-as="digits"', 'interpret-as="letters"', 12200),
    ("</say-as>", "<i/></say-as>", 12200),
    ('time="300ms"', 'time="11s"', 13520),
    ('<Pause length="1"/>', '<Pause length="0"/>', 13910),
    ('<Pause length="1"/>', "<pause/>", 12200),
    ('<Pause length="1"/>', "<Hangup/>", 12200),
    ('<Pause length="1"/>', "<Record/>", 12200),
    ('<Pause length="1"/>', "<Dial>+8613800000001</Dial>", 12200),
    ('<Pause length="1"/>', "stray words", 12200),
    ('loop="1"', 'loop="-1"', 13410),
    ("https://onecall.example/tone.wav", "", 12200),
    ('maxLength="120"', 'maxLength="1"', 13612),
    ('maxLength="120"', 'maxLength="300" transcribe="true"', 13615),
    ('finishOnKey="#"', 'finishOnKey="x"', 13613),
    ('trim="trim-silence"', 'trim="yes"', 13699),
    ('"completed absent"', '"completed,absent"', 13621),
    ('"completed absent"', '"finished"', 13621),
    ("</Response>", "<Hangup/></Response>", 0),
    ("<Response>", "<Response version='2'>", 12101),
    ("<Response>", " <Response>", 12100),
    ("<Response>", "\ufeff<Response>", 12100),
    ("</Gather>", "", 12100),
    ("请留言。", "<b>请留言。</b>", 12200),
    ("请留言。", "留言" * 40_000, 11750),
]
DIAL_MUTANTS = [
    ('timeout="20"', 'timeout="0"', 13212),
    ('callerId="+862150000000"', 'callerId="50000000"', 13214),
    ('callerId="+862150000000"', "", 13214),
    ('answerOnBridge="true"', 'answerOnBridge="1"', 13219),
    ('ringTone="cn"', 'ringTone="china"', 13220),
    ('ringTone="cn"', f'callReason="{"r" * 51}"', 12200),
    ("+8613800000001", "13800000001", 13223),
    ("</Number>", "</Number><Conference>room</Conference>", 13000),
    ("</Number>", "</Number><Say>x</Say>", 12200),
    ("</Dial>", f"</Dial>{CHINESE}", 0),
    ('"initiated answered"', '"initiated hung-up"', 12200),
    (' url="/ivr/whisper"', ' url="/ivr/whisper" sendDigits="1,2"', 13222),
]


@pytest.mark.parametrize(
    ("document", "right", "wrong", "code"),
    [(MENU, *mutant) for mutant in MUTANTS] + [(DIAL, *mutant) for mutant in DIAL_MUTANTS],
)
def test_every_mutant_is_rejected_with_its_code(document: str, right: str, wrong: str, code: int) -> None:
    mutant = document.replace(right, wrong, 1)

    assert mutant != document
    assert code in codes(mutant)


def test_a_faulty_document_raises_with_all_its_faults() -> None:
    with pytest.raises(FaultyTwiml, match=r"12200.*twice") as caught:
        demand_faultless(response('<Pause twice="1"/><Say>你好</Say>'))

    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(
    ("context", "verb", "code"),
    [
        (Context.QUEUE_WAIT, "<Record action='/x'/>", 12200),
        (Context.QUEUE_WAIT, "<Gather action='/x' input='dtmf speech'/>", 12200),
        (Context.CONFERENCE_WAIT, "<Hangup/>", 13238),
        (Context.WHISPER, "<Dial>+8613800000001</Dial>", 13201),
        (Context.QUEUE_WHISPER, "<Gather action='/x'/>", 12200),
        (Context.INLINE_CALL, "<Gather action='/x'/>", 11100),
        (Context.INLINE_CALL, "<Record action='x'/>", 11100),
    ],
)
def test_the_context_decides_what_may_be_played(context: Context, verb: str, code: int) -> None:
    assert code in codes(response(verb), context)
    assert codes(response(CHINESE), context) == set()


@pytest.mark.parametrize("verb", ["<Leave/>", "<Gather action='/x' input='dtmf'/>", "<Hangup/>"])
def test_a_queue_lets_the_waiting_caller_act(verb: str) -> None:
    assert codes(response(verb), Context.QUEUE_WAIT) == set()


def test_silence_while_waiting_is_an_empty_wait_url() -> None:
    assert codes(response('<Enqueue waitUrl="">service</Enqueue>')) == set()


@pytest.mark.parametrize("name", ["", "q" * 65])
def test_a_queue_needs_a_name_of_bearable_length(name: str) -> None:
    assert 12200 in codes(response(f"<Enqueue>{name}</Enqueue>"))


@pytest.mark.parametrize(
    ("dial", "code"),
    [
        ("<Dial/>", 13215),
        ("<Dial>13800000001</Dial>", 13223),
        ("<Dial><Conference></Conference></Dial>", 13237),
        ("<Dial><Conference>+8613800000001</Conference></Dial>", 13237),
        ('<Dial><Conference maxParticipants="251">room</Conference></Dial>', 12200),
        ('<Dial><Conference waitUrl="https:///x">room</Conference></Dial>', 11100),
        ('<Dial><Conference statusCallbackMethod="PUT">room</Conference></Dial>', 12200),
    ],
)
def test_who_is_dialled_must_make_sense(dial: str, code: int) -> None:
    assert code in codes(response(dial))


def test_a_google_voice_counts_bytes_and_inline_twiml_is_short() -> None:
    google = '<Say voice="Google.en-US-Standard-A" language="en-US">{}</Say>'

    assert codes(response(google.format("a" * 4400))) == set()
    assert codes(response(google.format("é" * 2501))) == {13521}
    assert codes(response(CHINESE * 80), Context.INLINE_CALL) == {32018}


def test_a_redirect_needs_somewhere_to_go() -> None:
    assert codes(response("<Redirect/>")) == {11100}
    assert codes(response("<Redirect>mailto:a@b</Redirect>")) == {11100}


@pytest.mark.parametrize("first", ["Hangup", "Reject", "Leave", "Redirect"])
def test_what_follows_the_end_of_a_document_is_unreachable(first: str) -> None:
    end = "<Redirect>/ivr/next</Redirect>" if first == "Redirect" else f"<{first}/>"

    assert codes(response(CHINESE + end)) == set()
    assert codes(response(end + CHINESE)) == {0}


def test_a_dial_without_an_action_falls_through() -> None:
    assert codes(response(f'<Dial callerId="+862150000000">+8613800000001</Dial>{CHINESE}')) == set()


@pytest.mark.parametrize("text", ["<!DOCTYPE Response><Response/>", "", "  ", "Response", "<Message/>", "<Response"])
def test_what_is_no_document_is_rejected_without_raising(text: str) -> None:
    assert find_faults(text)


@given(st.text(max_size=200))
def test_no_text_whatever_makes_the_gate_fail(text: str) -> None:
    assert find_faults(text) or text.startswith("<Response")


@given(st.data())
def test_an_attribute_the_grammar_does_not_list_is_never_let_through(data: st.DataObject) -> None:
    tags = list(re.finditer(r"<([A-Z]\w+) ", MENU))
    tag = data.draw(st.sampled_from(tags))
    name = data.draw(st.from_regex(r"[a-z]{2,12}", fullmatch=True))
    mutant = MENU[: tag.end()] + f'{name}="1" ' + MENU[tag.end() :]

    known = load_grammar()[tag[1]].attributes
    assert name in known or find_faults(mutant)


def test_the_sdk_builds_nonsense_and_the_gate_refuses_it() -> None:
    sdk = VoiceResponse()
    gather = Gather(num_digits="many", action="/x", colour="red")
    sdk.append(gather)

    assert codes(str(sdk)) == {12200, 13314}


def test_the_grammar_names_a_rule_for_every_child() -> None:
    grammar = load_grammar()

    assert "Gather" in grammar[ROOT_CLASS].children
    assert {child for rule in grammar.values() for child in rule.children.values()} <= set(grammar)
