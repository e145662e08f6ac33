"""Which windows are offered to a caller and which one the caller takes.

The offers are the product's own rule, stated a second time because the planner imports nothing of ours; a test holds
the two beside each other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import ceil

from dispatch.problem import TimeWindow
from dispatch.replay.draws import Draws
from dispatch.replay.scenario import (
    DAY_SECONDS,
    HOUR_SECONDS,
    MINUTE_SECONDS,
    ChoiceRule,
    OfferRule,
    Policy,
    Request,
    Taste,
)

HOURS = 24


@dataclass(frozen=True, slots=True)
class Ranked:
    """A window that somebody can keep, what it costs more, and whether it ends inside the commitment."""

    window: TimeWindow
    extra_cost_cents: float
    is_inside: bool


def local_hour(at_seconds: float, *, origin_hour: float) -> int:
    """The hour of the local day."""
    return int((at_seconds / HOUR_SECONDS + origin_hour) % HOURS)


def candidate_windows(
    policy: Policy, *, now: float, deadline: float | None, origin_hour: float
) -> tuple[TimeWindow, ...]:
    """Windows worth asking about: on the day's grid, after the lead, until some hours after the deadline."""
    until = min(
        now + policy.horizon_hours * HOUR_SECONDS,
        max(now if deadline is None else deadline, now) + policy.offer_beyond_hours * HOUR_SECONDS,
    )
    length = policy.window_minutes * MINUTE_SECONDS
    earliest = now + policy.offer_lead_minutes * MINUTE_SECONDS
    midnight = -origin_hour * HOUR_SECONDS
    starts: list[float] = []
    day = midnight + (earliest - midnight) // DAY_SECONDS * DAY_SECONDS
    per_day = ceil(DAY_SECONDS / length)
    while day < until:
        grid = (day + index * length for index in range(per_day))
        starts += [start for start in grid if earliest <= start < until]
        day += DAY_SECONDS
    return tuple(TimeWindow(start, start + length) for start in starts)


def shortlist(policy: Policy, windows: Sequence[Ranked], *, origin_hour: float) -> list[Ranked]:
    """The windows read out, in the order of time; those inside the commitment go before those outside."""

    def is_night(ranked: Ranked) -> bool:
        hour = local_hour(ranked.window.from_seconds, origin_hour=origin_hour)
        return hour >= policy.night_from_hour or hour < policy.night_until_hour

    inside = [ranked for ranked in windows if ranked.is_inside]
    pool = sorted(inside or windows, key=lambda ranked: ranked.window.from_seconds)
    by_cost = sorted(
        pool if policy.offer_rule is OfferRule.CHEAPEST else pool[1:],
        key=lambda ranked: (is_night(ranked), ranked.extra_cost_cents, ranked.window.from_seconds),
    )
    if policy.offer_rule is OfferRule.EARLIEST:
        chosen = pool[: policy.offer_count]
    elif policy.offer_rule is OfferRule.CHEAPEST:
        chosen = by_cost[: policy.offer_count]
    else:
        chosen = [*pool[:1], *by_cost[: policy.offer_count - 1]]
    return sorted(chosen, key=lambda ranked: ranked.window.from_seconds)


def choose(
    taste: Taste,
    policy: Policy,
    request: Request,
    offered: Collection[TimeWindow],
    *,
    now: float,
    origin_hour: float,
    draws: Draws,
) -> TimeWindow | None:
    """The window the caller takes, or None when none of them will do."""
    if not offered:
        return None
    by_time = sorted(offered, key=lambda window: window.from_seconds)
    wished = request.wished_from_seconds
    if taste.rule is ChoiceRule.AS_THEN and wished is not None:
        return min(by_time, key=lambda window: abs(window.from_seconds - wished))
    if taste.rule is not ChoiceRule.BY_TASTE:
        return by_time[0]

    def liking(window: TimeWindow) -> float:
        hour = local_hour(window.from_seconds, origin_hour=origin_hour)
        is_night = hour >= policy.night_from_hour or hour < policy.night_until_hour
        dislike = taste.per_hour * (window.from_seconds - now) / HOUR_SECONDS + taste.of_night * is_night
        # Named by the hour of the window, not by its place in the offer: the same caller likes it under any policy.
        return draws.gumbel("liking", f"{request.id}/{window.from_seconds:.0f}") - dislike

    best = max(by_time, key=liking)
    return best if liking(best) >= draws.gumbel("liking none", request.id) - taste.of_none else None
