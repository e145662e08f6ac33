"""What changes for whom between two plans, as data (D9, D10)."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.plan import Plan, Stop


@dataclass(frozen=True, slots=True)
class Moved:
    """A visit that goes from one shift to another."""

    visit_id: str
    from_shift_id: str
    to_shift_id: str
    from_start_seconds: float
    to_start_seconds: float


@dataclass(frozen=True, slots=True)
class Retimed:
    """A visit that stays in its shift and starts at another time."""

    visit_id: str
    shift_id: str
    from_start_seconds: float
    to_start_seconds: float


@dataclass(frozen=True, slots=True)
class ShiftDifference:
    """What is new for one technician's shift."""

    shift_id: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    moved_in: tuple[Moved, ...] = ()
    moved_out: tuple[Moved, ...] = ()
    retimed: tuple[Retimed, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Everything that differs, per shift; shifts without any change are left out."""

    shifts: tuple[ShiftDifference, ...]

    @property
    def visits_touched(self) -> frozenset[str]:
        """The ids of all visits whose technician or time is another."""
        return frozenset(
            visit_id
            for shift in self.shifts
            for visit_id in (
                *shift.added,
                *shift.removed,
                *(moved.visit_id for moved in shift.moved_in),
                *(retimed.visit_id for retimed in shift.retimed),
            )
        )


def difference(old: Plan, new: Plan, *, tolerance_seconds: float = 60.0) -> Difference:
    """Added, removed, moved and retimed visits per shift; starts that differ by the tolerance or less are the same.

    A crew visit moves with its lead; for helpers it is added or removed.
    """
    before, after = _stops(old), _stops(new)
    shift_ids = dict.fromkeys([route.shift_id for route in (*old.routes, *new.routes)])
    moved = [
        Moved(visit_id, before[visit_id][0], shift_id, before[visit_id][1].start_seconds, stop.start_seconds)
        for visit_id, (shift_id, stop) in after.items()
        if visit_id in before and before[visit_id][0] != shift_id
    ]
    shifts = tuple(
        ShiftDifference(
            shift_id,
            added=(
                *(visit for visit, (owner, _) in after.items() if owner == shift_id and visit not in before),
                *(visit for visit in _helped(new, shift_id) if visit not in _all(old, shift_id)),
            ),
            removed=(
                *(visit for visit, (owner, _) in before.items() if owner == shift_id and visit not in after),
                *(visit for visit in _helped(old, shift_id) if visit not in _all(new, shift_id)),
            ),
            moved_in=tuple(move for move in moved if move.to_shift_id == shift_id),
            moved_out=tuple(move for move in moved if move.from_shift_id == shift_id),
            retimed=_retimed(shift_id, before, after, tolerance_seconds),
        )
        for shift_id in shift_ids
    )
    return Difference(tuple(shift for shift in shifts if shift != ShiftDifference(shift.shift_id)))


def _stops(plan: Plan) -> dict[str, tuple[str, Stop]]:
    stops = [(route.shift_id, stop) for route in plan.routes for stop in route.stops]
    return {stop.visit_id: (shift_id, stop) for shift_id, stop in stops if not stop.helps}


def _helped(plan: Plan, shift_id: str) -> list[str]:
    """The visits this shift helps with."""
    stops = [stop for route in plan.routes if route.shift_id == shift_id for stop in route.stops]
    return [stop.visit_id for stop in stops if stop.helps]


def _all(plan: Plan, shift_id: str) -> set[str]:
    return {stop.visit_id for route in plan.routes if route.shift_id == shift_id for stop in route.stops}


def _retimed(
    shift_id: str, before: dict[str, tuple[str, Stop]], after: dict[str, tuple[str, Stop]], tolerance: float
) -> tuple[Retimed, ...]:
    return tuple(
        Retimed(visit_id, shift_id, before[visit_id][1].start_seconds, stop.start_seconds)
        for visit_id, (owner, stop) in after.items()
        if owner == shift_id
        and visit_id in before
        and before[visit_id][0] == shift_id
        and abs(before[visit_id][1].start_seconds - stop.start_seconds) > tolerance
    )
