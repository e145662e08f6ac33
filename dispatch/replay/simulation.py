"""One run of a scenario: events in the order of time, from the first call to the last technician at home."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import ceil

from dispatch.plan import Plan
from dispatch.problem import Problem
from dispatch.replay.agenda import Agenda, Event, What
from dispatch.replay.book import Book, is_late
from dispatch.replay.demand import draw_requests
from dispatch.replay.desk import Desk
from dispatch.replay.diary import Diary, Happening
from dispatch.replay.draws import Draws, factor_at, shared
from dispatch.replay.figures import Figures, measure
from dispatch.replay.people import Doing, Spell, Stage, Tracked, Worker
from dispatch.replay.scenario import DAY_SECONDS, HOUR_SECONDS, MINUTE_SECONDS, Request, Scenario
from dispatch.replay.steps import Act, Step, next_step
from dispatch.roads import Roads

HOUR_BEFORE = 3600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run came to: its figures, how each request ended, what happened, and each shift's spells."""

    figures: Figures
    stages: Mapping[str, Stage]
    diary: Diary
    spells: Mapping[str, tuple[Spell, ...]]


def _ignore(_problem: Problem, _plan: Plan) -> None:
    """Nobody wants to hear of plans."""


def simulate(
    scenario: Scenario, *, seed: int = 1, run: int = 0, on_plan: Callable[[Problem, Plan], None] = _ignore
) -> Outcome:
    """Play one run; the same scenario, seed and run give the same outcome. `on_plan` hears of every plan made."""
    return _Run(scenario, Draws(seed=seed, run=run), on_plan).play()


