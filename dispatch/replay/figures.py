"""What a run came to in numbers (R, D16), and which way is better."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import Enum

from dispatch.replay.people import Doing, Spell, Stage, Tracked, Worker
from dispatch.replay.scenario import HOUR_SECONDS, MINUTE_SECONDS, Scenario

PERCENT = 100.0


class Better(Enum):
    """Which way a figure should go."""

    MORE = "more"
    LESS = "less"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Figures:
    """One run in numbers.

    Commitments: of the requests with an agreed time that did not cancel before it ran out, the share whose technician
    arrived in time. Promises: of the windows promised first, and not cancelled, the share in which work began by the
    window's end: promising again cannot hide a miss. Both are 100 where there was nothing to keep. Working and driving
    are counted over the shifts that start inside the period; `utilisation_percent` is their part of the hours of those
    who came to work. `late_minutes` are minutes after the end of the promised window, over all visits.
    """

    requests: float
    commitments_kept_percent: float
    promises_kept_percent: float
    unplaced: float
    done: float
    cancelled: float
    no_access: float
    customers_moved: float
    customers_told_late: float
    customers_handed_on: float
    late_minutes: float
    hours_to_arrival: float
    overtime_minutes: float
    travel_minutes: float
    work_minutes: float
    utilisation_percent: float
    visits_per_shift: float
    shifts_ill: float


BETTER: Mapping[str, Better] = {
    "requests": Better.NEITHER,
    "commitments_kept_percent": Better.MORE,
    "promises_kept_percent": Better.MORE,
    "unplaced": Better.LESS,
    "done": Better.MORE,
    "cancelled": Better.NEITHER,
    "no_access": Better.NEITHER,
    "customers_moved": Better.LESS,
    "customers_told_late": Better.LESS,
    "customers_handed_on": Better.LESS,
    "late_minutes": Better.LESS,
    "hours_to_arrival": Better.LESS,
    "overtime_minutes": Better.LESS,
    "travel_minutes": Better.LESS,
    "work_minutes": Better.NEITHER,
    "utilisation_percent": Better.NEITHER,
    "visits_per_shift": Better.NEITHER,
    "shifts_ill": Better.NEITHER,
}
NAMES = tuple(field.name for field in fields(Figures))


def measure(scenario: Scenario, requests: Iterable[Tracked], workers: Iterable[Worker]) -> Figures:
    """Count what a run left behind."""
    all_ = list(requests)
    crew = [worker for worker in workers if 0.0 <= worker.shift.from_seconds < scenario.until_seconds]
    present = [worker for worker in crew if worker.spells or not worker.is_ill]
    owed = [tracked for tracked in all_ if _is_owed(tracked)]
    promised = [tracked for tracked in all_ if tracked.first_promised and tracked.stage is not Stage.CANCELLED]
    arrived = [tracked for tracked in all_ if tracked.arrived_seconds is not None]
    travel = _minutes(crew, Doing.DRIVING)
    work = _minutes(crew, Doing.WORKING)
    hours = sum(worker.shift.until_seconds - worker.shift.from_seconds for worker in present) / MINUTE_SECONDS
    visits = sum(spell.doing is Doing.WORKING for worker in crew for spell in worker.spells)
    return Figures(
        requests=len(all_),
        commitments_kept_percent=_share(map(_is_in_time, owed)),
        promises_kept_percent=_share(map(_is_as_promised, promised)),
        unplaced=_count(all_, Stage.UNPLACED),
        done=_count(all_, Stage.DONE),
        cancelled=_count(all_, Stage.CANCELLED),
        no_access=_count(all_, Stage.NO_ACCESS),
        customers_moved=sum(tracked.times_moved > 0 for tracked in all_),
        customers_told_late=sum(tracked.is_told_late for tracked in all_),
        customers_handed_on=sum(tracked.times_handed_on > 0 for tracked in all_),
        late_minutes=sum(map(_late_minutes, arrived)),
        hours_to_arrival=_mean([_wait_hours(tracked) for tracked in arrived]),
        overtime_minutes=sum(map(_overtime_minutes, crew)),
        travel_minutes=travel,
        work_minutes=work,
        utilisation_percent=PERCENT * (travel + work) / hours if hours else 0.0,
        visits_per_shift=visits / len(present) if present else 0.0,
        shifts_ill=sum(worker.is_ill for worker in crew),
    )


def _count(requests: Iterable[Tracked], stage: Stage) -> int:
    return sum(tracked.stage is stage for tracked in requests)


def _share(kept: Iterable[bool]) -> float:
    each = list(kept)
    return PERCENT * sum(each) / len(each) if each else PERCENT


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _is_owed(tracked: Tracked) -> bool:
    deadline, ended = tracked.request.deadline_seconds, tracked.ended_seconds
    is_called_off = (
        tracked.stage is Stage.CANCELLED and ended is not None and deadline is not None and ended <= deadline
    )
    return deadline is not None and not is_called_off


def _is_in_time(tracked: Tracked) -> bool:
    deadline, arrived = tracked.request.deadline_seconds, tracked.arrived_seconds
    return deadline is not None and arrived is not None and arrived <= deadline


def _is_as_promised(tracked: Tracked) -> bool:
    window, arrived = tracked.first_promised, tracked.arrived_seconds
    return window is not None and arrived is not None and arrived <= window.until_seconds


def _late_minutes(tracked: Tracked) -> float:
    window, arrived = tracked.promised, tracked.arrived_seconds
    if window is None or arrived is None:
        return 0.0
    return max(0.0, arrived - window.until_seconds) / MINUTE_SECONDS


def _wait_hours(tracked: Tracked) -> float:
    return ((tracked.arrived_seconds or 0.0) - tracked.request.called_seconds) / HOUR_SECONDS


def _overtime_minutes(worker: Worker) -> float:
    if worker.home_seconds is None:
        return 0.0
    return max(0.0, worker.home_seconds - worker.shift.until_seconds) / MINUTE_SECONDS


def _minutes(crew: Iterable[Worker], doing: Doing) -> float:
    spells: Iterable[Spell] = (spell for worker in crew for spell in worker.spells if spell.doing is doing)
    return sum(spell.until_seconds - spell.from_seconds for spell in spells) / MINUTE_SECONDS
