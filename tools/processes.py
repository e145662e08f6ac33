"""Run several processes as one: they start together, and when one ends all end."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

STOP_SECONDS = 15  # what a process gets to end by itself before it is killed
LOOK_SECONDS = 0.2
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl(2)


@dataclass(frozen=True)
class Program:
    """A command line and the name it is known by in messages."""

    name: str
    command: Sequence[str]


class Asked(Exception):
    """Somebody asked to stop, with Ctrl-C or a signal."""


def run_together(programs: Sequence[Program], environ: Mapping[str, str], *, when_ready: Callable[[], bool]) -> int:
    """Start the programs and stay until one ends or we are asked to stop; then stop all.

    `when_ready` is asked five times a second until it says True: it looks whether the programs serve, and tells the
    user. Returns an exit status: 0 when asked to stop, 1 when a program ended by itself.
    """
    running: dict[str, subprocess.Popen[bytes]] = {}
    former = {number: signal.signal(number, _ask_to_stop) for number in ENDING_SIGNALS}
    try:
        for program in programs:
            running[program.name] = _start(program, environ)
        name, status = _wait_for_first(running, when_ready)
    except Asked:
        return 0
    finally:
        for number in ENDING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        _stop(running.values())
        for number, handler in former.items():
            signal.signal(number, handler)
    print(f"The {name} ended with status {status}; everything else was stopped too.", file=sys.stderr)
    return 1


def _ask_to_stop(_number: int, _frame: FrameType | None) -> None:
    raise Asked


def _start(program: Program, environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # A session of its own: Ctrl-C reaches us only, and we end the others in order.
    return subprocess.Popen(
        program.command,
        env=dict(environ),
        start_new_session=True,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,  # noqa: PLW1509 (we have no threads)
    )


def _end_with_parent() -> None:
    """Have the kernel end this process should its parent be killed without a chance to do so."""
    ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)


def _wait_for_first(running: Mapping[str, subprocess.Popen[bytes]], when_ready: Callable[[], bool]) -> tuple[str, int]:
    is_ready = False
    while True:
        for name, process in running.items():
            status = process.poll()
            if status is not None:
                return name, status
        is_ready = is_ready or when_ready()
        time.sleep(LOOK_SECONDS)


def _stop(processes: Collection[subprocess.Popen[bytes]]) -> None:
    """Ask all to end, wait, and kill what has not ended, each with the processes it started itself."""
    _signal_all(processes, signal.SIGTERM)
    give_up_at = time.monotonic() + STOP_SECONDS
    for process in processes:
        try:
            process.wait(max(0.0, give_up_at - time.monotonic()))
        except subprocess.TimeoutExpired:
            _signal_all([process], signal.SIGKILL)
            process.wait()


def _signal_all(processes: Collection[subprocess.Popen[bytes]], number: signal.Signals) -> None:
    for process in processes:
        if process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
