"""What the planner looks up again and again about one problem, worked out once."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace

from dispatch import rules
from dispatch.problem import Assignment, Break, Lock, LockKind, ObjectiveKind, Problem, Shift, Visit
from dispatch.roads import Roads
from dispatch.rules import Tier, Windows


@dataclass(frozen=True, slots=True)
class Entry:
    """A visit in a route, with the windows its start of service is held to there; a crew's helper only helps."""

    visit: Visit
    windows: Windows
    helps: bool = False


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

    def learn(self, visit: Visit) -> None:
        """Take a visit in its present form; what was worked out about an earlier form is forgotten."""
        self.visits[visit.id] = visit
        self._tiers.pop(visit.id, None)

    def forget(self, visit_id: str) -> None:
        """The visit is no longer part of the problem."""
        self.visits.pop(visit_id, None)
        self._tiers.pop(visit_id, None)

    def copy(self) -> Facts:
        """The same facts, to learn and forget without the original noticing."""
        twin = copy(self)
        twin.visits, twin.shifts = dict(self.visits), dict(self.shifts)
        twin._tiers, twin._able = dict(self._tiers), {}  # noqa: SLF001 - a copy
        return twin

    def pinned_shift_id(self, visit: Visit) -> str | None:
        """The shift this visit is pinned to; a freeze holds neither on a shift that is gone nor for half a crew."""
        shift_id = rules.pinned_shift_id(self.problem, visit)
        if visit.crew_size > 1 and visit.current is not None:
            others = visit.current.other_shift_ids
            if len(others) != visit.crew_size - 1 or any(other not in self.shifts for other in others):
                return None
        return shift_id if shift_id in self.shifts else None

    def pinned_members(self, visit: Visit) -> list[tuple[str, Visit]]:
        """The shifts of a pinned visit, each with the visit as that member sees it, the lead first; none if free."""
        lead = self.pinned_shift_id(visit)
        if lead is None or visit.current is None:
            return []
        helpers = [(other, self.as_helper(visit, self.shifts[other])) for other in visit.current.other_shift_ids]
        # Pinned, it is excused from the order; a person or the past has decided.
        own = replace(visit, must_follow_ids=()) if visit.must_follow_ids else visit
        return [(lead, own), *helpers]

    def as_helper(self, visit: Visit, shift: Shift) -> Visit:
        """A crew visit as a helper sees it: the work, the territory, who is refused, his own lock; no skills, no parts.

        Its deadline, promise and priority are the lead's affair.
        """
        current, lock, required = None, None, frozenset[str]()
        if visit.current is not None and self.pinned_shift_id(visit) is not None:
            current, lock = Assignment(shift.id, visit.current.start_seconds), Lock(LockKind.BOTH)
        elif visit.lock is not None and visit.lock.kind is LockKind.TECHNICIAN and visit.current is not None:
            others = (self.shifts.get(other) for other in visit.current.other_shift_ids)
            required = frozenset(other.technician_id for other in others if other is not None)
        return Visit(
            visit.id,
            visit.location,
            visit.duration_seconds,
            required_technician_ids=required,
            refused_technician_ids=visit.refused_technician_ids,
            territory=visit.territory,
            current=current,
            lock=lock,
            kind=visit.kind,
        )

    def tiers(self, visit: Visit) -> tuple[Tier, ...]:
        """When the visit may start, best tier first; empty when it may not start at all."""
        known = self._tiers.get(visit.id)
        if known is None:
            known = self._find_tiers(visit)
            self._tiers[visit.id] = known
        return known

    def best_windows(self, visit: Visit) -> Windows:
        """The windows of the visit's best tier; empty when it may not start at all."""
        plain = rules.plain_window(self.problem, visit)
        if plain:
            return plain
        tiers = self.tiers(visit)
        return tiers[0].windows if tiers else ()

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
        is_given = self.problem.pick_up_points and self.problem.objective is ObjectiveKind.TOTAL_DURATION
        given = rules.GIVEN_BY_PICK_UP if is_given else frozenset()
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
