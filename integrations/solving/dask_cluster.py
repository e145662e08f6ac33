"""Workers of a Dask cluster, on any number of machines (PLANNER_CLUSTER)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from distributed import Client

Task = TypeVar("Task")
Done = TypeVar("Done")
CONNECT_SECONDS = 10


class DaskCluster:
    """A Workers behind a Dask scheduler. The connection is made at the first task, and made anew when it breaks."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._client: Client | None = None
        self._executor: Executor | None = None
        self._lock = threading.Lock()

    @property
    def count(self) -> int:
        """How many tasks the cluster works on at once."""
        with self._lock:
            return max(1, sum(self._client.nthreads().values())) if self._client is not None else 1

    def submit(self, run: Callable[[Task], Done], task: Task) -> Future[Done]:
        """Hand a task to the scheduler; raises OSError when it cannot be reached."""
        from distributed import Client  # noqa: PLC0415 - half a second that only who uses a cluster pays

        with self._lock:
            if self._client is None or self._executor is None:
                self._client = Client(self._address, timeout=CONNECT_SECONDS, set_as_default=False)
                # Not pure: two areas with equal data are two tasks, and a task run again is run.
                self._executor = self._client.get_executor(pure=False)
            future: Future[Done] = self._executor.submit(run, task)
            return future

    def is_loss(self, error: BaseException) -> bool:
        """Tell whether workers or the connection were lost, not whether the task failed.

        Dask itself runs the task of a dead worker again, until it suspects the task after several deaths.
        """
        from distributed import KilledWorker  # noqa: PLC0415 - likewise
        from distributed.client import FutureCancelledError  # noqa: PLC0415
        from distributed.comm.core import CommClosedError  # noqa: PLC0415

        return isinstance(error, KilledWorker | FutureCancelledError | CommClosedError | CancelledError)

    def replace(self) -> None:
        """Let go of the connection; the next task makes a new one."""
        with self._lock:
            client, self._client, self._executor = self._client, None, None
        if client is not None:
            client.close(timeout=CONNECT_SECONDS)

    def close(self) -> None:
        """Let go of the connection."""
        self.replace()
