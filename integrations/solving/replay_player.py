"""Play runs of replays on workers of their own, so that a replay never keeps a live plan waiting (D16)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

from dispatch.replay import Figures, ReplayTask, Scenario, play_task

Row = tuple[Figures, ...]
RUN_SECONDS = 900.0
"""What one run may take: a month of a large city takes a few minutes."""


class RunWorkers(Protocol):
    """Where runs are played: processes of this machine, or a cluster."""

    def submit(self, run: Callable[[ReplayTask], Row], task: ReplayTask) -> Future[Row]: ...

    def is_loss(self, error: BaseException) -> bool: ...

    def replace(self) -> None: ...


class ReplayPlayer:
    """Hands runs to workers and waits for them; when one worker dies, or a run takes too long, all are replaced."""

    def __init__(self, workers: RunWorkers) -> None:
        self.workers = workers

    def play(self, scenarios: Sequence[Scenario], seed: int, runs: Sequence[int]) -> list[Row]:
        """Return the figures of these runs, one per scenario; raises what the workers raise, and TimeoutError."""
        futures = [self.workers.submit(play_task, ReplayTask(tuple(scenarios), seed, run)) for run in runs]
        try:
            return [future.result(RUN_SECONDS) for future in futures]
        except Exception as error:
            if isinstance(error, TimeoutError) or self.workers.is_loss(error):
                self.workers.replace()
            raise
