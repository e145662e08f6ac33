"""The page in a real browser: a call by mouse and keyboard, and the technician's phone beside it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect, sync_playwright

from simulator.phone_app import create_desk_app
from simulator.serving import serving
from tests.simulator.conftest import Connect
from tests.simulator.scripted_app import EN, ScriptedApp, say, twiml
from tests.simulator.test_phone_app import settings

pytestmark = pytest.mark.browser

SCRIPT = {
    "/ivr/answer": twiml(f'<Gather action="menu" numDigits="2" timeout="60">{say("请输入")}</Gather>'),
    "/ivr/menu": lambda form: twiml(say(f"Pressed {form['Digits']}", EN), '<Record action="left" playBeep="false"/>'),
    "/ivr/left": twiml(say("谢谢")),
    "/sms/incoming": "<Response><Message>已收到</Message></Response>",
}


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    """A browser's page; whatever it complains about fails the test."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(message.text)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
        browser.close()
    assert complaints == []


@pytest.fixture
def open_desk(connect: Connect, page: Page) -> Iterator[ScriptedApp]:
    app, exchange = connect(SCRIPT, is_strict=False)
    with serving(create_desk_app(settings(), exchange)) as desk_url:
        page.goto(desk_url)
        expect(page.locator("#keys button")).to_have_count(12)
        yield app
        page.goto("about:blank")


def test_a_call_is_made_by_mouse_and_keyboard(open_desk: ScriptedApp, page: Page) -> None:
    page.get_by_label("朗读").uncheck()
    page.get_by_role("button", name="呼叫").click()
    page.get_by_role("button", name="4", exact=True).click()
    page.locator("#transcript").press("2")
    transcript = page.locator("#transcript")
    expect(transcript).to_contain_text("Pressed 42")
    expect(page.locator("#status")).to_have_text("正在录音 Recording")
    page.get_by_label("说话或留言").fill("投影仪不亮")
    page.get_by_role("button", name="说", exact=False).first.click()
    expect(transcript).to_contain_text("投影仪不亮")
    page.get_by_role("button", name="挂机").click()
    expect(page.locator("#status")).to_have_text("通话结束 Call ended")

    assert open_desk.forms("/ivr/menu")[0]["Digits"] == "42"
    assert open_desk.forms("/ivr/left")[0]["Digits"] == "hangup"
    assert page.locator("#transcript [lang=en-US]").count() == 1


def test_a_technician_reads_and_answers_messages(open_desk: ScriptedApp, page: Page) -> None:
    page.get_by_label("回复热线").fill("accept K7QM")
    page.get_by_role("button", name="发送").click()

    expect(page.locator("#messages li")).to_have_count(2)
    expect(page.locator("#messages .mine")).to_contain_text("accept K7QM")
    expect(page.locator("#messages .theirs")).to_contain_text("已收到")
    assert open_desk.forms("/sms/incoming")[0]["From"] == "+8613900139000"
