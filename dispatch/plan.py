"""A plan as plain frozen data: routes of stops, what could not be placed, and what the plan is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dispatch.problem import TimeWindow


@dataclass(frozen=True, slots=True)
class Stop:
    """One visit in a route: arrive, wait until the start of service, serve until the end. Seconds after the origin.

    A visit for a crew has a stop in each member's route, starting and ending together; all but the lead's help.
    """

    visit_id: str
    arrive_seconds: float
    start_seconds: float
    end_seconds: float
    travel_seconds: float
    travel_metres: float
    helps: bool = False


@dataclass(frozen=True, slots=True)
class PickUp:
    """A stop for tools and parts before the stop numbered `position` of its route.

    Service starts at `start_seconds` (None: on arrival; a part may still be on its way). `tools` and `parts` are what
    is taken along; with the objective total duration that is whatever is needed.
    """

    pick_up_point_id: str
    position: int
    arrive_seconds: float
    leave_seconds: float
    travel_seconds: float
    travel_metres: float
    start_seconds: float | None = None
    tools: frozenset[str] = frozenset()
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def service_seconds(self) -> float:
        """How long loading takes."""
        return self.leave_seconds - (self.arrive_seconds if self.start_seconds is None else self.start_seconds)


@dataclass(frozen=True, slots=True)
class Route:
    """One shift's stops in order; `leave_seconds` from the start, `return_seconds` back at the end.

    `break_starts_seconds` has one entry per break still to be taken, in the order of the breaks' windows; a break that
    falls before leaving or after returning costs nothing. A route without stops has none.
    """

    shift_id: str
    stops: tuple[Stop, ...]
    leave_seconds: float
    return_seconds: float
    break_starts_seconds: tuple[float, ...] = ()
    return_travel_seconds: float = 0.0
    return_metres: float = 0.0
    pick_ups: tuple[PickUp, ...] = ()


@dataclass(frozen=True, slots=True)
class UnplacedVisit:
    """A visit the plan has no place for, with the reason's code: see `dispatch.explain.name_reason`."""

    visit_id: str
    reason: str


@dataclass(frozen=True, slots=True, order=True)
class Score:
    """What a plan is worth, smaller is better, compared level by level (D4).

    A visit left unplaced breaks its commitment and its promise too. `cost_cents` is the file's own unit in benchmarks.
    """

    broken_commitments: int
    broken_promises: int
    unplaced_priority: int
    cost_cents: float
    changes_told: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Routes and what is left over. `trace` says how it came about (iterations, seconds, who won)."""

    routes: tuple[Route, ...]
    unplaced: tuple[UnplacedVisit, ...]
    score: Score
    trace: dict[str, float | int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule a plan breaks: the rule's name, who and where, and the numbers that prove it."""

    rule: str
    visit_id: str | None
    shift_id: str | None
    detail: str


@dataclass(frozen=True, slots=True)
class QuotedWindow:
    """One proven place for one more visit, starting inside `window` at `start_seconds`.

    In `shift_id` before stop `position`, for `extra_cost_cents` more; and whether that keeps the visit's deadline. The
    shift of a crew visit is the lead's, `helper_shift_ids` are the others'.
    """

    window: TimeWindow
    shift_id: str
    position: int
    start_seconds: float
    extra_cost_cents: float
    is_inside_commitment: bool
    helper_shift_ids: tuple[str, ...] = ()
