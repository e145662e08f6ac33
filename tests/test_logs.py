import json
from collections.abc import Iterator

import pytest
import structlog
from flask import Flask

from logs import follow_requests, set_up_logging


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    yield
    set_up_logging(is_development=True)


def fail_with_a_password() -> None:
    password = "correct-horse"
    try:
        int("no such customer")
    except ValueError:
        structlog.get_logger().exception("page failed", path="/calls", seen=len(password))


@pytest.mark.parametrize("is_development", [True, False])
def test_a_failure_is_logged_with_its_place_and_without_the_values_around_it(
    is_development: bool,  # noqa: FBT001 (both ways)
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging(is_development=is_development)

    fail_with_a_password()

    printed = capsys.readouterr().out
    assert "no such customer" in printed
    assert "fail_with_a_password" in printed
    assert "correct-horse" not in printed


def test_production_logs_one_json_object_a_line_in_the_callers_own_script(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(is_development=False)

    structlog.get_logger().info("call answered", customer="王小明")

    line = capsys.readouterr().out
    assert json.loads(line)["event"] == "call answered"
    assert "王小明" in line
    assert line.count("\n") == 1


def test_numbers_addresses_passwords_and_links_are_masked_wherever_they_stand(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging(is_development=False)

    try:
        int("+8613800000001 wang@example.com")
    except ValueError:
        structlog.get_logger().exception(
            "page failed",
            path="/r/AbCdEfGhIjKlMnOpQrStUvWx",
            faults=["postgresql://onecall:correct-horse@db/onecall", {"to": "+447400000009"}],
            call_sid="CA" + "0" * 32,
        )

    line = capsys.readouterr().out
    for secret in ("13800000001", "wang@", "AbCdEf", "correct-horse", "7400000009"):
        assert secret not in line
    assert json.loads(line)["path"] == "/r/…"
    assert "+…01" in line
    assert "CA" + "0" * 32 in line


def test_every_line_of_a_webhook_names_its_request_and_its_call(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(is_development=False)
    app = Flask("logs-tests")
    follow_requests(app)

    @app.post("/ivr/answer")
    def answer() -> str:
        structlog.get_logger().info("deep inside")
        return ""

    first = app.test_client().post("/ivr/answer", data={"CallSid": "CA1"})
    second = app.test_client().post("/ivr/answer")

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines[0]["call_sid"] == "CA1"
    assert "call_sid" not in lines[1]
    assert [line["request_id"] for line in lines] == [one.headers["X-Request-Id"] for one in (first, second)]
    assert lines[0]["request_id"] != lines[1]["request_id"]
