"""What a job raises when it did all it could, and not everything."""

from __future__ import annotations


class LeftUndone(RuntimeError):
    """Some of what was due failed, each with its line in the log; the rest is done, and the next run tries again."""

    def __init__(self, count: int, what: str) -> None:
        """Say how many of what."""
        super().__init__(f"{count} {what}")
