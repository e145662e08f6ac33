"""What could be otherwise for one visit to find a place: one function per rule, listed in the table below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from dispatch.explain.standing import Standing
from dispatch.facts import Facts
from dispatch.problem import Shift, Visit

HOUR_SECONDS = 3600.0
MORE_OVERTIME_SECONDS = 3 * HOUR_SECONDS
MORE_WORK_SECONDS = 12 * HOUR_SECONDS

Relaxation = Callable[[Standing], Standing]


def _of_visit(change: Callable[[Visit], Visit]) -> Relaxation:
    return lambda standing: replace(standing, visit=change(standing.visit))


def _of_shifts(change: Callable[[Shift], Shift]) -> Relaxation:
    def relax(standing: Standing) -> Standing:
        shifts = tuple(change(shift) for shift in standing.problem.shifts)
        return replace(standing, problem=replace(standing.problem, shifts=shifts))

    return relax


def _without_freeze(standing: Standing) -> Standing:
    """The visit may start inside the frozen time; what is pinned there stays pinned by its lock's or its own time."""
    freeze = standing.problem.freeze_until_seconds
    if freeze is None:
        return standing
    earliest = min((shift.from_seconds for shift in standing.problem.shifts), default=freeze)
    return replace(standing, problem=replace(standing.problem, freeze_until_seconds=min(freeze, earliest)))


def _without_others(standing: Standing) -> Standing:
    """The day without the visits that are not pinned."""
    facts = Facts(standing.problem)
    kept = {visit.id for visit in standing.problem.visits if facts.pinned_shift_id(visit) is not None}
    problem = replace(standing.problem, visits=tuple(v for v in standing.problem.visits if v.id in kept))
    return replace(standing, problem=problem)


RELAXATIONS: Mapping[str, Relaxation] = {
    "required_technician": _of_visit(lambda visit: replace(visit, required_technician_ids=frozenset())),
    "refused_technician": _of_visit(lambda visit: replace(visit, refused_technician_ids=frozenset())),
    "lock": _of_visit(lambda visit: replace(visit, lock=None)),
    "freeze": _without_freeze,
    "skill": _of_visit(lambda visit: replace(visit, skills={})),
    "language": _of_visit(lambda visit: replace(visit, languages=frozenset())),
    "tool": _of_visit(lambda visit: replace(visit, tools=frozenset())),
    "part": _of_visit(lambda visit: replace(visit, parts={})),
    "territory": _of_visit(lambda visit: replace(visit, territory=None)),
    "release": _of_visit(lambda visit: replace(visit, release_seconds=None)),
    "working_time": _of_shifts(
        lambda shift: replace(
            shift,
            from_seconds=shift.from_seconds - MORE_WORK_SECONDS,
            until_seconds=shift.until_seconds + MORE_WORK_SECONDS,
        )
    ),
    "break": _of_shifts(lambda shift: replace(shift, breaks=())),
    "max_visits": _of_shifts(lambda shift: replace(shift, max_visits=None)),
    "max_travel": _of_shifts(lambda shift: replace(shift, max_travel_seconds=None)),
    "reserved_time": _of_shifts(lambda shift: replace(shift, reserved_seconds=0.0)),
    "other_visits": _without_others,
    "commitment": _of_visit(lambda visit: replace(visit, deadline_seconds=None)),
    "promise": _of_visit(lambda visit: replace(visit, promised_window=None)),
    "time_window": _of_visit(lambda visit: replace(visit, time_windows=())),
    "overtime": _of_shifts(
        lambda shift: replace(shift, overtime_limit_seconds=shift.overtime_limit_seconds + MORE_OVERTIME_SECONDS)
    ),
}
"""In the order in which we would rather keep them: what stands last is given up first."""


def relax(standing: Standing, names: Iterable[str]) -> Standing:
    """The same day without these rules; the other routes are timed anew where they may start earlier or later."""
    chosen = set(names)
    for name, relaxation in RELAXATIONS.items():
        if name in chosen:
            standing = relaxation(standing)
    if "other_visits" in chosen or "freeze" in chosen or "break" in chosen or "working_time" in chosen:
        from dispatch.carry import carry_over  # noqa: PLC0415 - only these change the other routes

        return replace(standing, plan=carry_over(Facts(standing.problem), standing.plan))
    return standing
