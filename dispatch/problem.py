"""The planning problem as plain frozen data: what has to be done, by whom, over which roads, under which rules.

All times are seconds after the problem's origin (an instant the caller knows), all distances metres, all money cents.
Nothing here decides anything; `dispatch.check` says whether a plan keeps the rules, `dispatch.solver` makes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

FloatMatrix = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """From `from_seconds` until `until_seconds`, the end included (a start of service at the end still counts)."""

    from_seconds: float
    until_seconds: float


class LockKind(StrEnum):
    """What a locked visit may not change: D6, and the four kinds dispatchers know from their boards."""

    TIME_RANGE = "time_range"
    TECHNICIAN = "technician"
    TIME = "time"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Lock:
    """A visit pinned by a person; the pinned values are those of `Visit.current`, or `range` for a time range.

    A visit locked in `BOTH` is pinned: it keeps shift and start of service, whatever its windows and skills say,
    because a person has decided. A `TIME` lock likewise overrides the visit's windows.
    """

    kind: LockKind
    range: TimeWindow | None = None


class VisitKind(StrEnum):
    """What a visit is for: time reserved for repairs is closed to the others (D15)."""

    REPAIR = "repair"
    PREVENTIVE = "preventive"
    INSTALLATION = "installation"


@dataclass(frozen=True, slots=True)
class Assignment:
    """Where a visit stands in the plan people know: shift, start of service, and whether they were told.

    The shift of a crew visit is the lead's; `other_shift_ids` are the helpers'.
    """

    shift_id: str
    start_seconds: float
    is_told: bool = False
    other_shift_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Visit:
    """One trip to one site.

    `time_windows` bound the start of service. `deadline_seconds` is the commitment (D1): starting later breaks it.
    `promised_window` is what the customer was told (D5): starting outside it breaks the promise.
    `skills` maps a skill to the lowest level that will do. `crew_size` technicians start together and stay for
    `duration_seconds`: one leads and keeps every rule a single technician would have to, with the tools and parts on
    his van; the others help, and need only work in the territory and not be refused (D2). The visit starts after the
    end of those in `must_follow_ids`, whoever does them.
    `duration_seconds_by_grade` says how long technicians of a grade take; the others take `duration_seconds`.
    Whoever goes speaks one of `languages`, if there are any; `preferred_language` only has a price.
    """

    id: str
    location: int
    duration_seconds: float
    time_windows: tuple[TimeWindow, ...] = ()
    release_seconds: float | None = None
    deadline_seconds: float | None = None
    lateness_cents_per_minute: float = 0.0
    promised_window: TimeWindow | None = None
    priority: int = 50
    skills: Mapping[str, int] = field(default_factory=dict)
    required_technician_ids: frozenset[str] = frozenset()
    preferred_technician_ids: frozenset[str] = frozenset()
    refused_technician_ids: frozenset[str] = frozenset()
    territory: str | None = None
    tools: frozenset[str] = frozenset()
    parts: Mapping[str, int] = field(default_factory=dict)
    crew_size: int = 1
    must_follow_ids: tuple[str, ...] = ()
    lock: Lock | None = None
    current: Assignment | None = None
    duration_seconds_by_grade: Mapping[str, float] = field(default_factory=dict)
    kind: VisitKind = VisitKind.REPAIR
    languages: frozenset[str] = frozenset()
    preferred_language: str | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """A rest that must start inside its window, between two stops, when the technician works across it."""

    duration_seconds: float
    window: TimeWindow


@dataclass(frozen=True, slots=True)
class Shift:
    """One technician's working time on one day: the planner's vehicle.

    Overtime is the time after `until_seconds`, at most `overtime_limit_seconds`, at its own price.
    `available_from_seconds` and `start_location` say where a shift that has already begun stands now: visits that have
    been started are left out of the problem, and the shift goes on from the end of the last of them. A break whose
    window closed before that moment counts as taken; a break taken early is left out by the caller.
    `end_location` None ends the route at its last stop. Empty `territories` means anywhere.
    `max_travel_seconds` and `max_visits` bound the whole route. Work beyond `target_work_seconds` has a price, so that
    load is shared fairly (D3). `reserved_seconds` of the shift are kept for repairs: visits of other kinds take the
    rest of its length at most, counted in their `duration_seconds`, whatever the grade (D15).
    """

    id: str
    technician_id: str
    from_seconds: float
    until_seconds: float
    start_location: int
    end_location: int | None
    skills: Mapping[str, int] = field(default_factory=dict)
    territories: frozenset[str] = frozenset()
    tools: frozenset[str] = frozenset()
    parts: Mapping[str, int] = field(default_factory=dict)
    breaks: tuple[Break, ...] = ()
    overtime_limit_seconds: float = 0.0
    available_from_seconds: float | None = None
    speed_factor: float = 1.0
    max_travel_seconds: float | None = None
    max_visits: int | None = None
    grade: str | None = None
    target_work_seconds: float | None = None
    languages: frozenset[str] = frozenset()
    reserved_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Travel:
    """Seconds and metres between locations, row to column; an infinite number of seconds means there is no road.

    `hour_factors` (24 of them, or none) stretch driving by the local hour of day it happens in: with factor 1.5 at
    eight o'clock the part of a drive between 8:00 and 9:00 takes half as long again. Leaving later therefore never
    means arriving earlier. `origin_hour` is the local hour of the day at the problem's origin.
    """

    seconds: FloatMatrix
    metres: FloatMatrix
    hour_factors: tuple[float, ...] = ()
    origin_hour: float = 0.0


@dataclass(frozen=True, slots=True)
class Prices:
    """What the fourth level of the objective (cost) is made of, in cents."""

    travel_cents_per_minute: float = 100.0
    waiting_cents_per_minute: float = 20.0
    overtime_cents_per_minute: float = 200.0
    shift_use_cents: float = 0.0
    refused_preference_cents: float = 2000.0
    over_qualified_cents: float = 100.0
    change_cents_per_person_told: float = 5000.0
    unfair_cents_per_minute: float = 50.0
    other_language_cents: float = 1000.0


@dataclass(frozen=True, slots=True)
class PickUpPoint:
    """A place where technicians get tools and parts before what needs them (P2).

    `tools` and `parts` (how many in all) are what it stocks; None means everything, in any number.
    `part_arrivals_seconds` says from when on a part that is still on its way can be had. In the product's objective a
    route may stop at several points; with the total duration there is one point, stocking everything, and one stop.
    """

    id: str
    location: int
    duration_seconds: float = 0.0
    tools: frozenset[str] | None = None
    parts: Mapping[str, int] | None = None
    part_arrivals_seconds: Mapping[str, float] = field(default_factory=dict)


class ObjectiveKind(StrEnum):
    """`PRODUCT` is D4's order of levels; the others are the objectives of the published benchmarks."""

    PRODUCT = "product"
    TOTAL_DURATION = "total_duration"
    TOTAL_DISTANCE = "total_distance"
    CITY_DAY = "city_day"


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything a solve needs. `freeze_until_seconds`: what starts before it does not move (D6)."""

    visits: tuple[Visit, ...]
    shifts: tuple[Shift, ...]
    travel: Travel
    prices: Prices = field(default_factory=Prices)
    objective: ObjectiveKind = ObjectiveKind.PRODUCT
    freeze_until_seconds: float | None = None
    pick_up_points: tuple[PickUpPoint, ...] = ()
