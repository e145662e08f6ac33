import json
from collections.abc import Iterator

import pytest
import structlog

from logs import set_up_logging


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


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
