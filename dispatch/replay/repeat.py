"""Many runs of one or several scenarios, side by side: the same luck for all, in parallel, until enough is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass

from dispatch.replay.figures import NAMES, Figures
from dispatch.replay.intervals import Estimate, estimate, estimate_difference
from dispatch.replay.scenario import Scenario
from dispatch.replay.simulation import simulate

BATCH_RUNS = 8
"""Whether enough is known is asked after every so many runs, whatever the number of workers."""
LOOK_EVERY_SECONDS = 0.2

Progress = Callable[[int, int], None]
Row = tuple[Figures, ...]


class NothingToReplay(ValueError):
    """There is no scenario, or no run was asked for."""


@dataclass(frozen=True, slots=True)
class Precision:
    """Stop early when a figure's interval is at most this far from its mean on both sides.

    With several scenarios it is the interval of the difference to the first one, for each of the others.
    """

    figure: str
    half_width: float

    def __post_init__(self) -> None:
        """Refuse a figure nobody counts."""
        if self.figure not in NAMES:
            raise NothingToReplay(f"there is no figure {self.figure!r}; there are {', '.join(NAMES)}")


@dataclass(frozen=True, slots=True)
class Replayed:
    """The runs of one scenario."""

    scenario: str
    runs: tuple[Figures, ...]

    def values(self, figure: str) -> list[float]:
        """One figure, run by run."""
        return [float(getattr(run, figure)) for run in self.runs]

    def estimates(self) -> Mapping[str, Estimate]:
        """Every figure's mean with its interval."""
        return {name: estimate(self.values(name)) for name in NAMES}


@dataclass(frozen=True, slots=True)
class Results:
    """What came out, in the order of the scenarios asked for; `is_cancelled` when somebody ended it early."""

    replayed: tuple[Replayed, ...]
    seed: int
    is_cancelled: bool = False

    def differences(self, number: int = 1) -> Mapping[str, Estimate]:
        """What scenario `number` has more than the first, paired run by run; needs a run at least."""
        base, other = self.replayed[0], self.replayed[number]
        return {name: estimate_difference(base.values(name), other.values(name)) for name in NAMES}


def _ignore(_done: int, _of: int) -> None:
    """Nobody watches."""


def _go_on() -> bool:
    return False


def replay(
    scenarios: Sequence[Scenario],
    *,
    runs: int,
    seed: int = 1,
    executor: Executor | None = None,
    until: Precision | None = None,
    on_progress: Progress = _ignore,
    is_cancelled: Callable[[], bool] = _go_on,
) -> Results:
    """Play every scenario `runs` times, run number n of each with the same luck.

    The figures depend on scenarios, seed and runs, not on the executor or its number of workers. `until` ends it after
    a batch of runs in which enough is known. `on_progress` hears of runs done and asked for. When `is_cancelled` says
    so, what has been finished up to the first unfinished run comes back, which may be nothing.
    """
    if not scenarios or runs < 1:
        raise NothingToReplay("give at least one scenario and one run")
    done: list[Row] = []
    is_off = False
    while len(done) < runs and not is_off and not _is_known(done, until):
        numbers = range(len(done), min(runs, len(done) + BATCH_RUNS))
        rows, is_off = _play(scenarios, numbers, seed, executor, lambda count: on_progress(count, runs), is_cancelled)
        done += rows
    replayed = tuple(
        Replayed(scenario.name, tuple(row[number] for row in done)) for number, scenario in enumerate(scenarios)
    )
    return Results(replayed, seed, is_off)


def play_run(scenarios: Sequence[Scenario], seed: int, run: int) -> Row:
    """One run of every scenario: what a worker is given."""
    return tuple(simulate(scenario, seed=seed, run=run).figures for scenario in scenarios)


@dataclass(frozen=True, slots=True)
class ReplayTask:
    """One run of scenarios side by side, for whoever hands runs out one by one."""

    scenarios: tuple[Scenario, ...]
    seed: int
    run: int


def play_task(task: ReplayTask) -> Row:
    """Play one run: what a worker does."""
    return play_run(task.scenarios, task.seed, task.run)


def _play(
    scenarios: Sequence[Scenario],
    numbers: range,
    seed: int,
    executor: Executor | None,
    on_done: Callable[[int], None],
    is_cancelled: Callable[[], bool],
) -> tuple[list[Row], bool]:
    """The rows of these runs, and whether somebody cancelled before they were complete."""
    if executor is None:
        rows: list[Row] = []
        for number in numbers:
            if is_cancelled():
                return rows, True
            rows.append(play_run(scenarios, seed, number))
            on_done(number + 1)
        return rows, False
    futures = [executor.submit(play_run, tuple(scenarios), seed, number) for number in numbers]
    is_off = _wait(futures, numbers.start, on_done, is_cancelled)
    rows = []
    for future in futures:
        if not future.done() or future.cancelled():
            break
        rows.append(future.result())
    return rows, is_off


def _wait(
    futures: Sequence[Future[Row]], before: int, on_done: Callable[[int], None], is_cancelled: Callable[[], bool]
) -> bool:
    open_: set[Future[Row]] = set(futures)
    while open_:
        if is_cancelled():
            for future in open_:
                future.cancel()
            return True
        _, open_ = wait(open_, timeout=LOOK_EVERY_SECONDS, return_when=FIRST_COMPLETED)
        on_done(before + len(futures) - len(open_))
    return False


def _is_known(done: Sequence[Row], until: Precision | None) -> bool:
    if until is None or len(done) < BATCH_RUNS:
        return False
    columns = [[float(getattr(figures, until.figure)) for figures in column] for column in zip(*done, strict=True)]
    if len(columns) == 1:
        return estimate(columns[0]).half_width <= until.half_width
    return all(estimate_difference(columns[0], other).half_width <= until.half_width for other in columns[1:])
