"""What the planner looks up again and again about one problem, worked out once."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

from dispatch import rules
from dispatch.problem import Break, LockKind, Problem, Shift, Visit
from dispatch.roads import Roads
from dispatch.rules import Tier, Windows


@dataclass(frozen=True, slots=True)
class Entry:
    """A visit in a route, with the windows its start of service is held to there."""

    visit: Visit
    windows: Windows


class Facts:
    """One problem, indexed: visits and shifts by id, who may serve what, when visits may start."""

    def __init__(self, problem: Problem) -> None:
        """Index the problem; the problem is trusted to have passed `validate`."""
        self.problem = problem
        self.roads = Roads(problem.travel)
        self.visits = {visit.id: visit for visit in problem.visits}
        self.shifts = {shift.id: shift for shift in problem.shifts}
        self._tiers: dict[str, tuple[Tier, ...]] = {}
        self._able: dict[object, tuple[Shift, ...]] = {}

    def joined_by(self, visit: Visit) -> Facts:
        """The same facts with one more visit known; the problem itself is not changed."""
        joined = copy(self)
        joined.visits = {**self.visits, visit.id: visit}
        joined._tiers = {key: tiers for key, tiers in self._tiers.items() if key != visit.id}  # noqa: SLF001 - a copy
        return joined

    def pinned_shift_id(self, visit: Visit) -> str | None:
        """The shift this visit is pinned to; a freeze does not hold on a shift that no longer exists."""
        shift_id = rules.pinned_shift_id(self.problem, visit)
        return shift_id if shift_id in self.shifts else None

    def tiers(self, visit: Visit) -> tuple[Tier, ...]:
        """When the visit may start, best tier first; empty when it may not start at all."""
        known = self._tiers.get(visit.id)
        if known is None:
            known = self._find_tiers(visit)
            self._tiers[visit.id] = known
        return known

    def _find_tiers(self, visit: Visit) -> tuple[Tier, ...]:
        if visit.current is not None and self.pinned_shift_id(visit) is not None:
            at = visit.current.start_seconds
            return (Tier(((at, at),), 0, 0),)
        return rules.start_tiers(self.problem, visit)

    def may_serve(self, visit: Visit, shift: Shift) -> bool:
        """Whether this shift may take the visit at all: assignment rules, locks and the freeze."""
        pinned = self.pinned_shift_id(visit)
        if pinned is not None:
            return pinned == shift.id
        if visit.lock is not None and visit.lock.kind is LockKind.TECHNICIAN and visit.current is not None:
            held = self.shifts.get(visit.current.shift_id)
            if held is None or held.technician_id != shift.technician_id:
                return False
        given = rules.GIVEN_BY_PICK_UP if self.problem.pick_up_points else frozenset()
        return all(rule(visit, shift) for name, rule in rules.ASSIGNMENT_RULES.items() if name not in given)

    def able_shifts(self, visit: Visit) -> tuple[Shift, ...]:
        """The shifts that may take the visit, worked out once for visits that ask for the same."""
        if visit.lock is not None or self.pinned_shift_id(visit) is not None:
            return tuple(shift for shift in self.shifts.values() if self.may_serve(visit, shift))
        key = (
            tuple(sorted(visit.skills.items())),
            visit.required_technician_ids,
            visit.refused_technician_ids,
            visit.languages,
            visit.territory,
            visit.tools,
            tuple(sorted(visit.parts.items())),
        )
        known = self._able.get(key)
        if known is None:
            known = tuple(shift for shift in self.shifts.values() if self.may_serve(visit, shift))
            self._able[key] = known
        return known

    def may_hold(self, visits: tuple[Visit, ...], shift: Shift) -> bool:
        """Whether the shift can take all of these together: number of visits, the van's stock, reserved time.

        What is pinned is taken as given: only parts that a visit which could go elsewhere needs are counted.
        """
        movable = [visit for visit in visits if self.pinned_shift_id(visit) is None]
        if not movable:
            return True
        if shift.max_visits is not None and len(visits) > shift.max_visits:
            return False
        if shift.reserved_seconds and not all(map(rules.may_take_reserved_time, movable)):  # noqa: SIM102 - reads better
            if not rules.leaves_the_reserve(visits, shift):
                return False
        parts = frozenset(part for visit in movable for part in visit.parts)
        return not parts or rules.fits_stock(visits, shift, parts)


def available_from(shift: Shift) -> float:
    """When the shift can first leave."""
    if shift.available_from_seconds is None:
        return shift.from_seconds
    return max(shift.from_seconds, shift.available_from_seconds)


def latest_return(shift: Shift) -> float:
    """The end of the shift with all the overtime there may be."""
    return shift.until_seconds + shift.overtime_limit_seconds


def needed_breaks(shift: Shift) -> tuple[Break, ...]:
    """The breaks still to be taken, in the order of their windows."""
    if not shift.breaks:
        return ()
    since = available_from(shift)
    open_breaks = [rest for rest in shift.breaks if rest.window.until_seconds >= since]
    if len(open_breaks) > 1:
        open_breaks.sort(key=lambda rest: (rest.window.from_seconds, rest.window.until_seconds))
    return tuple(open_breaks)
