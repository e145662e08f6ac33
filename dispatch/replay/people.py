"""Requests and technicians as they stand at one moment of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.problem import Break, Shift, TimeWindow
from dispatch.replay.scenario import Request


class Stage(StrEnum):
    """How far a request is; the last four are final, and every request ends in exactly one of them."""

    NOT_CALLED = "not_called"
    WAITING = "waiting"
    PROMISED = "promised"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    DONE = "done"
    NO_ACCESS = "no_access"
    CANCELLED = "cancelled"
    UNPLACED = "unplaced"


FINAL = frozenset({Stage.DONE, Stage.NO_ACCESS, Stage.CANCELLED, Stage.UNPLACED})
SERVED = frozenset({Stage.EN_ROUTE, Stage.ON_SITE, Stage.DONE, Stage.NO_ACCESS})


@dataclass(slots=True)
class Tracked:
    """One request during a run. `promised` is the last window given, `first_promised` the one that is measured."""

    request: Request
    stage: Stage = Stage.NOT_CALLED
    promised: TimeWindow | None = None
    first_promised: TimeWindow | None = None
    shift_id: str | None = None
    start_seconds: float | None = None
    arrived_seconds: float | None = None
    ended_seconds: float | None = None
    times_moved: int = 0
    times_handed_on: int = 0
    is_told_late: bool = False

    @property
    def id(self) -> str:
        """The request's id."""
        return self.request.id


class Doing(StrEnum):
    """What a technician does right now."""

    NOT_BEGUN = "not_begun"
    FREE = "free"
    DRIVING = "driving"
    WAITING = "waiting"
    WORKING = "working"
    RESTING = "resting"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of a technician's day, from a location to a location (the same unless driving)."""

    doing: Doing
    from_seconds: float
    until_seconds: float
    from_location: int
    to_location: int
    request_id: str | None = None


@dataclass(slots=True)
class Worker:
    """One shift during a run.

    `free_at_seconds` is when the technician is expected to be free, as far as anybody knows; `order` the visits still
    to come, `rests` the breaks still to be taken. `turn` counts up whenever what was planned for him is overtaken.
    """

    shift: Shift
    here: int
    free_at_seconds: float
    rests: tuple[Break, ...]
    doing: Doing = Doing.NOT_BEGUN
    order: list[str] = field(default_factory=list)
    visit_id: str | None = None
    rest_on_arrival: Break | None = None
    is_ill: bool = False
    turn: int = 0
    home_seconds: float | None = None
    spells: list[Spell] = field(default_factory=list)

    @property
    def id(self) -> str:
        """The shift's id."""
        return self.shift.id

    @property
    def can_be_planned(self) -> bool:
        """Whether visits may still be given to this shift."""
        return self.doing is not Doing.GONE and not self.is_ill


def worker_of(shift: Shift) -> Worker:
    """The worker of a shift that has not begun."""
    rests = tuple(sorted(shift.breaks, key=lambda rest: (rest.window.from_seconds, rest.window.until_seconds)))
    return Worker(shift, shift.start_location, shift.from_seconds, rests)
