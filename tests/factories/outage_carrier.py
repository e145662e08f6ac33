"""A carrier on the other side of a process boundary: what it took is in a file, whoever was killed meanwhile."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import threading
from collections import Counter
from collections.abc import Set as AbstractSet
from pathlib import Path

from outbox.sender import SendRefused, SendUncertain

REFUSED_FOR_GOOD = "21211: invalid number"


class FileCarrier:
    """A MessageProvider that writes one line for each text it takes, with faults drawn at random.

    Some sends are refused for now, some for good, some are taken without an answer, some are neither taken nor
    answered; some questions find nobody. Numbers that end in 99 do not exist.
    """

    def __init__(self, file: Path, *, seed: int, fault_percent: int = 20) -> None:
        self._file, self._draws, self._fault_percent = file, random.Random(seed), fault_percent
        self._seed, self._read_until = seed, 0
        self._taken: dict[tuple[str, str], list[str]] = {}
        self._lock = threading.Lock()

    def send(self, *, to_number: str, body: str, reference: str) -> str:
        if to_number.endswith("99"):
            raise SendRefused(REFUSED_FOR_GOOD, is_permanent=True)
        fault = self._draws.choice(["busy", "lost before", "lost after"]) if self._is_faulty() else ""
        if fault == "busy":
            raise SendRefused("too many requests", is_permanent=False)
        if fault == "lost before":
            raise SendUncertain("connection reset")
        sid = f"SM{self._seed:016x}{self._draws.getrandbits(64):016x}"
        line = json.dumps([sid, to_number, body, reference], ensure_ascii=False) + "\n"
        descriptor = os.open(self._file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)
        if fault == "lost after":
            raise SendUncertain("read timed out")
        return sid

    def find_sent(self, *, to_number: str, body: str, since: dt.datetime, other_than: AbstractSet[str]) -> str | None:  # noqa: ARG002
        if self._is_faulty():
            raise SendUncertain("could not be looked up")
        with self._lock:
            self._read_on()
        return next((sid for sid in self._taken.get((to_number, body), []) if sid not in other_than), None)

    def _read_on(self) -> None:
        """Read what has been added to the file since the last question: it grows long."""
        if not self._file.exists():
            return
        with self._file.open("rb") as lines:
            lines.seek(self._read_until)
            for line in lines:
                if not line.endswith(b"\n"):
                    # Somebody is writing it this very moment.
                    break
                sid, number, body, _reference = json.loads(line)
                self._taken.setdefault((number, body), []).append(sid)
                self._read_until += len(line)

    def _is_faulty(self) -> bool:
        return self._draws.random() * 100 < self._fault_percent


def taken(file: Path) -> list[tuple[str, str, str]]:
    """Return id, number and words of everything the carrier took, in order."""
    if not file.exists():
        return []
    lines = file.read_text("utf-8").splitlines()
    return [(sid, number, body) for sid, number, body, _reference in map(json.loads, lines)]


def count_taken(file: Path) -> Counter[str]:
    """Return how often the carrier took each text, by its words."""
    return Counter(body for _, _, body in taken(file))
