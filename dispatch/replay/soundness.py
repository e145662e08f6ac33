"""Whether a scenario can be played: one clear error naming the field, before anything is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from math import isfinite

from dispatch.problem import Problem
from dispatch.replay.scenario import Demand, Request, Scenario
from dispatch.validate import validate

HOURS, WEEKDAYS = 24, 7


class ScenarioError(ValueError):
    """The scenario cannot be played; the message names the field and what is wrong with it."""

    def __init__(self, field: str, trouble: str) -> None:
        """Say where and what."""
        super().__init__(f"{field}: {trouble}")


def check_scenario(scenario: Scenario) -> None:
    """Raise `ScenarioError` for the first thing that is wrong, `ProblemError` for a shift or a matrix that is."""
    if not isfinite(scenario.until_seconds) or scenario.until_seconds <= 0:
        raise ScenarioError("days", "the period is empty")
    travel = scenario.travel()
    validate(Problem(visits=(), shifts=scenario.shifts, travel=travel))
    count = travel.seconds.shape[0]
    _refuse_twins("requests", (request.id for request in scenario.requests))
    for request in scenario.requests:
        _check_request(request, count)
    if scenario.demand is not None:
        _check_demand(scenario.demand, count)
    if not scenario.requests and scenario.demand is None:
        raise ScenarioError("requests", "there are none, and there is no demand to draw any from")
    _check_policy(scenario)
    for name in ("illness_share", "cancellation_share", "no_access_share"):
        _check_share(f"chances.{name}", getattr(scenario.chances, name))
    _check_share("policy.reserve_share", scenario.policy.reserve_share)


def _refuse_twins(field: str, ids: Iterable[str]) -> None:
    for identity, count in Counter(ids).items():
        if count > 1:
            raise ScenarioError(field, f"the id {identity!r} is used {count} times")


def _check_place(field: str, location: int, count: int) -> None:
    if not 0 <= location < count:
        raise ScenarioError(field, f"there is no place {location}; they are numbered from 0 to {count - 1}")


def _check_share(field: str, share: float) -> None:
    if not 0.0 <= share <= 1.0:
        raise ScenarioError(field, f"{share} is not between 0 and 1")


def _check_request(request: Request, count: int) -> None:
    field = f"request {request.id}"
    _check_place(f"{field}: place", request.location, count)
    if request.duration_seconds < 0:
        raise ScenarioError(f"{field}: duration_minutes", "it is negative")
    if request.commitment_seconds is not None and request.commitment_seconds <= 0:
        raise ScenarioError(f"{field}: commitment_hours", "it is not above zero; null where nothing was agreed")
    if request.real_duration_seconds is not None and request.real_duration_seconds < 0:
        raise ScenarioError(f"{field}: real_duration_minutes", "it is negative")
    promised = request.promised
    if promised is not None and promised.until_seconds < promised.from_seconds:
        raise ScenarioError(f"{field}: promised", "the window ends before it begins")
    if promised is not None and request.called_seconds > 0:
        raise ScenarioError(f"{field}: promised", "only what was called in before the start can stand promised")


def _check_demand(demand: Demand, count: int) -> None:
    if not isfinite(demand.calls_per_day) or demand.calls_per_day < 0:
        raise ScenarioError("demand.calls_per_day", f"{demand.calls_per_day} is no number of calls")
    for name, weights, expected in (
        ("hour_weights", demand.hour_weights, HOURS),
        ("weekday_factors", demand.weekday_factors, WEEKDAYS),
        ("kinds", tuple(kind.weight for kind in demand.kinds), None),
        ("districts", tuple(district.weight for district in demand.districts), None),
    ):
        if expected is not None and len(weights) != expected:
            raise ScenarioError(f"demand.{name}", f"there are {len(weights)}, not {expected}")
        if any(not isfinite(weight) or weight < 0 for weight in weights) or sum(weights) <= 0:
            raise ScenarioError(f"demand.{name}", "the weights have to be zero or more, and not all zero")
    for district in demand.districts:
        if not district.locations:
            raise ScenarioError(f"demand: district {district.code}: places", "there are none")
        for location in district.locations:
            _check_place(f"demand: district {district.code}: places", location, count)


def _check_policy(scenario: Scenario) -> None:
    policy = scenario.policy
    for name in ("window_minutes", "offer_count", "offer_rounds", "solve_iterations", "replan_iterations"):
        if getattr(policy, name) < 1:
            raise ScenarioError(f"policy.{name}", f"{getattr(policy, name)} is less than one")
    if policy.margin_minutes >= policy.window_minutes:
        raise ScenarioError("policy.margin_minutes", f"{policy.margin_minutes} leaves nothing of the window")
    if not 0 <= policy.publish_at_hour < HOURS:
        raise ScenarioError("policy.publish_at_hour", f"{policy.publish_at_hour} is no hour of the day")
