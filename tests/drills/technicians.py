"""Technicians who text what they do while the house falls down around them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from models import Technician, Visit
from models.database import Database
from policies.visit_states import VisitState
from simulator.exchange import Exchange
from simulator.messages import Sms
from simulator.telephone import Telephone
from tests.drills.people import People
from tests.drills.programs import HOTLINE

STEPS = {
    VisitState.DISPATCHED: "接单{}",
    VisitState.ACKNOWLEDGED: "出发 {} 25分钟",
    VisitState.EN_ROUTE: "到达 {}",
    VisitState.ON_SITE: "完成 {}",
}
OUT_OF_TURN = ("今天好热", "完成 {}", "9{} 车坏了", "缺配件 {} 灯泡", "到达 ZZZZ")
REST_SECONDS = 4.0
SETS_OUT_BEFORE = dt.timedelta(hours=1)
"""Nobody sits before a customer's door all morning."""


@dataclass
class Technicians:
    """All of the team at work: each texts the next step of a visit of his, or something nobody expects now."""

    database: Database
    exchange: Exchange
    people: People
    seed: int
    texts: list[Sms] = field(default_factory=list)

    def begin(self) -> None:
        with self.database.reading() as session:
            team = session.execute(select(Technician.id, Technician.phone).order_by(Technician.id)).all()
        for technician_id, phone in team:
            draws = random.Random(self.seed * 1000 + 500 + technician_id)
            act = partial(self._text, technician_id, Telephone(number=phone, exchange=self.exchange), draws)
            self.people.begin(act, draws=draws, rest_seconds=REST_SECONDS)

    def _text(self, technician_id: int, phone: Telephone, draws: random.Random) -> None:
        try:
            visits = self._list_visits(technician_id)
        except SQLAlchemyError:
            return  # he would read his newest texts; the drill reads the tables, and they are away
        if not visits:
            return
        state, code = draws.choice(visits)
        words = draws.choice(OUT_OF_TURN) if draws.random() < 1 / 5 else STEPS[state]
        self.texts.append(phone.text(words.format(code), to=HOTLINE))

    def _list_visits(self, technician_id: int) -> Sequence[tuple[VisitState, str]]:
        soon = self.exchange.clock.now() + SETS_OUT_BEFORE
        mine = select(Visit.state, Visit.code).where(
            Visit.technician_id == technician_id,
            Visit.state.in_(STEPS),
            (Visit.state != VisitState.ACKNOWLEDGED) | (Visit.window_from_at <= soon),
        )
        with self.database.reading() as session:
            return [(state, code) for state, code in session.execute(mine.order_by(Visit.window_from_at).limit(3))]
