"""Several things at the same moment, each in a thread of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def run_together(*actions: Callable[[], Result]) -> list[Result]:
    """Start all actions at once and return what they returned, in their order; what one raises is raised."""
    start = threading.Barrier(len(actions))

    def run(action: Callable[[], Result]) -> Result:
        start.wait(timeout=10)
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        futures = [pool.submit(run, action) for action in actions]
        return [future.result(timeout=60) for future in futures]
