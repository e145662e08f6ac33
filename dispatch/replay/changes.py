"""What if: the same scenario with another policy or another team."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any

from dispatch.problem import Shift
from dispatch.replay.scenario import Policy, Scenario

MINUTE_SECONDS = 60.0
MOST_MINUTES = 12 * 60
PERCENT = 100
_MORE = re.compile(r"^\+\s*(\d+)\s+(\S+)$")
_WITHOUT = re.compile(r"^-\s*(\S+)$")


class ChangeRefused(ValueError):
    """The change names a figure, territory or technician that the scenario does not have; the message says which."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Shifts that begin some minutes earlier and end some minutes later (less than zero: shorter ones).

    `territory` narrows it to whoever works there; None means everybody.
    """

    earlier_minutes: int = 0
    later_minutes: int = 0
    territory: str | None = None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What is tried out, all of it together: the team, its hours, the policy, the demand in percent of what it is."""

    team: Sequence[str] = ()
    hours: Hours = Hours()
    policy: Mapping[str, str | float] = field(default_factory=dict)
    calls_percent: int = PERCENT

    @property
    def is_nothing(self) -> bool:
        """Whether everything stays as it is."""
        return self == WhatIf()

    def apply(self, scenario: Scenario) -> Scenario:
        """The scenario with all changes; raises ChangeRefused for the first that cannot be."""
        other = scenario
        for change in self.team:
            other = with_team(other, change)
        if self.hours.earlier_minutes or self.hours.later_minutes:
            other = with_hours(other, self.hours)
        if self.policy:
            other = with_policy(other, self.policy)
        if self.calls_percent != PERCENT:
            other = with_calls(other, percent=self.calls_percent)
        return replace(other, name=f"{scenario.name}, {', '.join(self.words())}") if self.words() else other

    def words(self) -> list[str]:
        """Each change in the words of the command."""
        hours = f"hours {self.hours.earlier_minutes:+d}/{self.hours.later_minutes:+d}"
        return [
            *self.team,
            *([" ".join(filter(None, (hours, self.hours.territory)))] if self.hours != Hours() else []),
            *(f"{name}={value}" for name, value in self.policy.items()),
            *([f"calls {self.calls_percent} %"] if self.calls_percent != PERCENT else []),
        ]


def with_hours(scenario: Scenario, hours: Hours) -> Scenario:
    """The scenario with other hours; breaks stay where they are. Raises ChangeRefused where a shift would be empty."""
    for minutes in (hours.earlier_minutes, hours.later_minutes):
        if abs(minutes) > MOST_MINUTES:
            raise ChangeRefused(f"hours: {minutes} minutes are more than {MOST_MINUTES}")
    changed = [_is_in(shift, hours.territory) for shift in scenario.shifts]
    if not any(changed):
        raise ChangeRefused(f"hours: nobody works in the territory {hours.territory!r}")
    shifts = tuple(
        _with_hours(shift, hours) if is_changed else shift
        for shift, is_changed in zip(scenario.shifts, changed, strict=True)
    )
    return replace(scenario, shifts=shifts)


def _is_in(shift: Shift, territory: str | None) -> bool:
    return territory is None or not shift.territories or territory in shift.territories


def _with_hours(shift: Shift, hours: Hours) -> Shift:
    from_seconds = shift.from_seconds - hours.earlier_minutes * MINUTE_SECONDS
    until_seconds = shift.until_seconds + hours.later_minutes * MINUTE_SECONDS
    first = max([from_seconds, *(rest.window.from_seconds for rest in shift.breaks)])
    if until_seconds <= first or any(rest.window.until_seconds >= until_seconds for rest in shift.breaks):
        raise ChangeRefused(f"hours: the shift {shift.id} of {shift.technician_id} would end before its break or begin")
    return replace(shift, from_seconds=from_seconds, until_seconds=until_seconds)


def with_calls(scenario: Scenario, *, percent: int) -> Scenario:
    """The scenario with more or fewer calls; raises ChangeRefused for a past day, whose calls are known one by one."""
    if scenario.demand is None:
        raise ChangeRefused("calls: the calls of a past day are those that came in; try the days ahead")
    if not 0 < percent <= 10 * PERCENT:
        raise ChangeRefused(f"calls: {percent} % is not between 1 and {10 * PERCENT}")
    demand = replace(scenario.demand, calls_per_day=scenario.demand.calls_per_day * percent / PERCENT)
    return replace(scenario, demand=demand)


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
