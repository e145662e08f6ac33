"""Workers that are processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

Task = TypeVar("Task")
Done = TypeVar("Done")


class LocalProcesses:
    """A Workers: as many processes as cores, started when needed, all replaced when one of them dies."""

    def __init__(self, *, processes: int | None = None) -> None:
        self.count = processes or os.cpu_count() or 1
        self._executor: ProcessPoolExecutor | None = None
        self._lock = threading.Lock()

    def submit(self, run: Callable[[Task], Done], task: Task) -> Future[Done]:
        """Hand a task to a process."""
        with self._lock:
            if self._executor is None:
                # "spawn": a forked child would inherit database connections and locks.
                context = multiprocessing.get_context("spawn")
                self._executor = ProcessPoolExecutor(max_workers=self.count, mp_context=context)
            executor = self._executor
            try:
                return executor.submit(run, task)
            except BrokenProcessPool:  # since the last task
                self._executor = None
                raise

    def is_loss(self, error: BaseException) -> bool:
        """Tell whether the error means that a worker died, not that the task failed."""
        return isinstance(error, BrokenProcessPool | CancelledError)

    def replace(self) -> None:
        """End what is left of the processes; the next task starts new ones."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            processes = list((executor._processes or {}).values())  # noqa: SLF001 - shutdown waits for a stuck one
            executor.shutdown(wait=False, cancel_futures=True)
            for process in processes:
                process.kill()

    def close(self) -> None:
        """End the processes."""
        self.replace()