class _Run:
    """The people of one run and their events."""

    def __init__(self, scenario: Scenario, draws: Draws, on_plan: Callable[[Problem, Plan], None]) -> None:
        self._scenario = scenario
        self._policy = scenario.policy
        self._draws = draws
        self._diary = Diary()
        self._agenda = Agenda()
        requests = draw_requests(scenario, draws)
        self._book = Book(scenario, requests)
        self._desk = Desk(self._book, draws, self._diary, on_plan=on_plan)
        self._roads = Roads(self._book.travel)
        self._steps: dict[str, Step] = {}
        self._acts: Mapping[What, Callable[[Event, float], None]] = {
            What.FINISH: self._finish,
            What.RESTED: self._be_rested,
            What.ARRIVE: self._arrive,
            What.BEGIN: self._begin,
            What.AT_HOME: self._be_at_home,
            What.FALL_ILL: self._fall_ill,
            What.CANCEL: self._cancel,
            What.OVERRUN: self._overrun,
            What.PUBLISH: self._publish,
            What.CALL: self._call,
            What.WAKE: self._wake,
        }
        self._invite(requests)

    def play(self) -> Outcome:
        """Take events until none is left."""
        self._desk.open_day(0.0)
        self._reconsider(self._book.workers, 0.0)
        while (event := self._agenda.take()) is not None:
            self._acts[event.what](event, event.at_seconds)
        for tracked in self._book.tracked.values():
            if tracked.stage in {Stage.NOT_CALLED, Stage.WAITING, Stage.PROMISED}:
                tracked.stage = Stage.UNPLACED
                self._diary.note(self._agenda.now_seconds, Happening.UNPLACED, tracked.id)
        return Outcome(
            measure(self._scenario, self._book.tracked.values(), self._book.workers.values()),
            {tracked.id: tracked.stage for tracked in self._book.tracked.values()},
            self._diary,
            {worker.id: tuple(worker.spells) for worker in self._book.workers.values()},
        )

    # Who comes to the day, and when

    def _invite(self, requests: Iterable[Request]) -> None:
        for request in requests:
            tracked = self._book.tracked[request.id]
            if request.promised is not None and request.called_seconds <= 0.0:
                tracked.stage = Stage.PROMISED
                tracked.promised = tracked.first_promised = request.promised
                if request.shift_id in self._book.workers:
                    tracked.shift_id = request.shift_id
                    self._book.workers[request.shift_id].order.append(request.id)
                self._expect_cancellation(tracked, 0.0)
            else:
                self._agenda.put(max(0.0, request.called_seconds), What.CALL, request.id)
        for worker in self._book.workers.values():
            worker.order.sort(key=self._standing)
            self._expect_illness(worker)
        last = max((worker.shift.until_seconds for worker in self._book.workers.values()), default=0.0)
        first = (self._policy.publish_at_hour - self._scenario.origin_hour) * HOUR_SECONDS
        first += ceil(max(0.0, -first) / DAY_SECONDS) * DAY_SECONDS
        day = 0
        while first + day * DAY_SECONDS < last:
            self._agenda.put(first + day * DAY_SECONDS, What.PUBLISH, "")
            day += 1

    def _standing(self, visit_id: str) -> tuple[float, str]:
        promised = self._book.tracked[visit_id].promised
        return (0.0 if promised is None else promised.from_seconds), visit_id

    def _expect_illness(self, worker: Worker) -> None:
        if self._draws.uniform("ill", worker.id) < self._scenario.chances.illness_share:
            begin = worker.shift.from_seconds - HOUR_BEFORE
            moment = self._draws.uniform("ill when", worker.id)
            at = begin + moment * (worker.shift.until_seconds - begin)
            self._agenda.put(max(0.0, at), What.FALL_ILL, worker.id)

    def _expect_cancellation(self, tracked: Tracked, now: float) -> None:
        request = tracked.request
        if request.cancels_seconds is not None:
            self._agenda.put(max(now, request.cancels_seconds), What.CANCEL, request.id)
        elif self._draws.uniform("cancels", request.id) < self._scenario.chances.cancellation_share:
            promised = tracked.promised
            until = now if promised is None else max(now, promised.from_seconds)
            moment = self._draws.uniform("cancels when", request.id)
            self._agenda.put(now + moment * (until - now), What.CANCEL, request.id)

    # The customer

    def _call(self, event: Event, now: float) -> None:
        tracked = self._book.tracked[event.subject]
        self._diary.note(now, Happening.CALLED, tracked.id)
        touched = self._desk.take_call(tracked, now)
        self._expect_cancellation(tracked, now)
        self._reconsider(touched, now)

    def _cancel(self, event: Event, now: float) -> None:
        tracked = self._book.tracked[event.subject]
        if tracked.stage not in {Stage.WAITING, Stage.PROMISED}:
            return
        worker = self._book.take_out(tracked)
        tracked.stage, tracked.ended_seconds = Stage.CANCELLED, now
        self._diary.note(now, Happening.CANCELLED, tracked.id)
        if worker is not None:
            self._reconsider([worker.id], now)

    # The office

    def _publish(self, _event: Event, now: float) -> None:
        self._reconsider(self._desk.publish(now), now)

    def _look(self, worker: Worker, now: float) -> None:
        """Time the worker's route anew; repair the plan when somebody would be let down who does not know yet."""
        route = self._book.read(now, shift_ids=[worker.id])
        self._book.adopt(route.plan)
        late_by = self._policy.move_after_minutes * MINUTE_SECONDS
        starts = [(self._book.tracked[stop.visit_id], stop.start_seconds) for stop in route.plan.routes[0].stops]
        if route.plan.unplaced or any(
            is_late(tracked, start, by_seconds=late_by if tracked.is_told_late else 0.0) for tracked, start in starts
        ):
            self._reconsider(self._desk.repair(now), now)

    # The technician

    def _reconsider(self, shift_ids: Iterable[str], now: float) -> None:
        """Plan the next step of each of these technicians who is free to take one."""
        for shift_id in sorted(shift_ids):
            worker = self._book.workers[shift_id]
            if worker.doing in {Doing.NOT_BEGUN, Doing.FREE}:
                self._plan_step(worker, now)

    def _plan_step(self, worker: Worker, now: float) -> None:
        opened = self._book.read(now, shift_ids=[worker.id])
        self._book.adopt(opened.plan)
        step = next_step(
            worker,
            opened.problem.shifts[0],
            opened.plan.routes[0],
            now=max(now, worker.shift.from_seconds),
            home_seconds=self._drive_home(worker, now),
            early=self._policy.leave_early_minutes * MINUTE_SECONDS,
        )
        worker.turn += 1
        self._steps[worker.id] = step
        self._agenda.put(step.at_seconds, What.WAKE, worker.id, worker.turn)

    def _wake(self, event: Event, now: float) -> None:
        worker = self._book.workers[event.subject]
        if event.turn != worker.turn or worker.doing not in {Doing.NOT_BEGUN, Doing.FREE}:
            return
        step = self._steps[worker.id]
        if step.act is Act.REST and step.rest is not None:
            self._rest(worker, step, now)
        elif step.act is Act.LEAVE and step.visit_id is not None:
            self._leave(worker, step, now)
        else:
            self._go_home(worker, now)

    def _rest(self, worker: Worker, step: Step, now: float) -> None:
        assert step.rest is not None  # noqa: S101 - the caller has looked
        worker.rests = tuple(rest for rest in worker.rests if rest is not step.rest)
        worker.doing = Doing.RESTING
        worker.free_at_seconds = now + step.rest.duration_seconds
        self._spend(worker, Doing.RESTING, now, worker.free_at_seconds)
        self._agenda.put(worker.free_at_seconds, What.RESTED, worker.id)

    def _be_rested(self, event: Event, now: float) -> None:
        worker = self._book.workers[event.subject]
        if worker.doing is Doing.RESTING:
            self._diary.note(now, Happening.RESTED, None, worker.id)
            self._be_free(worker, now)

    def _leave(self, worker: Worker, step: Step, now: float) -> None:
        tracked = self._book.tracked[step.visit_id or ""]
        worker.order.remove(tracked.id)
        tracked.stage, tracked.shift_id = Stage.EN_ROUTE, worker.id
        self._diary.note(now, Happening.LEFT, tracked.id, worker.id)
        there = tracked.request.location
        base = self._base(worker, there)
        luck = shared(
            self._draws.normal("drive", tracked.id),
            self._draws.normal("roads", worker.id),
            share=self._scenario.spreads.travel_day_share,
        )
        arrive = self._roads.drive(now, base * factor_at(self._scenario.spreads.travel_of(worker.id), luck))
        self._spend(worker, Doing.DRIVING, now, arrive, there, tracked.id)
        resting = 0.0
        if step.rest is not None:
            worker.rests = tuple(rest for rest in worker.rests if rest is not step.rest)
            resting = step.rest.duration_seconds
        worker.rest_on_arrival = step.rest
        worker.doing, worker.visit_id, worker.here = Doing.DRIVING, tracked.id, there
        expected = self._not_before(tracked, self._roads.drive(now, base) + resting)
        worker.free_at_seconds = expected + tracked.request.duration_seconds
        self._agenda.put(arrive, What.ARRIVE, worker.id)

    def _arrive(self, event: Event, now: float) -> None:
        worker = self._book.workers[event.subject]
        tracked = self._book.tracked[worker.visit_id or ""]
        self._diary.note(now, Happening.ARRIVED, tracked.id, worker.id)
        ready = now
        if worker.rest_on_arrival is not None:
            ready += worker.rest_on_arrival.duration_seconds
            self._spend(worker, Doing.RESTING, now, ready)
            worker.rest_on_arrival = None
        begin = self._not_before(tracked, ready)
        self._spend(worker, Doing.WAITING, ready, begin)
        worker.doing = Doing.WAITING
        worker.free_at_seconds = begin + tracked.request.duration_seconds
        self._agenda.put(begin, What.BEGIN, worker.id)

    def _begin(self, event: Event, now: float) -> None:
        worker = self._book.workers[event.subject]
        tracked = self._book.tracked[worker.visit_id or ""]
        tracked.stage, tracked.arrived_seconds = Stage.ON_SITE, now
        self._diary.note(now, Happening.BEGAN, tracked.id, worker.id)
        worker.doing = Doing.WORKING
        planned, real = tracked.request.duration_seconds, self._real_duration(tracked)
        worker.free_at_seconds = now + planned
        self._spend(worker, Doing.WORKING, now, now + real, tracked.request.location, tracked.id)
        notice = self._policy.overrun_notice_minutes * MINUTE_SECONDS
        if real > planned + notice:
            self._agenda.put(now + planned + notice, What.OVERRUN, worker.id)
        self._agenda.put(now + real, What.FINISH, worker.id)
        self._look(worker, now)

    def _overrun(self, event: Event, now: float) -> None:
        """The work takes longer than planned, and nobody knows how long: say that it will take a little more."""
        worker = self._book.workers[event.subject]
        if worker.doing is not Doing.WORKING or worker.free_at_seconds > now:
            return
        worker.free_at_seconds = now + max(MINUTE_SECONDS, self._policy.overrun_notice_minutes * MINUTE_SECONDS)
        self._agenda.put(worker.free_at_seconds, What.OVERRUN, worker.id)
        self._look(worker, now)

    def _finish(self, event: Event, now: float) -> None:
        worker = self._book.workers[event.subject]
        tracked = self._book.tracked[worker.visit_id or ""]
        is_done = not self._is_no_access(tracked)
        tracked.stage, tracked.ended_seconds = (Stage.DONE if is_done else Stage.NO_ACCESS), now
        self._diary.note(now, Happening.FINISHED if is_done else Happening.NO_ACCESS, tracked.id, worker.id)
        worker.visit_id = None
        self._be_free(worker, now)

    def _be_free(self, worker: Worker, now: float) -> None:
        worker.doing, worker.free_at_seconds = Doing.FREE, now
        if worker.is_ill:
            self._go_home(worker, now)
            return
        self._look(worker, now)
        self._plan_step(worker, now)

    def _go_home(self, worker: Worker, now: float) -> None:
        has_begun = worker.doing is not Doing.NOT_BEGUN
        worker.doing, worker.order = Doing.GONE, []
        if not has_begun:
            return
        base = 0.0 if worker.shift.end_location is None else self._base(worker, worker.shift.end_location)
        factor = factor_at(self._scenario.spreads.travel_of(worker.id), self._draws.normal("drive home", worker.id))
        worker.home_seconds = self._roads.drive(now, base * factor)
        if worker.shift.end_location is not None:
            self._spend(worker, Doing.DRIVING, now, worker.home_seconds, worker.shift.end_location)
        self._agenda.put(worker.home_seconds, What.AT_HOME, worker.id)

    def _be_at_home(self, event: Event, now: float) -> None:
        self._diary.note(now, Happening.AT_HOME, None, event.subject)

    def _fall_ill(self, event: Event, now: float) -> None:
        """Nothing more is given to the technician; what has begun is finished, the rest goes to others."""
        worker = self._book.workers[event.subject]
        if worker.doing is Doing.GONE:
            return
        worker.is_ill, worker.order = True, []
        self._diary.note(now, Happening.FELL_ILL, None, worker.id)
        if worker.doing is Doing.RESTING:
            last = worker.spells.pop()
            worker.spells.append(
                Spell(last.doing, last.from_seconds, now, last.from_location, last.to_location, last.request_id)
            )
        if worker.doing in {Doing.NOT_BEGUN, Doing.FREE, Doing.RESTING}:
            self._go_home(worker, now)
        self._reconsider(self._desk.repair(now), now)

    # Times

    def _base(self, worker: Worker, there: int) -> float:
        return self._book.travel.seconds.item(worker.here, there) / worker.shift.speed_factor

    def _drive_home(self, worker: Worker, now: float) -> float:
        end = worker.shift.end_location
        return 0.0 if end is None else self._roads.drive(now, self._base(worker, end)) - now

    @staticmethod
    def _not_before(tracked: Tracked, at: float) -> float:
        return at if tracked.promised is None else max(at, tracked.promised.from_seconds)

    def _real_duration(self, tracked: Tracked) -> float:
        if self._is_no_access(tracked):
            return self._scenario.chances.no_access_minutes * MINUTE_SECONDS
        request = tracked.request
        if request.real_duration_seconds is not None:
            return request.real_duration_seconds
        luck = self._draws.normal("duration", request.id)
        return request.duration_seconds * factor_at(self._scenario.spreads.duration_of(request.id), luck)

    def _is_no_access(self, tracked: Tracked) -> bool:
        if tracked.request.is_no_access is not None:
            return tracked.request.is_no_access
        return self._draws.uniform("no access", tracked.id) < self._scenario.chances.no_access_share

    def _spend(
        self,
        worker: Worker,
        doing: Doing,
        since: float,
        until: float,
        there: int | None = None,
        request_id: str | None = None,
    ) -> None:
        if until > since:
            here = worker.here
            worker.spells.append(Spell(doing, since, until, here, here if there is None else there, request_id))
