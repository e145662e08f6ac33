"""The technicians of the demo day: they text what they do, a little earlier or later than planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from cli.demo_city.draws import open_draws
from cli.demo_city.shapes import CityTechnician
from cli.demo_day.agenda import Agenda
from cli.demo_day.stage import Stage
from models import Shift, Stop, Technician, ToldStop, Visit
from policies.languages import Language
from policies.visit_states import VisitState

LOOK_EVERY = dt.timedelta(minutes=10)
READS_AFTER = dt.timedelta(minutes=8)
EARLY = dt.timedelta(minutes=8)
WAITING = (VisitState.DISPATCHED, VisitState.ACKNOWLEDGED)
WORDS = {
    Language.ZH: {"accept": "接单", "leave": "出发 {}", "arrive": "到达 {}", "done": "完成 {}"},
    Language.EN: {"accept": "accept", "leave": "on the way {}", "arrive": "arrived {}", "done": "done {}"},
}


@dataclass(frozen=True, slots=True)
class _NextStop:
    """What a technician knows of his next visit from his texts and his link."""

    code: str
    leave_at: dt.datetime
    travel: dt.timedelta
    not_before: dt.datetime
    work: dt.timedelta

    @classmethod
    def after_text(
        cls, travel_seconds: int, start_at: dt.datetime, code: str, window_from_at: dt.datetime | None, minutes: int
    ) -> _NextStop:
        """Return the stop of somebody who goes by the time he was told, and likes to be early rather than late."""
        travel = dt.timedelta(seconds=travel_seconds)
        return cls(
            code=code,
            leave_at=start_at - travel - EARLY,
            travel=travel,
            not_before=window_from_at or start_at,
            work=dt.timedelta(minutes=minutes),
        )


class Crew:
    """All technicians. `on_text` hears of every text they send: who, in which words."""

    def __init__(
        self, stage: Stage, agenda: Agenda, *, seed: int, on_text: Callable[[CityTechnician, str], None]
    ) -> None:
        self._stage = stage
        self._agenda = agenda
        self._on_text = on_text
        self._draws = open_draws(seed, "technicians' day")
        self._read: dict[str, int] = {}

    def begin(self, at: dt.datetime) -> None:
        """Let everybody look at their telephone from `at` on."""
        for technician in self._stage.city.technicians:
            self._look_later(technician, at + self._some(READS_AFTER))

    def _look(self, technician: CityTechnician) -> None:
        """Read new texts, take what they say, and set off when it is time."""
        now = self._stage.clock.now()
        inbox = self._stage.phone(technician.phone).inbox
        if len(inbox) > self._read.get(technician.number, 0):
            self._read[technician.number] = len(inbox)
            if self._has_something_to_accept(technician):
                self._text(technician, "accept")
        stop = self._find_next(technician, now)
        if stop is None or stop.leave_at > now + LOOK_EVERY:
            self._look_later(technician, now + LOOK_EVERY)
        else:
            self._agenda.put(max(stop.leave_at, now), lambda: self._leave(technician, stop))

    def _leave(self, technician: CityTechnician, stop: _NextStop) -> None:
        if not self._is_still_next(technician, stop):
            return self._look_later(technician, self._stage.clock.now())
        self._text(technician, "leave", stop.code)
        arrives_at = max(self._stage.clock.now() + stop.travel * self._draws.uniform(0.85, 1.1), stop.not_before)
        return self._agenda.put(arrives_at, lambda: self._arrive(technician, stop))

    def _arrive(self, technician: CityTechnician, stop: _NextStop) -> None:
        self._text(technician, "arrive", stop.code)
        done_at = self._stage.clock.now() + stop.work * self._draws.uniform(0.75, 1.05)
        self._agenda.put(done_at, lambda: self._finish(technician, stop))

    def _finish(self, technician: CityTechnician, stop: _NextStop) -> None:
        self._text(technician, "done", stop.code)
        self._look_later(technician, self._stage.clock.now())

    def _text(self, technician: CityTechnician, what: str, code: str = "") -> None:
        words = WORDS[technician.language][what].format(code)
        self._stage.phone(technician.phone).text(words, to=self._stage.hotline)
        self._on_text(technician, what)

    def _look_later(self, technician: CityTechnician, at: dt.datetime) -> None:
        self._agenda.put(at, lambda: self._look(technician))

    def _has_something_to_accept(self, technician: CityTechnician) -> bool:
        with self._stage.services.database.reading() as session:
            mine = select(Visit.id).join(Technician).where(Technician.number == technician.number)
            return session.scalar(mine.where(Visit.state == VisitState.DISPATCHED).limit(1)) is not None

    def _find_next(self, technician: CityTechnician, now: dt.datetime) -> _NextStop | None:
        with self._stage.services.database.reading() as session:
            row = session.execute(
                select(
                    Stop.travel_seconds,
                    ToldStop.planned_start_at,
                    Visit.code,
                    Visit.window_from_at,
                    Visit.duration_minutes,
                )
                .join(Stop.visit)
                .join(ToldStop, ToldStop.visit_id == Visit.id)
                .join(Stop.shift)
                .join(Technician, Technician.id == ToldStop.technician_id)
                .where(Technician.number == technician.number, Visit.state.in_(WAITING), Shift.starts_at <= now)
                .order_by(ToldStop.planned_start_at)
                .limit(1)
            ).first()
            return None if row is None else _NextStop.after_text(*row)

    def _is_still_next(self, technician: CityTechnician, stop: _NextStop) -> bool:
        found = self._find_next(technician, self._stage.clock.now())
        return found is not None and found.code == stop.code

    def _some(self, about: dt.timedelta) -> dt.timedelta:
        return about * self._draws.uniform(0.3, 1.0)
