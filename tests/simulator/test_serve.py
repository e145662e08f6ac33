"""`python -m simulator serve` as its own process: the browser's telephone and Twilio's REST on one port."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from simulator.serving import serving
from tests.simulator.scripted_app import AUTH_TOKEN, ScriptedApp, say, twiml

ACCOUNT = "AC" + "1" * 32
HOTLINE = "+862195000000"


@pytest.fixture
def served() -> Iterator[tuple[ScriptedApp, str]]:
    """A scripted app on a real port, and the URL of a desk for it in a process of its own."""
    app = ScriptedApp({"/ivr/answer": twiml(say("您好")), "/sms/incoming": "<Response/>"})
    with serving(app) as app_url:
        environ = os.environ | {
            "PUBLIC_BASE_URL": "https://onecall.example",
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_NUMBER": HOTLINE,
        }
        command = [sys.executable, "-m", "simulator", "serve", "--app", app_url, "--api-url", "http://127.0.0.1:0"]
        process = subprocess.Popen(
            command, env=environ, cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            yield app, process.stdout.readline().split()[-1].rstrip("/")
        finally:
            process.terminate()
            process.communicate(timeout=10)


def test_the_desk_takes_messages_and_calls_the_app_where_it_listens(served: tuple[ScriptedApp, str]) -> None:
    app, desk_url = served
    # The app is reached where it listens and signed for its public address, which this one does not know: it refuses.
    fields = {"To": "+8613900000002", "From": HOTLINE, "Body": "路线"}

    sent = requests.post(
        f"{desk_url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", auth=(ACCOUNT, AUTH_TOKEN), data=fields, timeout=5
    )
    phone = requests.get(f"{desk_url}/phones/+8613900000002", timeout=5).json()
    call = requests.post(f"{desk_url}/calls", json={"from": "+8613800000001"}, timeout=5).json()

    assert sent.status_code == 201
    assert [sms["body"] for sms in phone["messages"]] == ["路线"]
    assert app.asked[0].form["CallSid"] == call["sid"]
    assert [app.asked[0].path, app.asked[1].path] == ["/ivr/answer", "/ivr/fallback"]
