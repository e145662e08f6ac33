"""How far a search is: by time, by iterations, and how hot it is by then."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

ROUNDS = 25
HOT, WARM, COLD = 1.0, 0.1, 0.01
FIRST_PASS = 300


@dataclass(slots=True)
class Clock:
    """How far the search is, and how many iterations a thread may do until the next meeting."""

    seconds: float | None
    iterations: int | None
    hot: float = HOT
    started: float = field(default_factory=monotonic)
    done: int = 0
    per_second: float = 0.0

    def left(self) -> float:
        """Seconds left; a large number when only iterations count."""
        return 1e9 if self.seconds is None else self.seconds - (monotonic() - self.started)

    def share(self, rounds_left: int) -> int:
        """Iterations for the next round."""
        if self.iterations is not None and self.seconds is None:
            return max(1, (self.iterations - self.done) // max(1, rounds_left))
        if self.per_second == 0.0:
            return FIRST_PASS
        by_time = int(self.per_second * max(0.0, self.left()) / max(1, rounds_left))
        return max(1, by_time if self.iterations is None else min(by_time, self.iterations - self.done))

    def is_over(self) -> bool:
        """Whether the time or the iterations are used up."""
        if self.iterations is not None and self.done >= self.iterations:
            return True
        return self.left() <= 0.0

    def note(self, iterations: int, seconds: float) -> None:
        """What a round did."""
        self.done += iterations
        if seconds > 0.0:
            self.per_second = iterations / seconds

    def temperature(self, share: float) -> float:
        """The temperature at this share of the work, in costs of a visit."""
        return float(self.hot * (COLD / self.hot) ** min(1.0, share))
