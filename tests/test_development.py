"""`make run` and the entries of production, watched from outside as a user sees them."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 180


def environment(**more: str) -> dict[str, str]:
    """This machine's environment without any setting of OneCall but those given."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, **more}


def run(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=PROJECT, env=environment(**more), capture_output=True, text=True, check=False
    )


@pytest.fixture
def two_ports() -> Iterator[int]:
    """A free port with a free one above it, as web and telephone take them."""
    for port in range(18000, 19000, 2):
        with socket.socket() as lower, socket.socket() as upper:
            try:
                lower.bind(("127.0.0.1", port))
                upper.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
        yield port
        return
    raise AssertionError("no two free ports")


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param(["-c", "import wsgi"], id="wsgi"),
        pytest.param(["-m", "gunicorn", "--config", "gunicorn.conf.py"], id="gunicorn"),
        pytest.param(["-m", "development"], id="make run"),
    ],
)
def test_production_without_its_secrets_says_once_what_is_missing_and_does_not_start(
    entry: list[str], tmp_path: Path
) -> None:
    refused = run(*entry, ONECALL_MODE="production", DATA_FOLDER=str(tmp_path))

    assert refused.returncode == 1
    assert refused.stderr.count("OneCall cannot start") == 1
    assert "SECRET_KEY is missing" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_what_a_web_process_has_loaded_is_left_out_of_garbage_collection(tmp_path: Path) -> None:
    started = (
        "import gc, runpy; runpy.run_path('gunicorn.conf.py')['post_worker_init'](None); print(gc.get_freeze_count())"
    )

    told = run("-c", started, ONECALL_MODE="development", DATA_FOLDER=str(tmp_path))

    assert int(told.stdout) > 1000, told.stderr


def test_a_taken_port_is_named_with_what_to_do(two_ports: int, tmp_path: Path) -> None:
    with socket.socket() as somebody:
        somebody.bind(("127.0.0.1", two_ports))
        somebody.listen()

        refused = run("-m", "development", PORT=str(two_ports), DATA_FOLDER=str(tmp_path))

    assert refused.returncode == 1
    assert f"Port {two_ports} is taken" in refused.stderr
    assert "PORT=" in refused.stderr


def test_a_database_that_cannot_be_reached_is_told_as_the_step_that_failed(two_ports: int, tmp_path: Path) -> None:
    refused = run(
        "-m",
        "development",
        PORT=str(two_ports),
        DATA_FOLDER=str(tmp_path),
        DATABASE_URL=f"postgresql://nobody@/nothing?host={tmp_path}",
    )

    assert refused.returncode == 1
    assert "This step failed: Bringing the database up to date" in refused.stderr
    assert "What to do: check DATABASE_URL" in refused.stderr


@pytest.mark.proof
@pytest.mark.timeout(2 * PATIENCE_SECONDS)
def test_one_command_serves_a_demo_city_and_ctrl_c_ends_all_of_it(two_ports: int, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as output:
        serving = subprocess.Popen(
            [sys.executable, "-m", "development"],
            cwd=PROJECT,
            env=environment(PORT=str(two_ports), DATA_FOLDER=str(tmp_path / "data")),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(log, "OneCall answers after")
        address = f"http://127.0.0.1:{two_ports}"
        statuses = {path: status_of(address + path) for path in ("/healthz", "/readyz", "/sign-in", "/metrics")}
    finally:
        serving.send_signal(signal.SIGINT)
        status = serving.wait(timeout=60)

    text = log.read_text()
    assert statuses == dict.fromkeys(statuses, 200)
    assert re.search(r"Sign in +dispatcher / \S{12,}", text)
    assert f"http://127.0.0.1:{two_ports}/phone" in text
    assert status == 0
    assert not answers(two_ports)
    assert not answers(two_ports + 1)


def wait_for(log: Path, words: str) -> None:
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    while words not in log.read_text():
        assert time.monotonic() < give_up_at, log.read_text()
        time.sleep(0.2)


def status_of(address: str) -> int:
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310 (our own address)
        return int(answer.status)


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
