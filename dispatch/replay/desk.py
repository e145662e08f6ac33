"""The hotline and the dispatcher of a run: windows offered and booked, the day published, the plan repaired (H5, D6).

Every decision is the planner's: `quote` proves what is offered, `insert` books it, `solve` makes the day, `replan`
repairs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from dispatch.plan import Plan, QuotedWindow
from dispatch.problem import Problem, TimeWindow, Visit
from dispatch.quote import insert, quote
from dispatch.quoting.plan_slack import PlanSlack
from dispatch.replanning import replan
from dispatch.replay.book import Book, Opened, is_late
from dispatch.replay.choices import Ranked, candidate_windows, choose, shortlist
from dispatch.replay.diary import Diary, Happening
from dispatch.replay.draws import Draws
from dispatch.replay.people import Stage, Tracked, Worker
from dispatch.replay.scenario import MINUTE_SECONDS, Policy
from dispatch.rules import blocking_rules
from dispatch.solver import SMALL_VISITS, Limits, solve

SOLVER_SEED = 1
SMALL_ITERATIONS = 30
"""Enough for plans so small that the planner improves them without the compiled search, which is much quicker."""


@dataclass(slots=True)
class _Round:
    """One round of offering: the plan with the windows held so far."""

    problem: Problem
    plan: Plan
    slack: PlanSlack

    def hold(self, visit: Visit, quoted: QuotedWindow, number: int) -> None:
        """Keep a window while the next one is looked for, so that all that are read out can be kept at once."""
        held = replace(visit, id=f"{visit.id}#{number}", promised_window=quoted.window)
        self.problem, self.plan = insert(self.problem, self.plan, held, quoted)
        self.slack = PlanSlack(self.problem, self.plan, earlier=self.slack)


class Desk:
    """Acts on the book; every method that changes it returns the ids of the shifts whose stops changed."""

    def __init__(self, book: Book, draws: Draws, diary: Diary, *, on_plan: Callable[[Problem, Plan], None]) -> None:
        """`on_plan` hears of every plan taken over from a solve or a repair."""
        self._book = book
        self._policy: Policy = book.policy
        self._draws = draws
        self._diary = diary
        self._on_plan = on_plan

    def open_day(self, now: float) -> set[str]:
        """Place what stood when the replay begins; whoever cannot be kept is asked for another window."""
        if not any(tracked.stage is Stage.PROMISED for tracked in self._book.tracked.values()):
            return set()
        return self.repair(now, is_new_day=True)

    def take_call(self, tracked: Tracked, now: float) -> set[str]:
        """Offer windows and book the one that is chosen; a request that none suits stays open until the morning."""
        tracked.stage = Stage.WAITING
        skip: set[float] = set()
        for _ in range(self._policy.offer_rounds):
            opened, visit = self._open_for(tracked, now)
            offered = self._offer(opened, visit, tracked, skip, now)
            if not offered:
                break
            chosen = choose(
                self._book.scenario.taste,
                self._policy,
                tracked.request,
                offered,
                now=now,
                origin_hour=self._book.scenario.origin_hour,
                draws=self._draws,
            )
            if chosen is not None:
                return self._book_window(opened, visit, tracked, chosen, now)
            skip |= {window.from_seconds for window in offered}
        self._diary.note(now, Happening.LEFT_OPEN, tracked.id)
        return set()

    def _open_for(self, tracked: Tracked, now: float) -> tuple[Opened, Visit]:
        """The routes of those who may take the visit; the others cannot matter to the answer."""
        visit = self._book.visit_of(tracked)
        able = [
            shift_id
            for shift_id in self._book.shift_ids(now)
            if not blocking_rules(visit, self._book.workers[shift_id].shift)
            and not self._is_reserved(visit, self._book.workers[shift_id])
        ]
        return self._book.read(now, shift_ids=able), visit

    def _is_reserved(self, visit: Visit, worker: Worker) -> bool:
        """Whether what is left of the shift is kept for more urgent visits (D15)."""
        share = self._policy.reserve_share
        if share <= 0.0 or visit.priority >= self._policy.reserve_below_priority:
            return False
        shift = worker.shift
        planned = sum(self._book.tracked[visit_id].request.duration_seconds for visit_id in worker.order)
        done = sum(spell.until_seconds - spell.from_seconds for spell in worker.spells if spell.request_id is not None)
        return planned + done + visit.duration_seconds > (1.0 - share) * (shift.until_seconds - shift.from_seconds)

    def _offer(
        self, opened: Opened, visit: Visit, tracked: Tracked, skip: set[float], now: float
    ) -> tuple[TimeWindow, ...]:
        origin_hour = self._book.scenario.origin_hour
        deadline = tracked.request.deadline_seconds
        windows = candidate_windows(self._policy, now=now, deadline=deadline, origin_hour=origin_hour)
        asked = {self._book.planned_window(window): window for window in windows if window.from_seconds not in skip}
        round_ = _Round(opened.problem, opened.plan, opened.slack())
        held: dict[TimeWindow, float] = {}
        while len(held) < self._policy.offer_count:
            quotes = quote(round_.problem, round_.plan, visit, tuple(asked), slack=round_.slack)
            found = {asked[quoted.window]: quoted for quoted in quotes}
            costs = held | {window: quoted.extra_cost_cents for window, quoted in found.items() if window not in held}
            ranked = [
                Ranked(window, cost, is_inside=deadline is None or window.until_seconds <= deadline)
                for window, cost in costs.items()
            ]
            wanted = shortlist(self._policy, ranked, origin_hour=origin_hour)
            best = next((item for item in wanted if item.window not in held), None)
            if best is None:
                break
            held[best.window] = best.extra_cost_cents
            if len(held) < self._policy.offer_count:
                round_.hold(visit, found[best.window], len(held))
        if held:
            self._diary.note(now, Happening.OFFERED, tracked.id)
        return tuple(held)

    def _book_window(self, opened: Opened, visit: Visit, tracked: Tracked, window: TimeWindow, now: float) -> set[str]:
        """Promise the window on the strength of a quote against the plan as it is without the other windows held."""
        planned = self._book.planned_window(window)
        quotes = quote(opened.problem, opened.plan, visit, (planned,))
        if not quotes:
            self._diary.note(now, Happening.LEFT_OPEN, tracked.id)
            return set()
        _, plan = insert(opened.problem, opened.plan, replace(visit, promised_window=planned), quotes[0])
        tracked.stage, tracked.promised = Stage.PROMISED, window
        tracked.first_promised = tracked.first_promised or window
        shift_id = quotes[0].shift_id
        span = window.from_seconds, window.until_seconds
        self._diary.note_window(now, Happening.PROMISED, tracked.id, shift_id, span)
        return set(self._book.adopt(plan, shift_ids=[shift_id]))

    def publish(self, now: float) -> set[str]:
        """Solve the days ahead, take the better plan over, and call those back who still wait for a window."""
        shift_ids = self._book.shift_ids(now)
        opened = self._book.read(now, shift_ids=shift_ids)
        touched: set[str] = set()
        if opened.problem.visits:
            limits = self._limits(opened.problem, self._policy.solve_iterations)
            touched |= self._take_over(opened.problem, solve(opened.problem, limits=limits, warm_start=opened.plan))
        self._diary.note(now, Happening.PUBLISHED)
        touched |= self._settle(now)
        for tracked in [tracked for tracked in self._book.tracked.values() if tracked.stage is Stage.WAITING]:
            touched |= self.take_call(tracked, now)
        return touched

    def repair(self, now: float, *, is_new_day: bool = False) -> set[str]:
        """After an event: the smallest good change; then whoever is late or lost is told, or asked to move (D5)."""
        homeless = self._book.homeless()
        opened = self._book.read(now, shift_ids=self._book.shift_ids(now), also=homeless)
        if not opened.problem.visits:
            return set()
        iterations = self._policy.solve_iterations if is_new_day else self._policy.replan_iterations
        before = _as_people_know_it(opened.plan, self._accepted(opened.plan))
        limits = self._limits(opened.problem, iterations)
        touched = self._take_over(opened.problem, replan(opened.problem, before, limits=limits), homeless)
        return touched | self._settle(now)

    def _accepted(self, plan: Plan) -> int:
        """How many promises are known to be late already; they are no reason to change the day again."""
        stops = (stop for route in plan.routes for stop in route.stops)
        return sum(self._book.tracked[stop.visit_id].is_told_late for stop in stops)

    def _take_over(self, problem: Problem, plan: Plan, homeless: Sequence[Tracked] = ()) -> set[str]:
        self._on_plan(problem, plan)
        touched = set(self._book.adopt(plan))
        placed = {stop.visit_id for route in plan.routes for stop in route.stops}
        return touched | {tracked.shift_id for tracked in homeless if tracked.shift_id and tracked.id in placed}

    def _settle(self, now: float) -> set[str]:
        """Tell those whose visit will be late; ask those to move who would wait too long or have no place."""
        moving = self._book.homeless()
        late_by = self._policy.move_after_minutes * MINUTE_SECONDS
        for worker in self._book.workers.values():
            for tracked in [self._book.tracked[visit_id] for visit_id in worker.order]:
                start = tracked.start_seconds
                if start is None or not is_late(tracked, start):
                    continue
                if is_late(tracked, start, by_seconds=late_by):
                    moving.append(tracked)
                elif not tracked.is_told_late:
                    tracked.is_told_late = True
                    self._diary.note(now, Happening.TOLD_LATE, tracked.id, worker.id)
        return self._move(moving, now)

    def _move(self, moving: Iterable[Tracked], now: float) -> set[str]:
        touched: set[str] = set()
        leaving = list(moving)
        for tracked in leaving:
            worker = self._book.take_out(tracked)
            if worker is not None:
                touched.add(worker.id)
            tracked.promised, tracked.shift_id, tracked.start_seconds = None, None, None
            tracked.stage, tracked.is_told_late = Stage.WAITING, False
            tracked.times_moved += 1
            self._diary.note(now, Happening.MOVED, tracked.id)
        for tracked in leaving:
            touched |= self.take_call(tracked, now)
        return touched

    def _limits(self, problem: Problem, iterations: int) -> Limits:
        if len(problem.visits) <= SMALL_VISITS:
            iterations = min(iterations, SMALL_ITERATIONS)
        return Limits(seconds=None, iterations=iterations, seed=SOLVER_SEED, threads=1)


def _as_people_know_it(plan: Plan, accepted: int) -> Plan:
    """The plan with the score it had before the event: what is broken since makes the planner search."""
    score = replace(plan.score, broken_promises=accepted, broken_commitments=accepted)
    return replace(plan, score=score)
