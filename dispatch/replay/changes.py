"""What if: the same scenario with another policy or another team."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import fields, replace
from enum import StrEnum
from typing import Any

from dispatch.problem import Shift
from dispatch.replay.scenario import Policy, Scenario

_MORE = re.compile(r"^\+\s*(\d+)\s+(\S+)$")
_WITHOUT = re.compile(r"^-\s*(\S+)$")


class ChangeRefused(ValueError):
    """The change names a figure, territory or technician that the scenario does not have; the message says which."""


def with_policy(scenario: Scenario, changes: Mapping[str, str | float]) -> Scenario:
    """The scenario under a policy with some figures changed; texts are read as numbers."""
    values: dict[str, Any] = {name: _policy_value(name, value) for name, value in changes.items()}
    return replace(scenario, policy=replace(scenario.policy, **values))


def _policy_value(name: str, value: str | float) -> object:
    known = {field.name: getattr(Policy(), field.name) for field in fields(Policy)}
    if name not in known:
        raise ChangeRefused(f"policy: there is no {name}; there are {', '.join(known)}")
    default = known[name]
    try:
        if isinstance(default, StrEnum):
            return type(default)(str(value))
        number = type(default)(value)
    except ValueError as error:
        raise ChangeRefused(f"policy: {name}: {value!r} is no {_kind_of(default)}") from error
    if number != float(value) or not 0 <= number < float("inf"):
        raise ChangeRefused(f"policy: {name}: {value!r} is no {_kind_of(default)}")
    return number


def _kind_of(default: object) -> str:
    if isinstance(default, StrEnum):
        return f"word of {', '.join(type(default))}"
    return "whole number of zero or more" if isinstance(default, int) else "number of zero or more"


def with_team(scenario: Scenario, change: str) -> Scenario:
    """The scenario with `+1 north` (so many technicians more in a territory) or `-T04` (one technician less)."""
    more, without = _MORE.match(change.strip()), _WITHOUT.match(change.strip())
    if more is not None:
        return add_technicians(scenario, count=int(more[1]), territory=more[2])
    if without is not None:
        return without_technician(scenario, technician_id=without[1])
    raise ChangeRefused(f"team: {change!r} is neither like '+1 north' nor like '-T04'")


def add_technicians(scenario: Scenario, *, count: int, territory: str) -> Scenario:
    """So many technicians more, who work in this territory alone.

    Each is a copy (hours, skills, home) of one who works there today: those bound to the fewest territories first,
    then by number of shifts, then by name; night shifts are not copied as long as somebody works by day.
    """
    models = _models(scenario, territory)
    if not models:
        raise ChangeRefused(f"team: nobody works in the territory {territory!r}")
    shifts = list(scenario.shifts)
    for number in range(1, count + 1):
        model = models[(number - 1) % len(models)]
        name = f"{territory}+{number}"
        shifts += [_copy(shift, name, territory) for shift in scenario.shifts if shift.technician_id == model]
    label = f"{scenario.name}, +{count} {territory}"
    return replace(scenario, name=label, shifts=tuple(shifts))


def _models(scenario: Scenario, territory: str) -> list[str]:
    there = [shift for shift in scenario.shifts if territory in shift.territories]
    counts = Counter(shift.technician_id for shift in there)
    bound = {shift.technician_id: len(shift.territories) for shift in there}
    by_night = {shift.technician_id for shift in there if _is_at_night(scenario, shift)}
    return sorted(counts, key=lambda one: (one in by_night, bound[one], -counts[one], one))


def _is_at_night(scenario: Scenario, shift: Shift) -> bool:
    hour = (shift.from_seconds / 3600.0 + scenario.origin_hour) % 24
    return hour >= scenario.policy.night_from_hour - 2 or hour < scenario.policy.night_until_hour - 2


def _copy(shift: Shift, technician_id: str, territory: str) -> Shift:
    return replace(
        shift,
        id=f"{shift.id}/{technician_id}",
        technician_id=technician_id,
        territories=frozenset({territory}),
        available_from_seconds=None,
    )


def without_technician(scenario: Scenario, *, technician_id: str) -> Scenario:
    """The scenario without one technician's shifts."""
    shifts = tuple(shift for shift in scenario.shifts if shift.technician_id != technician_id)
    if len(shifts) == len(scenario.shifts):
        known = ", ".join(sorted({shift.technician_id for shift in scenario.shifts}))
        raise ChangeRefused(f"team: there is no technician {technician_id!r}; there are {known}")
    return replace(scenario, name=f"{scenario.name}, -{technician_id}", shifts=shifts)
