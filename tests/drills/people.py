"""People who do something again and again, each in a thread of their own, until told to stop."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

LONGEST_SECONDS = 120.0


@dataclass
class People:
    """`faults` are what a person never expects: whatever goes wrong in a house is an answer, not an exception."""

    faults: list[Exception] = field(default_factory=list)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def begin(self, act: Callable[[], object], *, draws: random.Random, rest_seconds: float) -> None:
        """Let one more person act, and rest for about so long after each time."""
        thread = threading.Thread(target=self._go_on, args=(act, draws, rest_seconds), daemon=True)
        thread.start()
        self._threads.append(thread)

    def end(self) -> None:
        """Let everybody finish what they are at."""
        self._is_over.set()
        for thread in self._threads:
            thread.join(LONGEST_SECONDS)
            assert not thread.is_alive(), "somebody hangs"

    def _go_on(self, act: Callable[[], object], draws: random.Random, rest_seconds: float) -> None:
        while not self._is_over.is_set():
            try:
                act()
            except Exception as fault:  # noqa: BLE001 - looked at when the drill is over
                self.faults.append(fault)
                return
            self._is_over.wait(rest_seconds * draws.uniform(0.2, 1.8))
