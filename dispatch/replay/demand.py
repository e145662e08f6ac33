"""Which requests come in during one run of a demand model."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import exp, sqrt
from statistics import NormalDist

from dispatch.replay.draws import Draws
from dispatch.replay.scenario import HOUR_SECONDS, Demand, Request, Scenario

HOURS = 24
WEEKDAYS = 7
LARGEST_MEAN = 500.0
"""Calls in one hour up to which the sum is taken; above, the normal law is near enough and does not underflow."""


def draw_requests(scenario: Scenario, draws: Draws) -> tuple[Request, ...]:
    """The given requests and those drawn from the demand, in the order in which they are called in.

    More demand adds requests and leaves those of less demand as they are, as long as the mix is the same.
    """
    drawn = [] if scenario.demand is None else _draw(scenario, scenario.demand, draws)
    return tuple(sorted((*scenario.requests, *drawn), key=lambda request: (request.called_seconds, request.id)))


def mean_calls(demand: Demand, *, hour: int, weekday: int) -> float:
    """Calls to be expected in one hour of a day."""
    total = sum(demand.hour_weights)
    return demand.calls_per_day * demand.weekday_factors[weekday] * demand.hour_weights[hour] / total


def _draw(scenario: Scenario, demand: Demand, draws: Draws) -> list[Request]:
    requests = []
    first = int(scenario.origin_hour)
    begin = (first - scenario.origin_hour) * HOUR_SECONDS
    number = 0
    while begin < scenario.until_seconds:
        days, hour = divmod(first + number, HOURS)
        mean = mean_calls(demand, hour=hour, weekday=(scenario.origin_weekday + days) % WEEKDAYS)
        count = poisson_at(mean, draws.uniform("calls", str(number)))
        for index in range(count):
            request = _one(demand, draws, f"drawn:{number}:{index}", begin)
            if 0.0 <= request.called_seconds < scenario.until_seconds:
                requests.append(request)
        number += 1
        begin += HOUR_SECONDS
    return requests


def _one(demand: Demand, draws: Draws, identity: str, begin: float) -> Request:
    kind = demand.kinds[_index_at([kind.weight for kind in demand.kinds], draws.uniform("kind", identity))]
    weights = [district.weight for district in demand.districts]
    district = demand.districts[_index_at(weights, draws.uniform("district", identity))]
    place = int(draws.uniform("place", identity) * len(district.locations))
    return Request(
        id=identity,
        called_seconds=begin + draws.uniform("minute", identity) * HOUR_SECONDS,
        location=district.locations[place],
        duration_seconds=kind.duration_seconds,
        commitment_seconds=kind.commitment_seconds,
        skills=kind.skills,
        territory=district.territory,
        priority=kind.priority,
    )


def _index_at(weights: Sequence[float], uniform: float) -> int:
    sums = list(accumulate(weights))
    return min(bisect_right(sums, uniform * sums[-1]), len(sums) - 1)


def poisson_at(mean: float, uniform: float) -> int:
    """The Poisson number at a quantile: never smaller for a larger mean or a larger quantile."""
    if mean > LARGEST_MEAN:
        return max(0, round(NormalDist(mean, sqrt(mean)).inv_cdf(uniform)))
    count, chance = 0, exp(-mean)
    sum_ = chance
    while sum_ < uniform and chance > 0.0:
        count += 1
        chance *= mean / count
        sum_ += chance
    return count
