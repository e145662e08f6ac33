"""Dial: who is rung, who answers, what the app hears of it."""

import pytest

from simulator.exchange import Exchange
from simulator.findings import NotSimulated, TwimlRefused
from simulator.spans import Doing
from simulator.telephone import Telephone
from tests.simulator.conftest import Connect, Ring
from tests.simulator.scripted_app import ScriptedApp, say, twiml

DUTY = "+8613900000002"


def transfer(attributes: str = 'action="/phone-system/ivr/dialled"', noun: str = f"<Number>{DUTY}</Number>") -> str:
    return twiml(say("正在为您转接"), f"<Dial {attributes}>{noun}</Dial>")


DIALLED = {"/ivr/dialled": lambda form: twiml(say(f"结果 {form['DialCallStatus']}"))}


def make(connect: Connect, document: str, **more: str) -> tuple[ScriptedApp, Exchange, Telephone, Telephone]:
    app, exchange = connect({"/ivr/answer": document} | DIALLED | more)
    return (
        app,
        exchange,
        Telephone(number="+8613800000001", exchange=exchange),
        Telephone(number=DUTY, exchange=exchange),
    )


def test_the_called_person_picks_up_and_talks(connect: Connect) -> None:
    app, _, customer, duty = make(connect, transfer())
    duty.picks_up(after_seconds=6, talks_seconds=42)

    call = customer.dial("+862195000000")
    call.hears("结果 completed")

    form = app.forms("/ivr/dialled")[0]
    assert (form["DialCallDuration"], form["DialBridged"]) == ("42", "true")
    assert call.transcript.spoken[-1].at_seconds == pytest.approx(1.5 + 6 + 42, abs=0.1)


def test_a_phone_that_rings_in_vain_is_no_answer_after_the_time_out(connect: Connect) -> None:
    _, _, customer, duty = make(connect, transfer('action="/phone-system/ivr/dialled" timeout="15"'))
    duty.lets_it_ring()

    call = customer.dial("+862195000000")
    call.hears("结果 no-answer")

    assert call.transcript.spoken[-1].at_seconds == pytest.approx(1.5 + 15, abs=0.1)


def test_a_busy_phone_and_a_number_out_of_service_end_at_once(connect: Connect) -> None:
    _, _, customer, duty = make(connect, transfer())
    duty.is_busy()
    customer.dial("+862195000000").hears("结果 busy")

    _, _, customer, _ = make(connect, transfer(noun="<Number>+8613900000099</Number>"))
    customer.dial("+862195000000").hears("结果 failed")


def test_without_an_action_the_call_goes_on_with_the_next_verb(connect: Connect) -> None:
    document = twiml(f"<Dial>{DUTY}</Dial>", say("请稍后再拨"))
    _, _, customer, _ = make(connect, document)

    customer.dial("+862195000000").hears("请稍后再拨")


@pytest.mark.parametrize(("keys", "result"), [("1", "true"), ("2", "false")])
def test_a_whisper_asks_the_called_person_first(connect: Connect, keys: str, result: str) -> None:
    whisper = twiml(f'<Gather action="accept" numDigits="1">{say("客户来电，接受请按1")}</Gather>', "<Hangup/>")
    app, _, customer, duty = make(connect, transfer(noun=f'<Number url="/phone-system/ivr/whisper">{DUTY}</Number>'))
    app.script["/ivr/whisper"] = whisper
    app.script["/ivr/accept"] = lambda form: twiml(say("接通")) if form["Digits"] == "1" else twiml("<Hangup/>")
    duty.picks_up(whisper_keys=keys)

    call = customer.dial("+862195000000")
    call.hears("结果 completed")

    whispered = app.forms("/ivr/whisper")[0]
    assert (whispered["Direction"], whispered["ParentCallSid"], whispered["To"]) == ("outbound-dial", call.sid, DUTY)
    assert app.forms("/ivr/dialled")[0]["DialBridged"] == result
    assert app.forms("/ivr/dialled")[0]["DialCallSid"] == whispered["CallSid"]


def test_a_dial_inside_a_whisper_is_refused(connect: Connect) -> None:
    app, _, customer, _ = make(connect, transfer(noun=f'<Number url="/phone-system/ivr/whisper">{DUTY}</Number>'))
    app.script["/ivr/whisper"] = twiml(f"<Dial>{DUTY}</Dial>")
    call = customer.dial("+862195000000")

    with pytest.raises(TwimlRefused, match="13201"):
        call.listen()


def test_the_first_of_several_phones_to_answer_wins(connect: Connect) -> None:
    other = "+8613900000003"
    _, exchange, customer, duty = make(connect, transfer(noun=f"<Number>{DUTY}</Number><Number>{other}</Number>"))
    duty.picks_up(after_seconds=9)
    Telephone(number=other, exchange=exchange).picks_up(after_seconds=3)

    call = customer.dial("+862195000000")
    call.hears("结果 completed")

    assert f"[{other} picks up]" in str(call.transcript)


