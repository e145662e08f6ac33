"""The telephone in the terminal, on a real desk over loopback."""

import io
from collections.abc import Callable, Iterator

import pytest

from simulator.__main__ import main
from simulator.desk_client import DeskClient, DeskUnreachable
from simulator.messages import Sms
from simulator.phone_app import create_desk_app
from simulator.serving import serving
from simulator.terminal import PATIENCE_SECONDS, Terminal, ask_at_the_terminal
from tests.simulator.conftest import Connect
from tests.simulator.scripted_app import Answer, ScriptedApp, say, twiml
from tests.simulator.test_phone_app import HOTLINE, settings

ME = "+8613800000001"
HALF_WAIT_SECONDS = PATIENCE_SECONDS // 2
SCRIPT: dict[str, Answer] = {
    "/ivr/answer": twiml(
        f'<Gather action="menu" numDigits="1">{say("报修请按1")}</Gather>', say("请留言"), '<Record action="left"/>'
    ),
    "/ivr/left": twiml(say("谢谢")),
    "/sms/incoming": "<Response/>",
}


class Typist:
    """Types the given lines, then ends the input; keeps what is shown. What happens `while_waiting` takes a while."""

    def __init__(self, *lines: str, while_waiting: Callable[[], None]) -> None:
        self.lines: Iterator[str] = iter(lines)
        self.seen: list[str] = []
        self.while_waiting = while_waiting
        self.waited_seconds = 0.0

    def ask(self, prompt: str) -> str:
        self.seen.append(prompt)
        try:
            return next(self.lines)
        except StopIteration:
            raise EOFError from None

    def pause(self, seconds: float) -> None:
        self.waited_seconds += seconds
        if self.waited_seconds == HALF_WAIT_SECONDS:
            self.while_waiting()


def sit_down(connect: Connect, *lines: str, number: str | None = ME) -> tuple[ScriptedApp, str]:
    app, exchange = connect(SCRIPT, is_strict=False)
    sms = Sms("SM1", HOTLINE, ME, "预约已确认", "outbound-api", exchange.clock.now(), "delivered")

    late = Sms("SM2", HOTLINE, ME, "师傅已出发", "outbound-api", exchange.clock.now(), "delivered")

    def confirm(form: dict[str, str]) -> str:
        exchange.messages.messages.append(sms)
        return twiml(say(f"您按了{form['Digits']}"))

    app.script["/ivr/menu"] = confirm
    typist = Typist(*lines, while_waiting=lambda: exchange.messages.messages.append(late))
    with serving(create_desk_app(settings(), exchange)) as desk_url:
        terminal = Terminal(
            DeskClient(desk_url), number, ask=typist.ask, show=typist.seen.append, pause=typist.pause, lingers=True
        )
        assert terminal.run() == 0
    return app, "\n".join(typist.seen)


def test_keys_are_pressed_and_messages_appear(connect: Connect) -> None:
    app, seen = sit_down(connect, "1", "q")

    assert "报修请按1" in seen
    assert "您按了1" in seen
    assert "✉ ← 预约已确认" in seen
    assert app.paths[-1] == "/ivr/call-status"


def test_silence_a_message_and_another_call(connect: Connect) -> None:
    app, seen = sit_down(connect, "", "s 投影仪不亮", "", "c", "h", "1", "t accept K7QM", "?")

    assert seen.index("请留言") < seen.index("投影仪不亮") < seen.index("谢谢")
    assert "the call is over" in seen
    assert app.forms("/sms/incoming")[0]["Body"] == "accept K7QM"
    assert [form["CallStatus"] for form in app.forms("/ivr/call-status")] == ["completed", "completed"]


def test_words_nobody_listens_to_are_explained_and_the_call_goes_on(connect: Connect) -> None:
    _, seen = sit_down(connect, "s 喂", "1")

    assert seen.index("Nobody is listening") < seen.index("您按了1")


def test_a_script_of_keys_ends_with_the_text_that_comes_after_it(connect: Connect) -> None:
    app, seen = sit_down(connect, "1")

    assert seen.index("您按了1") < seen.index("✉ ← 预约已确认") < seen.index("✉ ← 师傅已出发")
    assert app.paths[-1] == "/ivr/call-status", "the script's end puts the phone down"


def test_waiting_for_a_text_ends_with_the_first_or_says_that_none_came(connect: Connect) -> None:
    _, seen = sit_down(connect, "h", "w", "w")

    assert seen.index("✉ ← 师傅已出发") < seen.index("no SMS in 15 seconds")


def test_whoever_names_nobody_calls_as_the_first_of_the_people_and_may_become_another(connect: Connect) -> None:
    app, seen = sit_down(connect, "p", "c 2", "c +8613912345678", "q", number=None)

    assert seen.index("陌生来电 Unknown caller +8613800138000") < seen.index("匿名来电 Anonymous caller anonymous")
    assert [form["From"] for form in app.forms("/ivr/answer")] == ["+8613800138000", "anonymous", "+8613912345678"]


def test_a_piped_line_is_shown_where_a_person_would_have_typed_it(capsys: pytest.CaptureFixture[str]) -> None:
    script = io.StringIO("12#\n")

    assert ask_at_the_terminal("> ", script).strip() == "12#"
    with pytest.raises(EOFError):
        ask_at_the_terminal("> ", script)
    assert capsys.readouterr().out == "> 12#\n"


def test_without_a_desk_the_terminal_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(ScriptedApp({})) as somewhere:
        pass

    assert main(["phone", "--api-url", somewhere]) == 1
    assert "make run" in capsys.readouterr().err
    with pytest.raises(DeskUnreachable):
        DeskClient(somewhere).get("people")


def test_another_web_page_is_no_desk() -> None:
    with serving(ScriptedApp({})) as somewhere:
        assert not DeskClient(somewhere).is_there()
