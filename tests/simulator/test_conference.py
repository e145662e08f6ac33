"""Conference: legs in one room, who is alone in it, and who ends it."""

from simulator.call import SimulatedCall
from simulator.exchange import Exchange
from simulator.telephone import Telephone
from tests.simulator.conftest import Connect
from tests.simulator.scripted_app import Answer, ScriptedApp, say, twiml

FIRST, SECOND, THIRD = "+8613800000001", "+8613800000002", "+8613800000003"


def room(attributes: str = "", name: str = "talk-1") -> str:
    return twiml(say("正在为您接通"), f'<Dial action="left"><Conference {attributes}>{name}</Conference></Dial>')


def script(document: Answer) -> dict[str, Answer]:
    return {
        "/ivr/answer": document,
        "/ivr/left": lambda form: twiml(say(f"离开 {form['DialCallStatus']} {form['CallStatus']}")),
        "/ivr/music": twiml(say("请稍候"), '<Pause length="20"/>'),
    }


def dial(exchange: Exchange, number: str) -> SimulatedCall:
    """Dial, and listen until there is nothing more to hear without somebody else."""
    call = Telephone(number=number, exchange=exchange).dial("+862195000000")
    call.listen()
    return call


def by_caller(documents: dict[str, str]) -> Answer:
    return lambda form: documents[form["From"]]


def test_two_who_dial_the_same_room_talk_and_the_first_was_alone_until_then(connect: Connect) -> None:
    _, exchange = connect(script(room('waitUrl="music"')))
    first = dial(exchange, FIRST)
    first.hears("请稍候")
    assert first.talks_with == set()

    second = dial(exchange, SECOND)

    assert (first.talks_with, second.talks_with) == ({SECOND}, {FIRST})
    first.listen()
    assert first.is_waiting_for_me


def test_with_a_leg_that_ends_the_room_everybody_asks_what_comes_next(connect: Connect) -> None:
    documents = {FIRST: room(), SECOND: room('endConferenceOnExit="true"')}
    app, exchange = connect(script(by_caller(documents)))
    first, second = dial(exchange, FIRST), dial(exchange, SECOND)

    second.hang_up()

    first.hears("离开 answered in-progress")
    assert [form["CallStatus"] for form in app.forms("/ivr/left")] == ["in-progress", "completed"]
    assert "DialCallSid" not in app.forms("/ivr/left")[0]
    assert exchange.rooms["talk-1"].seats == []


def test_who_stays_behind_alone_hears_the_wait_document_again(connect: Connect) -> None:
    app, exchange = connect(script(room('waitUrl="music"')))
    first, second = dial(exchange, FIRST), dial(exchange, SECOND)
    asked = len(app.forms("/ivr/music"))

    second.hang_up()
    first.listen()

    assert len(app.forms("/ivr/music")) > asked
    assert not first.is_over


def test_a_room_whose_legs_may_not_start_it_waits_for_one_that_may(connect: Connect) -> None:
    waits = room('startConferenceOnEnter="false"')
    _, exchange = connect(script(by_caller({FIRST: waits, SECOND: waits, THIRD: room()})))
    first = dial(exchange, FIRST)
    dial(exchange, SECOND)
    assert first.talks_with == set()

    dial(exchange, THIRD)

    assert first.talks_with == {SECOND, THIRD}


def test_a_leg_moved_by_rest_leaves_the_room_and_its_end_is_told(connect: Connect) -> None:
    app, exchange = connect(script(room()) | {"/ivr/elsewhere": twiml(say("请等一下"), "<Hangup/>")})
    first, second = dial(exchange, FIRST), dial(exchange, SECOND)

    first.is_moved_to("https://onecall.example/phone-system/ivr/elsewhere")

    first.hears("请等一下")
    assert first.ends().by == "hotline"
    assert second.talks_with == set()
    assert _ended(app) == [first.sid]


def test_the_end_of_a_call_that_somebody_elses_hang_up_caused_is_told_too(connect: Connect) -> None:
    ends = room('endConferenceOnExit="true"')
    app, exchange = connect(script(by_caller({FIRST: room(), SECOND: ends})) | {"/ivr/left": twiml("<Hangup/>")})
    first, second = dial(exchange, FIRST), dial(exchange, SECOND)

    second.hang_up()

    assert first.is_over
    assert sorted(_ended(app)) == sorted([first.sid, second.sid])


def _ended(app: ScriptedApp) -> list[str]:
    return [form["CallSid"] for form in app.forms("/ivr/call-status") if form["CallStatus"] == "completed"]