def test_hanging_up_during_the_talk_is_told_to_the_action(connect: Connect) -> None:
    app, _, customer, duty = make(connect, transfer())
    duty.picks_up(after_seconds=4, talks_seconds=100)
    call = customer.dial("+862195000000")

    call.wait(1.5 + 4 + 20)
    assert call.moment is not None
    assert call.moment.doing is Doing.TALKING
    call.hang_up()

    assert app.forms("/ivr/dialled")[0]["DialCallDuration"] == "20"
    assert app.forms("/ivr/dialled")[0]["CallStatus"] == "completed"
    assert app.paths[-1] == "/ivr/call-status"


def test_progress_of_the_called_leg_is_told_in_order(connect: Connect) -> None:
    number = f"""<Number statusCallback="leg-status"
        statusCallbackEvent="initiated ringing answered completed">{DUTY}</Number>"""
    app, _, customer, _ = make(connect, transfer(noun=number))

    customer.dial("+862195000000").hears("结果 completed")

    told = app.forms("/ivr/leg-status")
    assert [(form["CallStatus"], form["SequenceNumber"]) for form in told] == [
        ("initiated", "0"),
        ("ringing", "1"),
        ("in-progress", "2"),
        ("completed", "3"),
    ]


def test_what_this_telephone_does_not_play_it_says(ring: Ring) -> None:
    _, _, call = ring({"/ivr/answer": transfer(noun='<Conference coach="CA1">room</Conference>')})
    with pytest.raises(NotSimulated, match="coach"):
        call.listen()

    with pytest.raises(NotSimulated, match="Echo"):
        ring({"/ivr/answer": twiml("<Echo/>")})


CLIENT, SIP = "client:li.na", "sip:desk7@office.example"


@pytest.mark.parametrize(
    ("noun", "address"),
    [
        ("<Client>li.na</Client>", CLIENT),
        ("<Client><Identity>li.na</Identity></Client>", CLIENT),
        (f"<Sip>{SIP}</Sip>", SIP),
    ],
)
def test_a_browser_and_a_sip_desk_ring_like_telephones(connect: Connect, noun: str, address: str) -> None:
    app, exchange, customer, _ = make(connect, transfer(noun=noun))
    Telephone(number=address, exchange=exchange).picks_up(after_seconds=3, talks_seconds=20)

    customer.dial("+862195000000").hears("结果 completed")

    assert app.forms("/ivr/dialled")[0]["DialCallDuration"] == "20"


@pytest.mark.parametrize("noun", ["<Client></Client>", "<Sip>desk7</Sip>", "<Sip>https://desk.example</Sip>"])
def test_an_address_nobody_can_be_reached_at_is_refused(connect: Connect, noun: str) -> None:
    _, _, customer, _ = make(connect, transfer(noun=noun))

    with pytest.raises(TwimlRefused, match="13215"):
        customer.dial("+862195000000").listen()


OTHERS = "+8613900000099"


@pytest.mark.parametrize(
    ("caller", "attributes", "seen"),
    [
        ("+8613800000001", "", "+8613800000001"),
        ("+8613800000001", 'callerId="+862195000000"', "+862195000000"),
        ("+8613800000001", 'callerId="+8613800000001"', "+8613800000001"),
        ("anonymous", 'callerId="+862195000000"', "+862195000000"),
    ],
)
def test_the_called_person_sees_our_number_or_the_callers_own(
    connect: Connect, caller: str, attributes: str, seen: str
) -> None:
    """CallerId must be the calling number, called number, or a validated outgoing number (13214)."""
    noun = f'<Number url="/phone-system/ivr/whisper" statusCallback="leg-status">{DUTY}</Number>'
    app, exchange, _, duty = make(connect, transfer(f'action="/phone-system/ivr/dialled" {attributes}', noun))
    app.script["/ivr/whisper"] = twiml(say("客户来电"))
    duty.picks_up(after_seconds=2, talks_seconds=5)

    Telephone(number=caller, exchange=exchange).dial("+862195000000").hears("结果 completed")

    assert {form["From"] for form in app.forms("/ivr/whisper") + app.forms("/ivr/leg-status")} == {seen}


@pytest.mark.parametrize(
    ("caller", "attributes"),
    [
        ("+8613800000001", f'callerId="{OTHERS}"'),
        ("anonymous", ""),
        ("anonymous", 'callerId="anonymous"'),
        ("client:browser", ""),
    ],
)
def test_a_number_that_is_not_ours_to_show_and_none_at_all_ring_nobody(
    connect: Connect, caller: str, attributes: str
) -> None:
    _, exchange, _, _ = make(connect, transfer(f'action="/phone-system/ivr/dialled" {attributes}'))

    with pytest.raises(TwimlRefused, match="13214"):
        Telephone(number=caller, exchange=exchange).dial("+862195000000").listen()
