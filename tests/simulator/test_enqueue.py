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


def test_a_full_queue_takes_nobody_and_says_so(connect: Connect) -> None:
    _, exchange = connect(queue(position))
    waiting = Telephone(number="+8613800000001", exchange=exchange).dial("+862195000000")
    waiting.hears("第1位")
    exchange.queues["service"].max_size = 1

    late = Telephone(number="+8613800000002", exchange=exchange).dial("+862195000000")

    late.hears("离开 queue-full")
    assert [one.call_sid for one in exchange.queues["service"].waiting] == [waiting.sid]


def test_a_call_ends_after_four_hours_whatever_goes_on(ring: Ring) -> None:
    app, _, call = ring(queue(position))

    call.wait(5 * 3600)

    assert call.ending is not None
    assert (call.ending.by, call.ending.seconds) == ("exchange", 14_400)
    assert app.forms("/ivr/call-status")[-1]["CallDuration"] == "14400"


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


AGENT = "+8613700000001"


def with_an_agent(queue_noun: str = "<Queue>service</Queue>") -> dict[str, Answer]:
    """A customer waits in the queue; an agent who calls the same number takes whoever waits."""
    customers = queue(position)
    takes = twiml(f'<Dial action="agent-done" timeout="12">{queue_noun}</Dial>')
    entrance = customers["/ivr/answer"]
    return customers | {
        "/ivr/answer": lambda form: takes if form["From"] == AGENT else str(entrance),
        "/ivr/agent-done": lambda form: twiml(say(f"完成 {form['DialCallStatus']} {form['DialBridged']}")),
        "/ivr/whisper": twiml(say("马上为您接通李娜")),
    }


def test_an_agent_who_dials_the_queue_talks_with_the_first_until_one_goes(connect: Connect) -> None:
    app, exchange = connect(with_an_agent())
    customer = Telephone(number="+8613800000001", exchange=exchange).dial("+862195000000")
    customer.hears("第1位")
    agent = Telephone(number=AGENT, exchange=exchange).dial("+862195000000")
    agent.wait(30)
    assert app.forms("/ivr/left-queue") == []

    agent.hang_up()

    customer.hears("离开 bridged")
    assert app.forms("/ivr/agent-done")[0]["DialCallSid"] == customer.sid
    assert app.forms("/ivr/agent-done")[0]["DialCallDuration"] == "30"


def test_when_the_customer_goes_the_agent_is_told(connect: Connect) -> None:
    _, exchange = connect(with_an_agent())
    customer = Telephone(number="+8613800000001", exchange=exchange).dial("+862195000000")
    customer.hears("第1位")
    agent = Telephone(number=AGENT, exchange=exchange).dial("+862195000000")

    customer.hang_up()

    agent.hears("完成 completed true")


def test_the_customer_hears_the_whisper_before_the_agent(connect: Connect) -> None:
    app, exchange = connect(with_an_agent('<Queue url="whisper">service</Queue>'))
    customer = Telephone(number="+8613800000001", exchange=exchange).dial("+862195000000")
    customer.hears("第1位")
    agent = Telephone(number=AGENT, exchange=exchange).dial("+862195000000")

    customer.hears("马上为您接通李娜")

    form = app.forms("/ivr/whisper")[0]
    assert (form["DequeingCallSid"], form["CallSid"]) == (agent.sid, customer.sid)


def test_an_agent_who_dials_an_empty_queue_waits_and_is_told(connect: Connect) -> None:
    _, exchange = connect(with_an_agent())

    Telephone(number=AGENT, exchange=exchange).dial("+862195000000").hears("完成 no-answer false")


def test_a_caller_moved_by_rest_is_told_as_redirected_and_goes_where_rest_says(ring: Ring) -> None:
    app, exchange, call = ring(queue(position) | {"/ivr/elsewhere": twiml(say("请说话"), '<Pause length="5"/>')})
    call.hears("第1位")

    call.is_moved_to("https://onecall.example/phone-system/ivr/elsewhere")

    call.hears("请说话")
    call.does_not_hear("离开")
    assert app.forms("/ivr/left-queue")[0]["QueueResult"] == "redirected"
    assert exchange.queues["service"].waiting == []
