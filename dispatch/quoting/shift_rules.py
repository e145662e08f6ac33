"""Which shifts may take a visit, for all shifts at once.

A first sieve: each rule here lets through whatever the rule of the same name in `dispatch.rules` lets through. Rules
without a column are asked one by one, by `Facts.may_serve`, for the few places that win.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from dispatch.facts import Facts
from dispatch.problem import Shift, Visit
from dispatch.quoting.wide_roads import Floats, Integers, Truths
from dispatch.rules import ASSIGNMENT_RULES, GIVEN_BY_PICK_UP

NOT_HELD = -1


class ShiftColumns:
    """What every shift's technician holds, one row per shift."""

    def __init__(self, shifts: Sequence[Shift]) -> None:
        """Read the shifts once."""
        self._count = len(shifts)
        self.technicians = np.array([shift.technician_id for shift in shifts], dtype=object)
        self.skills: dict[str, Integers] = {}
        self.stock: dict[str, Floats] = {}
        self._territories: dict[str, Truths] = {}
        self._tools: dict[str, Truths] = {}
        self._anywhere = np.array([not shift.territories for shift in shifts], dtype=bool)
        for row, shift in enumerate(shifts):
            for skill, level in shift.skills.items():
                self.skills.setdefault(skill, np.full(self._count, NOT_HELD))[row] = level
            for part, count in shift.parts.items():
                self.stock.setdefault(part, np.zeros(self._count))[row] = count
            for territory in shift.territories:
                self._territories.setdefault(territory, self._none())[row] = True
            for tool in shift.tools:
                self._tools.setdefault(tool, self._none())[row] = True

    def _none(self) -> Truths:
        return np.zeros(self._count, dtype=bool)

    def everybody(self) -> Truths:
        """All shifts."""
        return np.ones(self._count, dtype=bool)

    def among(self, technician_ids: Iterable[str]) -> Truths:
        """The shifts of these technicians."""
        found = self._none()
        for technician_id in technician_ids:
            found |= self.technicians == technician_id
        return found

    def skilled(self, visit: Visit) -> Truths:
        """Who has every skill, at its level or above."""
        able = self.everybody()
        for skill, level in visit.skills.items():
            able &= self.skills[skill] >= level if skill in self.skills else level <= NOT_HELD
        return able

    def in_territory(self, visit: Visit) -> Truths:
        """Who works in the visit's territory, or anywhere."""
        if visit.territory is None:
            return self.everybody()
        return self._anywhere | self._territories.get(visit.territory, self._none())

    def equipped(self, visit: Visit) -> Truths:
        """Who has all the tools on the van."""
        able = self.everybody()
        for tool in visit.tools:
            able &= self._tools.get(tool, self._none())
        return able

    def supplied(self, visit: Visit) -> Truths:
        """Whose van's stock is enough for this visit alone."""
        able = self.everybody()
        for part, count in visit.parts.items():
            able &= self.stock.get(part, np.zeros(self._count)) >= count
        return able

    def required(self, visit: Visit) -> Truths:
        """Whom the visit asks for, if it asks for somebody."""
        return self.among(visit.required_technician_ids) if visit.required_technician_ids else self.everybody()

    def not_refused(self, visit: Visit) -> Truths:
        """Whom the customer does not refuse."""
        return ~self.among(visit.refused_technician_ids)

    def surplus_levels(self, visit: Visit) -> Floats:
        """By how many levels each is better than the visit asks for."""
        surplus = np.zeros(self._count)
        for skill, level in visit.skills.items():
            held = self.skills.get(skill)
            if held is not None:
                surplus += np.where(held == NOT_HELD, 0, held - level)
        return surplus


COLUMN_RULES: Mapping[str, Callable[[ShiftColumns, Visit], Truths]] = {
    "skill": ShiftColumns.skilled,
    "territory": ShiftColumns.in_territory,
    "required_technician": ShiftColumns.required,
    "refused_technician": ShiftColumns.not_refused,
    "tool": ShiftColumns.equipped,
    "part": ShiftColumns.supplied,
}


def may_be_able(facts: Facts, columns: ShiftColumns, shifts: Sequence[Shift], visit: Visit) -> Truths:
    """The shifts that may take the visit, as far as the columns can tell."""
    if visit.lock is not None or facts.pinned_shift_id(visit) is not None:
        return np.array([facts.may_serve(visit, shift) for shift in shifts], dtype=bool)
    able = columns.everybody()
    for name in ASSIGNMENT_RULES:
        if name in COLUMN_RULES and not (facts.problem.pick_up_points and name in GIVEN_BY_PICK_UP):
            able &= COLUMN_RULES[name](columns, visit)
    return able
