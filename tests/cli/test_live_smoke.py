"""`flask live-smoke`: refuses a stand-in, says every difference, leaves nothing behind."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli.live_smoke import compare_names, load_expected, make_live_smoke
from operations.foundation.webhook_names import NAMES_FILE
from outbox.sender import SendRefused
from tests.town import Town

VOICE = ["AccountSid", "ApiVersion", "CallSid", "CallStatus", "Direction", "From", "To"]
TEXT = ["AccountSid", "ApiVersion", "From", "MessageSid", "MessageStatus", "SmsSid", "SmsStatus", "To", "m"]
GOOD = [
    {"path": "/ivr/answer", "status": 200, "names": VOICE},
    {"path": "/ivr/call-status", "status": 204, "names": [*VOICE, "CallDuration"]},
    {"path": "/sms/status", "status": 204, "names": TEXT},
]


class Carrier:
    """Writes down what Twilio would send, as the web process does."""

    def __init__(self, folder: Path, lines: list[dict[str, object]], refusal: SendRefused | None = None) -> None:
        self.folder, self.lines, self.refusal = folder, lines, refusal

    def call(self, *, to_number: str) -> str:  # noqa: ARG002
        if self.refusal:
            raise self.refusal
        text = "".join(json.dumps(line) + "\n" for line in self.lines)
        (self.folder / NAMES_FILE).write_text(text, encoding="utf-8")
        return "CA1"

    def text(self, *, to_number: str, body: str) -> str:  # noqa: ARG002
        return "SM1"


def run(
    tmp_path: Path,
    lines: list[dict[str, object]],
    *,
    stand_in: str | None = None,
    refusal: SendRefused | None = None,
) -> Result:
    folder = tmp_path / "smoke"
    carrier = Carrier(folder, lines, refusal)
    command = make_live_smoke(carrier, folder=folder, stand_in=stand_in, sleep=lambda _seconds: None)
    result = CliRunner().invoke(command, ["--to", "+8613900000077", "--wait", "3"])
    assert not folder.exists()
    return result


def test_what_twilio_sends_as_expected_is_said_to_be_so(tmp_path: Path) -> None:
    result = run(tmp_path, GOOD)

    assert result.exit_code == 0, result.output
    assert "3 webhooks, nothing unexpected" in result.output


def test_a_stand_in_proves_nothing_and_is_refused(tmp_path: Path) -> None:
    result = run(tmp_path, GOOD, stand_in="http://127.0.0.1:8001")

    assert result.exit_code == 1
    assert "that is a stand-in" in result.output


def test_a_new_a_missing_and_a_silent_webhook_are_named_and_a_refused_signature_too(tmp_path: Path) -> None:
    lines = [
        {"path": "/ivr/answer", "status": 403, "names": [*VOICE[1:], "Weather"]},
        {"path": "/ivr/call-status", "status": 204, "names": VOICE},
    ]

    output = run(tmp_path, lines).output

    assert "voice: Weather came and is not expected" in output
    assert "voice: AccountSid is expected and did not come" in output
    assert "message-status: no webhook came" in output
    assert "/ivr/answer: we answered 403" in output


def test_what_twilio_refuses_is_said_in_its_words(tmp_path: Path) -> None:
    result = run(tmp_path, GOOD, refusal=SendRefused("20003: Authenticate", is_permanent=True))

    assert result.exit_code == 1
    assert "20003: Authenticate" in result.output


@pytest.mark.parametrize("digits", ["5", "1"])
def test_the_simulated_telephone_sends_what_is_expected_and_nothing_else(town: Town, digits: str) -> None:
    folder = Path(town.app.config["DATA_FOLDER"]) / "smoke"
    folder.mkdir(parents=True)
    call = town.phone("+8613800000001").dial(town.hotline)
    call.press(digits)
    call.hang_up()
    town.exchange.callbacks.deliver()

    seen = [json.loads(line) for line in (folder / NAMES_FILE).read_text("utf-8").splitlines()]

    assert len(seen) >= 3
    # The telephone also sends what nobody announced, to see whether we survive it.
    differences = [line for line in compare_names(seen, load_expected()) if "SimulatedNewParameter" not in line]
    assert differences == []
    assert "+8613800000001" not in (folder / NAMES_FILE).read_text("utf-8"), "a value was written down"
