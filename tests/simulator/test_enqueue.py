"""Enqueue: the wait document goes round and round until somebody ends it."""

from simulator.telephone import Telephone
from tests.simulator.conftest import Connect, Ring
from tests.simulator.scripted_app import Answer, say, twiml


def queue(wait: Answer, attributes: str = 'action="left-queue" waitUrl="wait"') -> dict[str, Answer]:
    return {
        "/ivr/answer": twiml(say("请稍候"), f"<Enqueue {attributes}>service</Enqueue>"),
        "/ivr/wait": wait,
        "/ivr/left-queue": lambda form: twiml(say(f"离开 {form['QueueResult']}")),
    }


def position(form: dict[str, str]) -> str:
    return twiml(say(f"您是第{form['QueuePosition']}位"), '<Pause length="20"/>')


def test_an_agent_takes_the_caller_who_waits_longest(connect: Connect) -> None:
    app, exchange = connect(queue(position))
    first = Telephone(number="+8613800000001", exchange=exchange).dial("+862195000000")
    first.hears("第1位")
    second = Telephone(number="+8613800000002", exchange=exchange).dial("+862195000000")
    second.hears("第2位")

    first.is_taken_by_agent(talks_seconds=30)
    first.hears("离开 bridged")
    second.listen()
    second.stay_silent()
    second.hears("第1位")

    form = app.forms("/ivr/left-queue")[0]
    assert form["CallSid"] == first.sid
    assert int(form["QueueTime"]) >= 1


def test_the_wait_document_comes_round_again(ring: Ring) -> None:
    app, _, call = ring(queue(position))

    call.listen()
    call.stay_silent()
    call.hears("第1位")
    call.listen()
    call.stay_silent()
    call.hears("第1位")

    assert len(app.forms("/ivr/wait")) == 3
    assert int(app.forms("/ivr/wait")[2]["QueueTime"]) > 40


def test_a_waiting_caller_can_leave_by_a_key(ring: Ring) -> None:
    wait = twiml(f'<Gather action="call-back" numDigits="1">{say("需要回电请按1")}</Gather>')
    script = queue(wait) | {"/ivr/call-back": twiml(say("我们会回电"), "<Leave/>")}
    app, exchange, call = ring(script)

    call.press("1")
    call.hears("我们会回电")
    call.hears("离开 leave")

    assert exchange.queues["service"].waiting == []
    assert app.forms("/ivr/call-back")[0]["QueuePosition"] == "1"


def test_hanging_up_while_waiting_is_told_and_frees_the_place(ring: Ring) -> None:
    app, exchange, call = ring(queue(position))

    call.hears("第1位")
    call.hang_up()

    assert app.forms("/ivr/left-queue")[0]["QueueResult"] == "hangup"
    assert exchange.queues["service"].waiting == []
    assert app.paths[-1] == "/ivr/call-status"


def test_music_plays_where_no_wait_document_is_given(ring: Ring) -> None:
    _, _, call = ring(queue("", 'action="left-queue"'))

    call.listen()
    call.stay_silent()
    call.is_taken_by_agent(talks_seconds=5)

    call.hears("离开 bridged")
