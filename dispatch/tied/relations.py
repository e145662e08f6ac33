"""Which visits have to come after which, and whether a problem has ties at all."""

from __future__ import annotations

from collections.abc import Iterable

from dispatch.problem import ObjectiveKind, Problem, Visit


def is_tied(problem: Problem) -> bool:
    """Whether anything ties one route of the problem to another, or to a pick-up point."""
    if problem.objective is ObjectiveKind.TOTAL_DURATION:
        return False
    return bool(problem.pick_up_points) or any(visit.crew_size > 1 or visit.must_follow_ids for visit in problem.visits)


class Relations:
    """What each visit follows, and what follows it."""

    def __init__(self, problem: Problem) -> None:
        """Read them off the visits; `validate` has seen that there is no circle."""
        self.visits = {visit.id: visit for visit in problem.visits}
        self.before = {visit.id: visit.must_follow_ids for visit in problem.visits if visit.must_follow_ids}
        self.after: dict[str, list[str]] = {}
        for visit_id, earlier_ids in self.before.items():
            for earlier_id in earlier_ids:
                self.after.setdefault(earlier_id, []).append(visit_id)

    def pairs(self) -> Iterable[tuple[str, str]]:
        """Every (earlier, later)."""
        return ((earlier, later) for later, earlier_ids in self.before.items() for earlier in earlier_ids)

    def neighbours(self, visit_ids: Iterable[str]) -> list[str]:
        """The visits directly before or after any of these, each once."""
        found: dict[str, None] = {}
        for visit_id in visit_ids:
            found.update(dict.fromkeys(self.before.get(visit_id, ())))
            found.update(dict.fromkeys(self.after.get(visit_id, ())))
        return list(found)

    def with_followers(self, visit_ids: Iterable[str]) -> list[str]:
        """These and everything that has to come after them, each once."""
        found: dict[str, None] = {}
        waiting = list(visit_ids)
        while waiting:
            visit_id = waiting.pop()
            if visit_id not in found:
                found[visit_id] = None
                waiting.extend(self.after.get(visit_id, ()))
        return list(found)


def longest_seconds(visit: Visit) -> float:
    """How long the slowest technician takes."""
    return max((visit.duration_seconds, *visit.duration_seconds_by_grade.values()))
