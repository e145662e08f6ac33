"""What is replayed or tried out, as plain frozen data: team, requests or demand, policy, people's habits, chance.

All times are seconds after the scenario's origin, which stands for `origin_hour` local time on `origin_weekday`.
Nothing here decides anything; `dispatch.replay.simulation` plays it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dispatch.problem import Prices, Shift, TimeWindow, Travel
from dispatch.risk.spreads import Spreads
from dispatch.straight_line import straight_line_travel

HOUR_SECONDS = 3600.0
MINUTE_SECONDS = 60.0
DAY_SECONDS = 86_400.0


class OfferRule(StrEnum):
    """Which of the windows that fit are read to a caller; `PRODUCT`: the earliest, then the cheapest by day."""

    PRODUCT = "product"
    EARLIEST = "earliest"
    CHEAPEST = "cheapest"


class ChoiceRule(StrEnum):
    """How a caller picks among the windows offered; see `dispatch.replay.choices`."""

    EARLIEST = "earliest"
    AS_THEN = "as_then"
    BY_TASTE = "by_taste"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the organisation decides: windows, freeze, publication, and how hard the planner searches.

    With `margin_minutes` the planner keeps the end of every promised window free, for what takes longer than planned.
    `reserve_share` of each shift's hours is kept from visits below `reserve_below_priority` (D15). The customer of a
    visit that would begin more than `move_after_minutes` after its window is asked for another window; a smaller
    delay is only told. `publish_at_hour` is when the day is solved and goes out. Iterations, not seconds, limit the
    searches, so that a replay repeats itself.
    """

    window_minutes: int = 120
    margin_minutes: int = 0
    offer_count: int = 3
    offer_rounds: int = 2
    offer_rule: OfferRule = OfferRule.PRODUCT
    offer_lead_minutes: int = 30
    offer_beyond_hours: float = 24.0
    night_from_hour: int = 22
    night_until_hour: int = 7
    horizon_hours: float = 72.0
    freeze_minutes: float = 60.0
    publish_at_hour: float = 6.5
    reserve_share: float = 0.0
    reserve_below_priority: int = 60
    leave_early_minutes: float = 8.0
    overrun_notice_minutes: float = 15.0
    move_after_minutes: float = 120.0
    solve_iterations: int = 300
    replan_iterations: int = 100


@dataclass(frozen=True, slots=True)
class Chances:
    """What happens to people: shares between 0 and 1, each drawn per request or per shift.

    A technician who falls ill says so at some moment between an hour before the shift and its end. A customer who
    cancels does so between the call and the window. Where nobody opens, the technician leaves after
    `no_access_minutes`.
    """

    illness_share: float = 0.0
    cancellation_share: float = 0.0
    no_access_share: float = 0.0
    no_access_minutes: float = 10.0


@dataclass(frozen=True, slots=True)
class Taste:
    """How callers choose. `BY_TASTE` weighs waiting and night hours against a liking drawn per caller and window.

    The dislike of a window is `per_hour` for each hour until it starts, plus `of_night` by night; the liking is drawn
    from a standard Gumbel distribution (a logit model). A caller takes no window at all when none is liked better
    than `of_none`, and is then read the next ones.
    """

    rule: ChoiceRule = ChoiceRule.EARLIEST
    per_hour: float = 0.15
    of_night: float = 4.0
    of_none: float = 12.0


@dataclass(frozen=True, slots=True)
class Request:
    """One matter that asks for one visit.

    `commitment_seconds` is the agreed time from the call to the arrival; None when nothing was agreed. A request
    called in before the origin may stand with the window `promised` then, at `shift_id`; with `is_locked` it may not
    change its technician. `wished_from_seconds` is the start of the window really chosen, `real_duration_seconds` the
    time really spent on site, `cancels_seconds` when the customer really cancelled, `is_no_access` whether nobody
    opened: where they are None, chance decides.
    """

    id: str
    called_seconds: float
    location: int
    duration_seconds: float
    commitment_seconds: float | None = DAY_SECONDS
    skills: Mapping[str, int] = field(default_factory=dict)
    territory: str | None = None
    priority: int = 50
    required_technician_ids: frozenset[str] = frozenset()
    refused_technician_ids: frozenset[str] = frozenset()
    promised: TimeWindow | None = None
    shift_id: str | None = None
    is_locked: bool = False
    wished_from_seconds: float | None = None
    real_duration_seconds: float | None = None
    cancels_seconds: float | None = None
    is_no_access: bool | None = None

    @property
    def deadline_seconds(self) -> float | None:
        """When somebody has to be there."""
        return None if self.commitment_seconds is None else self.called_seconds + self.commitment_seconds


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of request the demand is mixed of, by weight."""

    code: str
    weight: float
    duration_seconds: float
    skills: Mapping[str, int] = field(default_factory=dict)
    priority: int = 50
    commitment_seconds: float | None = DAY_SECONDS


@dataclass(frozen=True, slots=True)
class District:
    """Where requests come from, by weight: one of its locations, each as likely as the other."""

    code: str
    weight: float
    locations: tuple[int, ...]
    territory: str | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """Requests to be drawn: a Poisson process whose rate follows the hour of the day and the day of the week.

    `calls_per_day` is the mean of a day with weekday factor 1; `hour_weights` (24) spread it over the day;
    `weekday_factors` (7) start with Monday.
    """

    calls_per_day: float
    hour_weights: tuple[float, ...]
    kinds: tuple[Kind, ...]
    districts: tuple[District, ...]
    weekday_factors: tuple[float, ...] = (1.0,) * 7


@dataclass(frozen=True, slots=True)
class StraightLine:
    """Travel without a road server, as `dispatch.straight_line_travel` works it out."""

    circuity: float = 1.35
    speed_km_per_hour: float = 28.0
    buffer_seconds: float = 300.0
    hour_factors: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A day or a week. Calls come in from the origin until `until_seconds`; then what is promised is still played.

    `places` are latitude and longitude in degrees; locations are numbers in it. With `matrix` given, travel is taken
    from it instead of the straight line. Shifts that start inside the period are the ones measured.
    """

    name: str
    until_seconds: float
    places: tuple[tuple[float, float], ...]
    shifts: tuple[Shift, ...]
    requests: tuple[Request, ...] = ()
    demand: Demand | None = None
    policy: Policy = field(default_factory=Policy)
    chances: Chances = field(default_factory=Chances)
    taste: Taste = field(default_factory=Taste)
    spreads: Spreads = field(default_factory=Spreads)
    prices: Prices = field(default_factory=Prices)
    roads: StraightLine = field(default_factory=StraightLine)
    matrix: Travel | None = None
    origin_hour: float = 0.0
    origin_weekday: int = 0
    starts_at: str = ""

    def travel(self) -> Travel:
        """Seconds and metres between all places."""
        if self.matrix is not None:
            return self.matrix
        return straight_line_travel(
            self.places,
            circuity=self.roads.circuity,
            speed_km_per_hour=self.roads.speed_km_per_hour,
            buffer_seconds=self.roads.buffer_seconds,
            hour_factors=self.roads.hour_factors,
            origin_hour=self.origin_hour,
        )
