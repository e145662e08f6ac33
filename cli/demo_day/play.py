"""The story's night and day, from 22:40 to 22:40, and what is told of it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from cli.demo_city.city import TIME_ZONE
from cli.demo_city.shapes import CityTechnician
from cli.demo_day.agenda import Agenda
from cli.demo_day.callers import Caller, cast_callers
from cli.demo_day.menus import follow_menus
from cli.demo_day.stage import Stage
from cli.demo_day.technicians import Crew
from models import Message, PlanProposal
from policies.languages import Language
from policies.publication import ProposalState

STARTS_LOCAL = dt.time(22, 40)
LASTS = dt.timedelta(hours=24)
ROUTE, ROUTE_CHANGED = "route_published", "route_changed"
CLOCK_EVERY = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline."""

    at: dt.datetime
    what: str


@dataclass(frozen=True, slots=True)
class _Text:
    to_number: str
    template: str
    body: str


Tell = Callable[[Moment], None]


def starts_at(day: dt.date) -> dt.datetime:
    """Return 22:40 of `day` in the demo city."""
    return dt.datetime.combine(day, STARTS_LOCAL, tzinfo=ZoneInfo(TIME_ZONE)).astimezone(dt.UTC)


class Play:
    """Plays the day on a stage and tells what happens, moment by moment."""

    def __init__(self, stage: Stage, *, seed: int, tell: Tell, on_time: Callable[[dt.datetime], None]) -> None:
        self._stage = stage
        self._tell = tell
        self._on_time = on_time
        self._agenda = Agenda()
        self._texts: Counter[str] = Counter()
        self._names = {technician.phone: technician.name for technician in stage.city.technicians}
        self._last_text = 0
        self._begins_at = stage.clock.now()
        self._crew = Crew(stage, self._agenda, seed=seed, on_text=self._count_text)
        self._callers = cast_callers(stage.city, seed=seed)

    def run(self, *, lasts: dt.timedelta = LASTS) -> None:
        """Play from the clock's present to 24 hours later, or to an earlier hour of the day."""
        self._list_new_texts()  # those of before the day
        ends_at = self._begins_at + lasts
        for caller in self._callers:
            self._put_call(caller)
        self._crew.begin(self._begins_at)
        self._agenda.put(self._begins_at, self._run_clock)
        while (item := self._agenda.take(until=ends_at)) is not None:
            at, act = item
            self._stage.let_time_pass(at)
            act()
            self._on_time(self._stage.clock.now())
        self._stage.let_time_pass(ends_at)
        self._stage.run_clock()

    def _put_call(self, caller: Caller) -> None:
        self._agenda.put(self._begins_at + caller.after, lambda: self._take_call(caller))

    def _take_call(self, caller: Caller) -> None:
        phone = self._stage.phone(caller.number)
        call = phone.dial(self._stage.hotline)
        if not caller.is_known and caller.language is Language.EN:
            call.listen()
            call.press("9")
        last_words = follow_menus(call, caller.wish, caller.language)
        if not call.is_over:
            call.hang_up()
        ending = call.ending
        seconds = ending.seconds if ending else 0
        self._say(f"☎  {caller.name}: {caller.wish.product}, {caller.wish.fault} ({seconds:.0f} s)")
        self._say(f"   “{last_words}”")
        self._run_jobs()
        for sms in phone.unread:
            self._say(f"✉  {caller.name}: {sms.body}")

    def _run_clock(self) -> None:
        """The clock process's turn; on the hour a line about the technicians."""
        self._run_jobs()
        now = self._stage.clock.now()
        if self._texts and now.astimezone(ZoneInfo(TIME_ZONE)).minute < CLOCK_EVERY // dt.timedelta(minutes=1):
            done = ", ".join(f"{count} {what}" for what, count in sorted(self._texts.items()))
            self._say(f"   technicians' texts in the last hour: {done}")
            self._texts.clear()
        self._agenda.put(now + CLOCK_EVERY, self._run_clock)

    def _run_jobs(self) -> None:
        published = self._count_published()
        self._stage.run_clock()
        self._answer_on_duty()
        if self._count_published() > published:
            self._say("★  The day is published: nobody had to review it, no promise is touched (auto_publish)")
        texts = self._list_new_texts()
        routes = [text for text in texts if text.template == ROUTE]
        if len(routes) > 1:
            self._say(f"✉  {len(routes)} technicians are sent their route, one text each, such as:")
        for text in [*routes[:1], *(text for text in texts if text.template == ROUTE_CHANGED)]:
            self._say(f"✉  {self._names.get(text.to_number, text.to_number)}: {text.body}")

    def _answer_on_duty(self) -> None:
        """Whoever on duty is called takes it."""
        for person in self._stage.city.duty:
            phone = self._stage.phone(person.phone)
            if phone.ringing is None:
                continue
            call = phone.pick_up()
            call.listen()
            call.press("1")
            call.ends()
            self._say(f"☎  {person.name}, on duty, is called about a major fault and takes it")

    def _count_published(self) -> int:
        with self._stage.services.database.reading() as session:
            published = PlanProposal.state == ProposalState.PUBLISHED
            return session.scalar(select(func.count()).where(published)) or 0

    def _list_new_texts(self) -> list[_Text]:
        """Return the texts to technicians that were written since this was last asked."""
        with self._stage.services.database.reading() as session:
            texts = session.execute(
                select(Message.id, Message.to_number, Message.template, Message.body)
                .where(Message.id > self._last_text, Message.template.in_((ROUTE, ROUTE_CHANGED)))
                .order_by(Message.id)
            ).all()
            self._last_text = max((row.id for row in texts), default=self._last_text)
            return [_Text(row.to_number, row.template, row.body) for row in texts]

    def _count_text(self, _technician: CityTechnician, what: str) -> None:
        self._texts[what] += 1

    def _say(self, what: str) -> None:
        self._tell(Moment(self._stage.clock.now(), what))
