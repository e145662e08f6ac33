"""The supervisor behind `make run`, watched from outside: it owns signal handlers, so it runs in its own process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]

SUPERVISOR = """
import os, sys
from tools.processes import Program, run_together
programs = [Program(name, [sys.executable, "-c", code]) for name, code in zip(("first", "second"), sys.argv[1:])]
sys.exit(run_together(programs, os.environ, when_ready=lambda: print("ready", flush=True) or True))
"""


def code_that_lives(pids: Path) -> str:
    return f"import os, time; open({str(pids)!r}, 'a').write(f'{{os.getpid()}} '); time.sleep(60)"


def supervise(*codes: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SUPERVISOR, *codes]
    return subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_pids(path: Path, count: int) -> list[int]:
    give_up_at = time.monotonic() + 20
    while time.monotonic() < give_up_at:
        pids = [int(word) for word in path.read_text().split()] if path.exists() else []
        if len(pids) == count:
            return pids
        time.sleep(0.05)
    raise TimeoutError(path)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pids: list[int]) -> bool:
    give_up_at = time.monotonic() + 20
    while time.monotonic() < give_up_at and any(map(is_alive, pids)):
        time.sleep(0.05)
    return not any(map(is_alive, pids))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_asked_to_stop_it_ends_every_program_and_succeeds(number: signal.Signals, tmp_path: Path) -> None:
    supervisor = supervise(code_that_lives(tmp_path / "pids"), code_that_lives(tmp_path / "pids"))
    pids = wait_for_pids(tmp_path / "pids", 2)

    supervisor.send_signal(number)
    output, errors = supervisor.communicate(timeout=30)

    assert supervisor.returncode == 0, errors
    assert "ready" in output
    assert wait_until_gone(pids)


def test_when_one_program_ends_all_end_and_the_failure_is_named(tmp_path: Path) -> None:
    supervisor = supervise(code_that_lives(tmp_path / "pids"), "import sys, time; time.sleep(1); sys.exit(7)")
    pids = wait_for_pids(tmp_path / "pids", 1)

    _, errors = supervisor.communicate(timeout=30)

    assert supervisor.returncode == 1
    assert "The second ended with status 7" in errors
    assert wait_until_gone(pids)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent was killed")
def test_a_killed_supervisor_leaves_no_program_behind(tmp_path: Path) -> None:
    supervisor = supervise(code_that_lives(tmp_path / "pids"))
    pids = wait_for_pids(tmp_path / "pids", 1)

    supervisor.kill()
    supervisor.communicate(timeout=30)

    assert wait_until_gone(pids)
