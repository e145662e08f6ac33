"""Who may serve a visit and when it may start: one function per rule, listed in the tables below.

The search reads its rules here. `dispatch.check` does not: it states them a second time, in its own words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf

from dispatch.problem import LockKind, Problem, Shift, Visit, VisitKind
from dispatch.roads import EPSILON_SECONDS

Windows = tuple[tuple[float, float], ...]
ANY_TIME: Windows = ((-inf, inf),)


@dataclass(frozen=True, slots=True)
class Tier:
    """Windows for the start of service that break at most this many commitments and promises of one visit."""

    windows: Windows
    broken_commitments: int
    broken_promises: int


def has_the_skills(visit: Visit, shift: Shift) -> bool:
    """Every skill the visit needs is held, at its level or above (D2)."""
    return all(shift.skills.get(skill, -1) >= level for skill, level in visit.skills.items())


def works_in_the_territory(visit: Visit, shift: Shift) -> bool:
    """The visit's territory is one of the shift's; a shift without territories goes anywhere."""
    return visit.territory is None or not shift.territories or visit.territory in shift.territories


def is_among_the_required(visit: Visit, shift: Shift) -> bool:
    """The visit asks for certain technicians only, and this is one of them."""
    return not visit.required_technician_ids or shift.technician_id in visit.required_technician_ids


def is_not_refused(visit: Visit, shift: Shift) -> bool:
    """The customer does not refuse this technician."""
    return shift.technician_id not in visit.refused_technician_ids


def speaks_the_language(visit: Visit, shift: Shift) -> bool:
    """The technician speaks one of the languages asked for, if any is (D2)."""
    return not visit.languages or bool(visit.languages & shift.languages)


def has_the_tools(visit: Visit, shift: Shift) -> bool:
    """Every tool the visit needs is on the van."""
    return visit.tools <= shift.tools


def has_the_parts(visit: Visit, shift: Shift) -> bool:
    """The van's stock is enough for this visit alone; the whole route is counted by the route."""
    return all(shift.parts.get(part, 0) >= count for part, count in visit.parts.items())


AssignmentRule = Callable[[Visit, Shift], bool]
ASSIGNMENT_RULES: Mapping[str, AssignmentRule] = {
    "skill": has_the_skills,
    "territory": works_in_the_territory,
    "required_technician": is_among_the_required,
    "refused_technician": is_not_refused,
    "language": speaks_the_language,
    "tool": has_the_tools,
    "part": has_the_parts,
}
GIVEN_BY_PICK_UP = frozenset({"tool", "part"})
"""Rules that a stop at a pick-up point satisfies; the route then has to have one early enough."""


def service_seconds(visit: Visit, shift: Shift) -> float:
    """How long this technician works there: the time of his grade where the visit knows one (D2)."""
    if shift.grade is None:
        return visit.duration_seconds
    return visit.duration_seconds_by_grade.get(shift.grade, visit.duration_seconds)


def pinned_shift_id(problem: Problem, visit: Visit) -> str | None:
    """The shift a visit may not leave nor change its start in: frozen (D6), or locked in both by a person."""
    if visit.current is None:
        return None
    is_locked = visit.lock is not None and visit.lock.kind is LockKind.BOTH
    is_frozen = problem.freeze_until_seconds is not None and visit.current.start_seconds < problem.freeze_until_seconds
    return visit.current.shift_id if is_locked or is_frozen else None


def blocking_rules(visit: Visit, shift: Shift) -> tuple[str, ...]:
    """The names of the assignment rules that keep this technician from this visit."""
    return tuple(name for name, rule in ASSIGNMENT_RULES.items() if not rule(visit, shift))


def intersect(windows: Windows, others: Windows) -> Windows:
    """The times in both; empty windows are left out."""
    both = (
        (max(start, other_start), min(end, other_end)) for start, end in windows for other_start, other_end in others
    )
    return tuple((start, end) for start, end in both if start <= end)


def earliest_in(windows: Windows, at: float) -> float:
    """The first time in the windows not before `at`; infinite when there is none."""
    for start, end in windows:
        if at <= end + EPSILON_SECONDS:
            return max(at, start)
    return inf


def latest_in(windows: Windows, at: float) -> float:
    """The last time in the windows not after `at`; minus infinity when there is none."""
    for start, end in reversed(windows):
        if at >= start - EPSILON_SECONDS:
            return min(at, end)
    return -inf


