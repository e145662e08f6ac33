"""One solver on one file in a process of its own: what it cost, and whether its plan passes our check."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Thread, Timer
from time import monotonic, sleep

from dispatch.check import check
from dispatch.formats.solution import read_solution
from dispatch.problem import Problem

PROJECT = Path(__file__).resolve().parent.parent
NAMES = ("onecall", "pyvrp", "vroom", "ortools")
Row = dict[str, float | int | str | None]
PATIENCE_SECONDS = 300.0
"""A solver that has not ended so long after its time is stopped and has no result."""


@dataclass(frozen=True, slots=True)
class Effort:
    """What every solver of one run may use."""

    seconds: float
    threads: int
    seed: int


def measure(solver: str, file: Path, problem: Problem, effort: Effort) -> Row:
    """Run the solver and return its row; `objective` is None without a plan that passes `check`."""
    module = ["dispatch", "solve"] if solver == "onecall" else ["benchmarks.peers", solver]
    command = [sys.executable, "-m", *module, str(file), "--seconds", str(effort.seconds)]
    command += ["--threads", str(effort.threads), "--seed", str(effort.seed)]
    load = os.getloadavg()[0]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as answer, tempfile.TemporaryFile("w+") as trouble:
        began = monotonic()
        process = subprocess.Popen(command, stdout=answer, stderr=trouble, cwd=PROJECT)  # noqa: S603 - our own
        timer = Timer(effort.seconds + PATIENCE_SECONDS, process.kill)
        timer.start()
        peak = _Peak(process.pid)
        peak.start()
        _, status, used = os.wait4(process.pid, 0)
        timer.cancel()
        wall = monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        answer.seek(0)
        trouble.seek(0)
        text, said = answer.read(), trouble.read().strip()
    row: Row = {
        "instance": file.name.split(".")[0],
        "solver": solver,
        "seconds": effort.seconds,
        "wall": round(wall, 1),
        "cpu": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": peak.kilobytes // 1024,
        "load": round(load, 1),
        "objective": None,
        "unplaced": None,
        "note": None if process.returncode == 0 else said.splitlines()[-1] if said else f"exit {process.returncode}",
    }
    if process.returncode == 0:
        _judge(row, problem, text)
    return row


class _Peak(Thread):
    """Watches a process's own peak memory; what the system says at its end counts the parent's memory too."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._status = Path(f"/proc/{pid}/status")
        self.kilobytes = 0

    def run(self) -> None:
        """Until the process has ended."""
        while True:
            try:
                lines = self._status.read_text(encoding="ascii").splitlines()
            except OSError:
                return
            peaks = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
            self.kilobytes = max([self.kilobytes, *peaks])
            sleep(0.1)


def _judge(row: Row, problem: Problem, text: str) -> None:
    """Fill in what the plan is worth, unless it breaks a rule or leaves out what has to be served."""
    plan = read_solution(problem, text)
    violations = check(problem, plan)
    row["unplaced"] = len(plan.unplaced)
    trace = json.loads(text).get("trace", {})
    row["note"] = str(trace["cannot"]) if "cannot" in trace else None
    if violations:
        row["note"] = f"refused by check: {violations[0].rule}: {violations[0].detail}"
    elif plan.unplaced and problem.objective.value in {"total_duration", "total_distance"}:
        row["note"] = f"{len(plan.unplaced)} not served"
    else:
        row["objective"] = round(plan.score.cost_cents, 3)