def hard_windows(problem: Problem, visit: Visit) -> Windows:
    """When the visit may start, its commitment and its promise aside."""
    if visit.current is not None and visit.lock is not None and visit.lock.kind is LockKind.TIME:
        return ((visit.current.start_seconds, visit.current.start_seconds),)
    windows: Windows = ANY_TIME
    if visit.time_windows:
        windows = tuple(sorted((window.from_seconds, window.until_seconds) for window in visit.time_windows))
    earliest = max(
        -inf if visit.release_seconds is None else visit.release_seconds,
        -inf if problem.freeze_until_seconds is None else problem.freeze_until_seconds,
    )
    windows = intersect(windows, ((earliest, inf),))
    if visit.lock is not None and visit.lock.kind is LockKind.TIME_RANGE and visit.lock.range is not None:
        windows = intersect(windows, ((visit.lock.range.from_seconds, visit.lock.range.until_seconds),))
    return windows


def plain_window(problem: Problem, visit: Visit) -> Windows:
    """The window that keeps everything, where it is one and plain to see; else none, and `start_tiers` has to say."""
    freeze = problem.freeze_until_seconds
    may_be_pinned = visit.current is not None and freeze is not None and visit.current.start_seconds < freeze
    if visit.lock is not None or may_be_pinned or len(visit.time_windows) > 1:
        return ()
    since, until = -inf, inf
    for window in visit.time_windows:
        since, until = window.from_seconds, window.until_seconds
    if visit.promised_window is not None:
        since, until = max(since, visit.promised_window.from_seconds), min(until, visit.promised_window.until_seconds)
    if visit.release_seconds is not None:
        since = max(since, visit.release_seconds)
    if freeze is not None:
        since = max(since, freeze)
    if visit.deadline_seconds is not None:
        until = min(until, visit.deadline_seconds)
    return ((since, until),) if since <= until else ()


def start_tiers(problem: Problem, visit: Visit) -> tuple[Tier, ...]:
    """The windows the visit may start in, from keeping everything to breaking commitment and promise, in D4's order."""
    hard = hard_windows(problem, visit)
    deadline = ANY_TIME if visit.deadline_seconds is None else ((-inf, visit.deadline_seconds),)
    promised = ANY_TIME
    if visit.promised_window is not None:
        promised = ((visit.promised_window.from_seconds, visit.promised_window.until_seconds),)
    in_time, as_promised = intersect(hard, deadline), intersect(hard, promised)
    tiers = (
        Tier(intersect(in_time, promised), 0, 0),
        Tier(in_time, 0, 1),
        Tier(as_promised, 1, 0),
        Tier(hard, 1, 1),
    )
    kept: list[Tier] = []
    for tier in tiers:
        if tier.windows and all(tier.windows != before.windows for before in kept):
            kept.append(tier)
    return tuple(kept)


def within(windows: Windows, at: float) -> bool:
    """Whether `at` lies in one of the windows."""
    return any(start - EPSILON_SECONDS <= at <= end + EPSILON_SECONDS for start, end in windows)


def surplus_levels(visit: Visit, shift: Shift) -> int:
    """By how many levels, over all skills needed, the technician is better than the visit asks for."""
    return sum(shift.skills[skill] - level for skill, level in visit.skills.items() if skill in shift.skills)


def fits_stock(visits: Sequence[Visit], shift: Shift, parts: frozenset[str]) -> bool:
    """The van's stock of these parts covers all these visits together."""
    return all(sum(visit.parts.get(part, 0) for visit in visits) <= shift.parts.get(part, 0) for part in parts)


def may_take_reserved_time(visit: Visit) -> bool:
    """Whether the visit may use time that is reserved, or needs none at all."""
    return visit.kind is VisitKind.REPAIR or visit.duration_seconds == 0.0


def unreserved_seconds(shift: Shift) -> float:
    """How much of the shift visits that are no repairs may take together."""
    return max(0.0, shift.until_seconds - shift.from_seconds - shift.reserved_seconds)


def leaves_the_reserve(visits: Sequence[Visit], shift: Shift) -> bool:
    """Visits that are no repairs leave the shift the time reserved for repairs (D15)."""
    taken = sum(visit.duration_seconds for visit in visits if not may_take_reserved_time(visit))
    return taken <= unreserved_seconds(shift) + EPSILON_SECONDS
